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
/** Check-outs that come, whatever becomes of those before them. */
const arrivals = { perSecond: 14, count: 14 * 10 };

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

/** How long a check-out takes, 95 of 100 times at most, when they come at a steady pace. Each driver must be off duty. */
export const measureCheckOut = async (drivers: Crew): Promise<Measured> => {
  const free = [...drivers];
  const waits: number[] = [];
  const shift = async (): Promise<void> => {
    const driver = await until(() => Promise.resolve(free.shift()), 'a driver who is off duty');
    await checkIn(driver);
    waits.push(await timed(() => checkOut(driver)));
    free.push(driver);
  };
  const begun: Promise<void>[] = [];
  for (let count = 0; count < arrivals.count; count += 1) {
    const one = shift();
    one.catch(() => undefined); // It is heard of below; here it would end the run before the system is stopped.
    begun.push(one);
    await sleep(1000 / arrivals.perSecond);
  }
  await Promise.all(begun);
  return { value: p95(waits), details: { median: round(medianOf(waits)), longest: round(Math.max(...waits)) } };
};
