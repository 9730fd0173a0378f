import { beforeAll, expect, test } from '@jest/globals';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet } from '../world/factories.ts';
import { reconcile } from '../world/health.ts';
import { untilWaiting } from '../world/locks.ts';
import { faultsInBooks } from '../world/money/books.ts';
import { gatewayAt } from '../world/money/gateway.ts';
import { anIncentive } from '../api/money/payments.ts';
import { withBank } from '../world/money/payouts.ts';
import { kill, untilUp } from '../world/parts.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** An incentive of 500.00 that can be paid out. */
const aPayable = async () => {
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  const { id } = await anIncentive({ driverId: driver.id, fleetId: fleet.id });
  const ask = () => post(`/payments/admin/incentive/${id}/payout`, {}, fleet.manager).catch(() => null);
  return { driver, id, match: driver.id.slice(0, 8), ask };
};

const rowOf = (sourceId: string) => db.payout.findFirst({ where: { sourceId } });

const isPaidOnce = async ({ driver, id }: Awaited<ReturnType<typeof aPayable>>) => {
  const row = await until(
    async () => {
      const found = await rowOf(id);
      return found?.status === 'SUCCESS' && found;
    },
    'the payout to be settled',
    60_000,
  );
  const paid = (await gateway.transfers()).filter(({ number, paidAt }) => number.startsWith(row.number) && paidAt);
  expect(paid).toMatchObject([{ number: row.number, amount: 500 }]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
};

test('the worker dies while the gateway is paying: within seconds it is known that it has paid', async () => {
  const payable = await aPayable();
  await gateway.scenario({ match: payable.match, call: 'transfer', delayMs: 3_000, times: 1 });
  const asked = payable.ask();
  await until(async () => (await gateway.entries('asked', payable.match)).length > 0, 'the gateway to be asked');

  await kill('worker');

  await isPaidOnce(payable);
  await asked;
});

test.each([
  ['worker', 'payouts', 'writes down that the transfer is sent, or what became of it'],
  ['worker', 'ledger_journal', 'books what became of the transfer'],
  ['postgres', 'ledger_journal', 'is asked to book it'],
  ['temporal', 'ledger_journal', 'waits for the booking'],
] as const)('%s dies while it (%s) %s: it is paid once', async (part, table, _) => {
  const payable = await aPayable();
  await gateway.scenario({ match: payable.match, call: 'transfer', becomes: 'accepted', times: 1 });
  await payable.ask();
  const { number } = await until(async () => {
    const row = await rowOf(payable.id);
    return row?.status === 'ACCEPTED' && row;
  }, 'the transfer to be taken');

  await db
    .$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe(`LOCK TABLE "${table}" IN SHARE ROW EXCLUSIVE MODE`);
        await gateway.transfer({ number, word: 'success', utr: `UTR${number.slice(0, 9)}` });
        await untilWaiting(1);
        await kill(part);
      },
      { timeout: 30_000 },
    )
    .catch((error: unknown) => {
      if (part !== 'postgres') throw error; // The lock dies with the database.
    });

  await untilUp();
  await isPaidOnce(payable);
});

test('the API dies when a payout was written down: its process is begun all the same', async () => {
  const payable = await aPayable();
  const asked = payable.ask();
  await until(async () => rowOf(payable.id), 'the payout to be written down');

  await kill('api');

  await asked;
  await untilUp();
  await reconcile();
  await isPaidOnce(payable);
});
