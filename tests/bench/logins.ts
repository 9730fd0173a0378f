import { randomUUID } from 'node:crypto';
import { connect } from '../../prisma/client.ts';
import { cpuPerOperation } from './cpu.ts';
import { medianOf, round } from './figures.ts';
import type { Measured } from './figures.ts';
import { aPhone, logIn } from './people.ts';
import type { System } from './system.ts';

const people = 3_000;
const lanes = 16;
const burstMs = 3_000;
const bursts = 5;

/** Logins per second with the code from an SMS, each by somebody else, since a person may not ask so often. */
export const measureLogins = async (system: System): Promise<Measured> => {
  const phones = [...new Set(Array.from({ length: people }, aPhone))];
  const { db, close } = connect(system.databaseUrl, 1);
  const rows = phones.map((phone) => ({ id: randomUUID(), name: 'Dinesh Kumar', phone, role: 'DRIVER' as const }));
  await db.user.createMany({ data: rows, skipDuplicates: true });
  await close();

  const burst = async (): Promise<number> => {
    const startedMs = performance.now();
    let logins = 0;
    const lane = async () => {
      while (performance.now() < startedMs + burstMs) {
        await logIn(phones.pop()!);
        logins += 1;
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return logins / ((performance.now() - startedMs) / 1000);
  };
  await burst();
  const rates: number[] = [];
  for (let count = 0; count < bursts; count += 1) rates.push(await burst());
  const cpuMs = await cpuPerOperation(system.processes, burst);
  return { value: medianOf(rates), details: { rates: rates.map(round) }, cpuMs };
};
