import { beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { bulkRows } from '../../../activities/money/payouts/bulk-rows.ts';
import type { Tx } from '../../../prisma/client.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { aBatch, aPayee, expectInOrder, rowsOf } from '../../world/money/bulk-payouts.ts';
import { askingFor } from '../../world/money/payouts.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const beginRows = bulkRows({ db, log: pino({ level: 'silent' }), ...askingFor() });
const payees = (count: number) => Promise.all(Array.from({ length: count }, () => aPayee(fleet)));
const ofFleet = ({ id: driverId }: { id: string }) => ({ driverId, fleetId: fleet.id });
const statusesOf = async (batchId: string) =>
  (await rowsOf(batchId)).map(({ status, errorCode, payoutId }) => [status, errorCode, payoutId !== null]);

test('rows are begun together, each of another driver, and one that may not be paid fails beside them', async () => {
  const [first, onHold, second, third] = await payees(4);
  await db.driver.update({ where: { id: onHold!.id }, data: { payoutHold: 'Documents' } });
  const batch = await aBatch(
    [
      ofFleet(first!),
      ofFleet(onHold!),
      { ...ofFleet(second!), amountPaise: 0, incentivePaise: 2_000 },
      ofFleet(first!),
      { ...ofFleet(third!), amountPaise: 30_000, penaltyPaise: 3_000, incentivePaise: 1_000 },
    ],
    fleet.manager.id,
    'PROCESSING',
  );
  const beginNext = beginRows({ batch, inDisorder: new Set(), isLastTry: false });

  const begun = await beginNext();

  expect(begun.map(({ payout }) => payout?.driverId ?? null)).toEqual([first!.id, null, null, third!.id]);
  const after = ['PROCESSING', null, true];
  const refused = ['FAILED', 'ROW_DRIVER_BLOCKED', false];
  expect(await statusesOf(batch.id)).toEqual([after, refused, ['SUCCESS', null, false], ['VALID', null, false], after]);
  expect((await beginNext()).map(({ payout }) => payout?.driverId)).toEqual([first!.id]);
  expect(await beginNext()).toEqual([]);
  const payouts = await db.payout.findMany({
    where: { bulkRow: { batchId: batch.id } },
    include: { allocations: true },
  });
  expect(payouts.map(({ amountPaise }) => Number(amountPaise)).sort()).toEqual([30_000, 50_000, 50_000]);
  for (const { id, amountPaise, allocations } of payouts) {
    expect(allocations.reduce((total, allocation) => total + allocation.amountPaise, 0n)).toBe(amountPaise);
    expect(await db.transaction.count({ where: { payoutId: id } })).toBe(1);
  }
  await expectInOrder(batch.id, first!, onHold!, second!, third!);
});

test('the fault of one row is not that of the rows beside it', async () => {
  const drivers = await payees(3);
  const [before, spoilt, behind] = drivers;
  await db.driver.update({ where: { id: spoilt!.id }, data: { sealedBankAccountNumber: 'spoilt' } });
  const batch = await aBatch(drivers.map(ofFleet), fleet.manager.id, 'PROCESSING');
  const beginning = { batch, inDisorder: new Set<string>() };
  const beginNext = beginRows({ ...beginning, isLastTry: false });

  expect((await beginNext()).map(({ payout }) => payout?.driverId)).toEqual([before!.id]);
  await expect(beginNext()).rejects.toThrow();

  expect(await statusesOf(batch.id)).toEqual([
    ['PROCESSING', null, true],
    ['VALID', null, false],
    ['VALID', null, false],
  ]);
  const beginLast = beginRows({ ...beginning, isLastTry: true });
  expect(await beginLast()).toEqual([{ payout: null, isOurFault: true }]);
  expect((await beginLast()).map(({ payout }) => payout?.driverId)).toEqual([behind!.id]);
  expect((await statusesOf(batch.id))[1]).toEqual(['FAILED', 'ROW_FAULT', false]);
  await expectInOrder(batch.id, ...drivers);
});

test('rows whose commit is not answered are not passed over: the try fails, and the next one finds them', async () => {
  const drivers = await payees(6);
  const batch = await aBatch(drivers.map(ofFleet), fleet.manager.id, 'PROCESSING');
  let losses = 1;
  const losing = async (work: (tx: Tx) => Promise<unknown>) => {
    const done = await db.$transaction(work);
    if (losses-- > 0) throw new Error('The connection is lost');
    return done;
  };
  const unanswered = new Proxy(db, { get: (of, name) => (name === '$transaction' ? losing : Reflect.get(of, name)) });
  const beginLost = bulkRows({ db: unanswered, log: pino({ level: 'silent' }), ...askingFor() });

  await expect(beginLost({ batch, inDisorder: new Set(), isLastTry: true })()).rejects.toThrow(
    'The connection is lost',
  );

  const begun = Array.from({ length: 5 }, () => 'PROCESSING');
  expect((await statusesOf(batch.id)).map(([status]) => status)).toEqual([...begun, 'VALID']);
  await expectInOrder(batch.id, ...drivers);
});
