import { connect } from '../../prisma/client.ts';
import { get } from '../world/api.ts';
import { upload } from '../world/money/bulk-files.ts';
import { gatewayAt } from '../world/money/gateway.ts';
import { medianOf, p95, round, timed } from './figures.ts';
import type { Measured } from './figures.ts';
import { fileOf, payees, untilPaid } from './payouts.ts';
import { dataOf } from './people.ts';
import type { Crew } from './people.ts';
import { checkOuts, steadily } from './shifts.ts';
import type { System } from './system.ts';
import { paid, senderOf } from './webhooks.ts';

const seconds = 20;
const commands = { perSecond: 3, count: 3 * seconds };
const reads = { perSecond: 20, count: 20 * seconds };
/** The gateway tells of each payment ten times, as in the storm. */
const copies = 10;
const events = { perSecond: 50, count: 50 * seconds };
/** Five at a time, half a second each: ten rows a second. */
const bankMs = 500;
const rows = 10 * seconds + 50;

const ratio = (beside: number[], alone: number[]): Measured => ({
  value: p95(beside) / p95(alone),
  details: {
    ...{ alone: { p95: round(p95(alone)), median: round(medianOf(alone)) } },
    beside: { p95: round(p95(beside)), median: round(medianOf(beside)) },
  },
});

/** What drivers wait at a steady pace, while a file of payouts is sent and the gateway tells of payments, against without either. */
export const measureBeside = async (system: System, superAdmin: string, crew: Crew) => {
  const admin = { token: superAdmin };
  const { db, close } = connect(system.databaseUrl, 1);
  const alone = async () => {
    const [outs, looks] = await Promise.all([
      checkOuts(crew, commands),
      steadily(reads, () => timed(async () => dataOf(await get('/drivers/me', crew[0])))),
    ]);
    return { outs, looks };
  };
  const beside = async (cycle: string) => {
    const phones = await payees(system, admin, rows);
    const gateway = await senderOf(system, events.count / copies, { copies, said: paid });
    const file = dataOf(await upload(fileOf(phones, cycle), admin, { wait: '0' })) as { batchId: string };
    const [waits] = await Promise.all([alone(), steadily(events, () => timed(gateway.send))]);
    await gateway.close();
    await untilPaid(db, file.batchId);
    return waits;
  };
  await gatewayAt(system.gateway).scenario({ call: 'transfer', delayMs: bankMs });
  await beside('Warm-up'); // As a server that has run for a while.
  const [usual, loaded] = [await alone(), await beside('Beside')];
  await close();
  return { commands: ratio(loaded.outs, usual.outs), reads: ratio(loaded.looks, usual.looks) };
};
