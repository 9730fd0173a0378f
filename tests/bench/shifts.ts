import { setTimeout as sleep } from 'node:timers/promises';
import { post } from '../world/api.ts';
import { until } from '../world/until.ts';
import { cpuPerOperation } from './cpu.ts';
import { medianOf, p95, round, timed } from './figures.ts';
import type { Measured } from './figures.ts';
import { livesPerSecond } from './commands.ts';
import { dataOf } from './people.ts';
import type { Crew } from './people.ts';
import type { System } from './system.ts';

type Driver = Crew[number];

const place = { lat: 28.6315, lng: 77.2167 };
const bursts = 5;

/** A pace at which work comes, whatever becomes of what came before. */
export interface Pace {
  perSecond: number;
  count: number;
}

/** Does work at a steady pace; how long each piece took. */
export const steadily = async ({ perSecond, count }: Pace, work: () => Promise<number>): Promise<number[]> => {
  const begun: Promise<number>[] = [];
  for (let number = 0; number < count; number += 1) {
    const one = work();
    one.catch(() => undefined); // It is heard of below; here it would end the run before the system is stopped.
    begun.push(one);
    await sleep(1000 / perSecond);
  }
  return Promise.all(begun);
};

const checkIn = async (driver: Driver) =>
  dataOf(await post('/attendance/check-in', { ...place, odometer: 100 }, driver));
const checkOut = async (driver: Driver) => dataOf(await post('/attendance/check-out', { odometer: 140 }, driver));

/** Shifts per second from check-in to check-out, when every lane begins the next as soon as it has finished one. */
export const measureShifts = async (system: System, drivers: Crew): Promise<Measured> => {
  const burst = () =>
    livesPerSecond(
      drivers.map((driver) => async () => {
        await checkIn(driver);
        await checkOut(driver);
      }),
    );
  await burst();
  const rates: number[] = [];
  for (let count = 0; count < bursts; count += 1) rates.push(await burst());
  const cpuMs = await cpuPerOperation(system.processes, burst);
  return { value: medianOf(rates), details: { rates: rates.map(round) }, cpuMs };
};

/** What the API lets a command wait at most; one that was given up counts for so much. */
const givenUpMs = 10_000;

/** How long check-outs take that come at a steady pace. Each driver must be off duty; one whose command was given up drives no more. */
export const checkOuts = (drivers: Crew, pace: Pace): Promise<number[]> => {
  const free = [...drivers];
  const shift = async (): Promise<number> => {
    const driver = await until(() => Promise.resolve(free.shift()), 'a driver who is off duty');
    await checkIn(driver);
    const waitMs = await timed(() => checkOut(driver));
    free.push(driver);
    return waitMs;
  };
  return steadily(pace, () => shift().catch(() => givenUpMs));
};

/** How long a check-out takes, 95 of 100 times at most. */
export const measureCheckOut = async (drivers: Crew): Promise<Measured> => {
  const waits = await checkOuts(drivers, { perSecond: 14, count: 14 * 10 });
  return { value: p95(waits), details: { median: round(medianOf(waits)), longest: round(Math.max(...waits)) } };
};
