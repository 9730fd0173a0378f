import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { oldestDues } from '../../../prisma/dues.ts';
import { reserve } from '../../../prisma/payouts/payouts.ts';
import { post } from '../../../prisma/post.ts';
import { duesNetted, collectionReconciled, qrCollected } from '../../../workflows/domain/money/journals/collections.ts';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { incentiveCancelled, incentiveCreated } from '../../../workflows/domain/money/journals/incentives.ts';
import { reversal } from '../../../workflows/domain/money/journals/journal.ts';
import { payoutFailed, payoutInitiated, payoutSettled } from '../../../workflows/domain/money/journals/payouts.ts';
import {
  penaltyFromDeposit,
  penaltyIssued,
  penaltyWaived,
} from '../../../workflows/domain/money/journals/penalties.ts';
import { paise, rupees } from '../../../workflows/domain/money.ts';
import { instant, istDay, istDayStartMs } from '../../../workflows/domain/time.ts';
import { balancesOf, faultsInBooks, posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A driver with books of its own. */
const somebody = async () => {
  const { id } = await aDriver(fleet, { vehicle: false });
  const of = { driverId: id, fleetId: fleet.id, occurredAt: new Date().toISOString() };
  const hold = async () => {
    const rows = await balancesOf(id);
    return Object.fromEntries(Object.entries(rows).map(([account, balance]) => [account.slice(0, 4), balance]));
  };
  return { id, of, hold };
};

const deposit = (of: Awaited<ReturnType<typeof somebody>>['of'], amount: number, txnid: string = randomUUID()) =>
  depositPaid({ ...of, txnid, amount: rupees(amount) });

const openItems = async (driverId: string) => {
  const rows = await db.payableItem.findMany({ where: { driverId, openPaise: { not: 0 } }, orderBy: { id: 'asc' } });
  return rows.map(({ kind, openPaise, reservedPaise }) => [kind, Number(openPaise), Number(reservedPaise)]);
};

test('a posting is a journal, its entries and the balance of its guarded account', async () => {
  const { id, of, hold } = await somebody();
  const today = istDay(Date.now());
  const at = { ...of, occurredAt: instant(istDayStartMs(today)) };

  const { journalId, posted: isNew } = await posted(deposit(at, 500, `txn-${id}`));

  expect(isNew).toBe(true);
  const journal = await db.ledgerJournal.findUniqueOrThrow({
    where: { id: BigInt(journalId) },
    include: { entries: { include: { account: { include: { balance: true } } }, orderBy: { id: 'asc' } } },
  });
  expect(journal).toMatchObject({
    ...{ eventType: 'deposit_paid', eventKey: `txn-${id}`, driverId: id, fleetId: fleet.id, actor: 'system' },
    businessDate: new Date(today), // Its first moment, which is still the day before in UTC.
    entries: [
      { side: 'D', amountPaise: 50_000n, account: { code: 1020, ownerId: '-', balance: null } },
      { side: 'C', amountPaise: 50_000n, account: { code: 2010, ownerId: id, balance: { creditPaise: 50_000n } } },
    ],
  });
  expect(await hold()).toEqual({ 2010: 50_000 });
  expect(await faultsInBooks(id)).toEqual([]);
});

test('an event is posted once, however often it is told', async () => {
  const { id, of, hold } = await somebody();
  const journal = deposit(of, 500);
  const first = await posted(journal);

  expect(await posted(journal)).toEqual({ journalId: first.journalId, posted: false });
  expect(await hold()).toEqual({ 2010: 50_000 });
  expect(await faultsInBooks(id)).toEqual([]);
});

test.each([
  ['a guarded account', (of: Awaited<ReturnType<typeof somebody>>['of']) => deposit(of, 500)],
  [
    'no guarded account',
    (of: Awaited<ReturnType<typeof somebody>>['of']) =>
      incentiveCreated({ ...of, incentiveId: randomUUID(), amount: rupees(5) }),
  ],
])('of parallel postings of one event with %s one is posted, and the others learn of it', async (_, make) => {
  const { id, of } = await somebody();
  const journal = make(of);

  const postings = await Promise.all(Array.from({ length: 4 }, () => posted(journal)));

  expect(postings.filter(({ posted: isNew }) => isNew)).toHaveLength(1);
  expect(new Set(postings.map(({ journalId }) => journalId)).size).toBe(1);
  expect(await faultsInBooks(id)).toEqual([]);
});

test('a guarded account does not fall below zero, and the refusal names it', async () => {
  const { id, of, hold } = await somebody();
  const penalty = { ...of, penaltyId: randomUUID() };
  await posted(deposit(of, 500), penaltyIssued({ ...penalty, amount: rupees(700) }));

  const tooMuch = posted(penaltyFromDeposit({ ...penalty, seq: 1, amount: rupees(700) }));

  await expect(tooMuch).rejects.toMatchObject({
    type: 'LEDGER_GUARD',
    details: [
      {
        ...{ code: 2010, account: 'DRIVER_DEPOSIT', ownerType: 'DRIVER', ownerId: id },
        ...{ balance: '500.00', change: '-700.00' },
      },
    ],
  });
  expect(await hold()).toEqual({ 1070: 70_000, 2010: 50_000 });
  expect(await faultsInBooks(id)).toEqual([]);
});

test('of parallel deductions only as many succeed as the deposit covers', async () => {
  const { id, of, hold } = await somebody();
  const penalty = { ...of, penaltyId: randomUUID() };
  await posted(deposit(of, 500), penaltyIssued({ ...penalty, amount: rupees(1000) }));

  const deductions = await Promise.allSettled(
    [1, 2, 3, 4].map((seq) => posted(penaltyFromDeposit({ ...penalty, seq, amount: rupees(200) }))),
  );

  expect(deductions.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  expect(await hold()).toEqual({ 1070: 60_000, 2010: 10_000 });
  expect(await faultsInBooks(id)).toEqual([]);
});

test('what is rolled back was never posted', async () => {
  const { id, of, hold } = await somebody();
  const journal = deposit(of, 500);

  const undone = db.$transaction(async (tx) => {
    await post(tx, journal);
    throw new Error('changed my mind');
  });

  await expect(undone).rejects.toThrow('changed my mind');
  expect(await hold()).toEqual({});
  expect(await posted(journal)).toMatchObject({ posted: true });
  expect(await faultsInBooks(id)).toEqual([]);
});

test('a penalty that is waived gives the deposit back and closes its due', async () => {
  const { id, of, hold } = await somebody();
  const penalty = { ...of, penaltyId: randomUUID() };
  await posted(
    deposit(of, 500),
    penaltyIssued({ ...penalty, amount: rupees(700) }),
    penaltyFromDeposit({ ...penalty, seq: 1, amount: rupees(500) }),
  );
  const parts = { fromDeposit: rupees(500), netted: paise(0), paidByLink: paise(0), outstanding: rupees(200) };

  await posted(penaltyWaived({ ...penalty, ...parts }));

  expect(await hold()).toEqual({ 2010: 50_000 });
  const due = { kind_source: { kind: 'PENALTY', source: penalty.penaltyId } };
  expect(await db.driverDue.findUnique({ where: due })).toMatchObject({
    ...{ amountPaise: 70_000n, outstandingPaise: 0n, closedAs: 'WAIVED', cancelled: true },
  });
  expect(await faultsInBooks(id)).toEqual([]);
});

test('the oldest dues are netted from a share, and what is left is one item', async () => {
  const { id, of, hold } = await somebody();
  const collection = { ...of, collectionId: randomUUID(), version: 1 };
  const [first, second] = [randomUUID(), randomUUID()];
  await posted(
    penaltyIssued({ ...of, penaltyId: first, amount: rupees(300) }),
    penaltyIssued({ ...of, penaltyId: second, amount: rupees(400) }),
    qrCollected({ ...collection, creditId: randomUUID(), amount: rupees(1000) }),
    collectionReconciled({ ...collection, total: rupees(1000), recoveredShortage: paise(0), share: rupees(700) }),
  );

  const dues = await db.$transaction((tx) => oldestDues(tx, id, rupees(500)));
  await posted(duesNetted({ ...collection, dues }));

  expect(dues).toEqual([
    { kind: 'PENALTY', source: first, amount: 30_000 },
    { kind: 'PENALTY', source: second, amount: 20_000 },
  ]);
  expect(await hold()).toEqual({ 1070: 20_000, 2020: 20_000 });
  expect(await openItems(id)).toEqual([['COLLECTION', 20_000, 0]]);
  expect(await faultsInBooks(id, collection.collectionId)).toEqual([]);
});

test('an incentive that is taken back after it was used becomes an advance, which the next one covers', async () => {
  const { id, of, hold } = await somebody();
  const [first, second] = [randomUUID(), randomUUID()];
  const payout = { ...of, payoutId: randomUUID(), attempt: 1, amount: rupees(60), from: 'PAYABLE' as const };
  await posted(incentiveCreated({ ...of, incentiveId: first, amount: rupees(100) }));
  await db.$transaction((tx) => reserve(tx, [{ ...payout, driverId: id }]));
  await posted(payoutInitiated(payout), payoutSettled({ ...payout, reserved: rupees(60) }));

  await posted(incentiveCancelled({ ...of, incentiveId: first, amount: rupees(100) }));

  expect(await openItems(id)).toEqual([['ADVANCE', -6_000, 0]]);
  expect(await hold()).toEqual({ 2020: -6_000 });
  await posted(incentiveCreated({ ...of, incentiveId: second, amount: rupees(100) }));
  expect(await openItems(id)).toEqual([['INCENTIVE', 4_000, 0]]);
  expect(await faultsInBooks(id)).toEqual([]);
});

test('a payout reserves its own source first, then collections and incentives, oldest first; a failure frees them', async () => {
  const { id, of } = await somebody();
  const ids = Array.from({ length: 3 }, () => randomUUID());
  const collection = { ...of, collectionId: randomUUID(), version: 1 };
  const incentives = ids.map((incentiveId) => incentiveCreated({ ...of, incentiveId, amount: rupees(10) }));
  await posted(
    ...incentives,
    qrCollected({ ...collection, creditId: randomUUID(), amount: rupees(100) }),
    collectionReconciled({ ...collection, total: rupees(100), recoveredShortage: paise(0), share: rupees(70) }),
  );
  const payout = { ...of, payoutId: randomUUID(), attempt: 1, amount: rupees(85), from: 'PAYABLE' as const };

  const allocations = await db.$transaction(async (tx) => {
    const reserved = await reserve(tx, [{ ...payout, driverId: id, sources: [ids[2]!] }]);
    await post(tx, payoutInitiated(payout));
    return reserved;
  });

  expect(allocations[0]).toHaveLength(3);
  expect(allocations[0]).toEqual(
    expect.arrayContaining([
      { kind: 'INCENTIVE', source: ids[2], amount: 1_000 },
      { kind: 'COLLECTION', source: collection.collectionId, amount: 7_000 },
      { kind: 'INCENTIVE', source: ids[0], amount: 500 },
    ]),
  );
  const another = { payoutId: randomUUID(), driverId: id, amount: rupees(500) };
  expect(await db.$transaction((tx) => reserve(tx, [another]))).toEqual([
    [{ kind: 'INCENTIVE', source: ids[1], amount: 1_000 }],
  ]);
  await posted(payoutFailed(payout));
  expect((await openItems(id)).map(([, open]) => open)).toEqual([1_000, 1_000, 1_000, 7_000]);
  expect(await db.payableItem.count({ where: { reservedBy: payout.payoutId } })).toBe(0);
  expect(await faultsInBooks(id, collection.collectionId)).toEqual([]);
});

test('a journal is taken back once, with its dues', async () => {
  const { id, of, hold } = await somebody();
  const issued = penaltyIssued({ ...of, penaltyId: randomUUID(), amount: rupees(9) });
  const { journalId } = await posted(issued);
  const back = reversal({ ...issued, id: journalId }, of);

  expect([await posted(back), await posted(back)]).toMatchObject([{ posted: true }, { posted: false }]);

  expect(await hold()).toEqual({});
  const reversed = { reversesId: BigInt(journalId), eventType: 'reversal', eventKey: journalId };
  expect(await db.ledgerJournal.findFirst({ where: { reversesId: BigInt(journalId) } })).toMatchObject(reversed);
  expect(await faultsInBooks(id)).toEqual([]);
});

test.each([
  ['an entry is changed', 'UPDATE ledger_entry SET amount_paise = 1', /append only/],
  ['an entry is deleted', 'DELETE FROM ledger_entry', /append only/],
  ['a journal is changed', "UPDATE ledger_journal SET memo = ''", /append only/],
  ['the entries are emptied', 'TRUNCATE ledger_entry', /append only/],
  [
    'an event is inserted twice',
    `INSERT INTO ledger_journal (event_type, event_key, business_date)
     SELECT event_type, event_key, business_date FROM ledger_journal LIMIT 1`,
    /Unique constraint|duplicate key/,
  ],
  [
    'a journal has no entries',
    `INSERT INTO ledger_journal (event_type, event_key, business_date) VALUES ('test', gen_random_uuid(), now())`,
    /has 0 entries/,
  ],
  [
    'a journal does not balance',
    `INSERT INTO ledger_entry (journal_id, account_id, side, amount_paise, business_date)
     SELECT journal_id, account_id, side, amount_paise, business_date FROM ledger_entry LIMIT 1`,
    /is off by/,
  ],
])('the database refuses it when %s', async (_, statement, says) => {
  const { of } = await somebody();
  await posted(deposit(of, 5));

  await expect(db.$transaction((tx) => tx.$executeRawUnsafe(statement))).rejects.toThrow(says);
});

test('postings to one platform account do not wait for each other', async () => {
  const [one, two] = [await somebody(), await somebody()];

  await db.$transaction(async (tx) => {
    await post(tx, deposit(one.of, 5));
    expect(await posted(deposit(two.of, 5))).toMatchObject({ posted: true }); // While the first one is still open.
  });

  expect(await faultsInBooks(one.id, two.id)).toEqual([]);
});
