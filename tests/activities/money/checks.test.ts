import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { changedOwners, checks, findFaults } from '../../../activities/money/checks.ts';
import type { Finding } from '../../../activities/money/checks.ts';
import type { Tx } from '../../../prisma/client.ts';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { incentiveCreated } from '../../../workflows/domain/money/journals/incentives.ts';
import { penaltyIssued } from '../../../workflows/domain/money/journals/penalties.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { faultsInBooks, posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';

const began = new Date();
let driverId: string;
let journalId: string;

beforeAll(async () => {
  const fleet = await aFleet();
  driverId = (await aDriver(fleet, { vehicle: false })).id;
  const of = { driverId, fleetId: fleet.id, occurredAt: new Date().toISOString() };
  await posted(
    penaltyIssued({ ...of, penaltyId: randomUUID(), amount: rupees(5) }),
    incentiveCreated({ ...of, incentiveId: randomUUID(), amount: rupees(5) }),
  );
  ({ journalId } = await posted(depositPaid({ ...of, txnid: randomUUID(), amount: rupees(500) })));
});

class RolledBack extends Error {}

/** What the checks find after statements that no trigger and no constraint of the database held back; nothing of it stays. */
const foundAfter = async (...statements: string[]): Promise<Finding[]> => {
  let found: Finding[] = [];
  const plant = async (tx: Tx) => {
    await tx.$executeRawUnsafe('SET LOCAL session_replication_role = replica');
    for (const statement of statements) await tx.$executeRawUnsafe(statement);
    const all = await findFaults(tx, null);
    const own = await findFaults(tx, { owners: [driverId, rowId, 'someone'], since: null });
    found = [...own, ...all.filter(({ check }) => /Q2|Q3|Q11/.test(check))];
    throw new RolledBack();
  };
  await db.$transaction(plant, { timeout: 30_000 }).catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
  return found;
};

const rowId = randomUUID();

/** A stored event of the gateway that was processed. */
const event = (movesMoney: boolean) =>
  `INSERT INTO gateway_event (id, source, dedupe_key, fields, state, moves_money, journal_type, journal_key)
   VALUES ('${rowId}', 'PG', '${rowId}', '{}', 'PROCESSED', ${movesMoney}, 'deposit_paid', '?')`;

/** A period of 7 paise for which nobody paid. */
const rental = (status: 'ACTIVE' | 'EXPIRED', recognized: number) =>
  `INSERT INTO rentals (id, "driverId", "fleetId", "rentalPlanId", "transactionId", "planName", "pricePaise", "depositPaise",
     "validityDays", status, "startDate", "expiryDate", "recognizedPaise")
   VALUES ('${rowId}', '${rowId}', '${rowId}', '${rowId}', '${rowId}', '-', 7, 0, 1, '${status}', now(), now(), ${recognized})`;

/** A day, and an order, of so many paise for which nothing was collected. */
const collection = (total: number, net: number | null) =>
  `INSERT INTO daily_collections (id, "driverId", "fleetId", date, "totalPaise", status, "netPaise")
   VALUES ('${rowId}', '${rowId}', '${rowId}', now(), ${total}, '${net === null ? 'CLOSED' : 'RECONCILED'}', ${net})`;
const order = (collected: number) =>
  `INSERT INTO payment_orders (id, "userId", "customerName", "customerPhone", "totalPaise", "collectedPaise", "expiresAt")
   VALUES ('${rowId}', '${rowId}', '-', '-', 7, ${collected}, now())`;

const ofAccount = (code: number) => `(SELECT id FROM ledger_account WHERE code = ${code} AND owner_id = '${driverId}')`;

const entry = (code: number, side: string) =>
  `INSERT INTO ledger_entry (journal_id, account_id, side, amount_paise, business_date)
   VALUES (${journalId}, ${ofAccount(code)}, '${side}', 7, now())`;

test('books in order have no findings', async () => {
  expect(await faultsInBooks(driverId)).toEqual([]);
  expect(await foundAfter()).toEqual([]);
  expect(await foundAfter(event(false), rental('EXPIRED', 7), collection(7, 7), order(0))).toEqual([]);
});

test.each<[string, 'driver' | 'row' | null, () => string[]]>([
  ['Q1', null, () => [entry(2010, 'C')]],
  ['Q1', null, () => [`DELETE FROM ledger_entry WHERE journal_id = ${journalId}`]],
  ['Q2', null, () => [entry(2010, 'C')]],
  ['Q3', null, () => [`UPDATE ledger_balance SET debit_paise = 7 WHERE account_id = ${ofAccount(2010)}`]],
  [
    'Q3',
    null,
    () => [
      `SELECT ledger_close_days('2100-01-01')`,
      `UPDATE ledger_day_total SET entries = 99 WHERE account_id = ${ofAccount(2010)}`,
    ],
  ],
  ['Q4', 'driver', () => [`UPDATE ledger_entry SET side = 'D' WHERE account_id = ${ofAccount(2010)}`]],
  ['Q5', 'driver', () => [`UPDATE ledger_balance SET credit_paise = 7 WHERE account_id = ${ofAccount(2010)}`]],
  ['Q7', 'driver', () => [`UPDATE driver_due SET outstanding_paise = 7 WHERE driver_id = '${driverId}'`]],
  [
    'Q7',
    'driver',
    () => [`UPDATE driver_due SET closed_as = 'WAIVED', outstanding_paise = 0 WHERE driver_id = '${driverId}'`],
  ],
  ['Q6', 'row', () => [collection(7, null)]],
  ['Q8', 'row', () => [order(7)]],
  ['Q11', 'row', () => [rental('ACTIVE', 0)]],
  ['Q12', 'row', () => [event(true)]],
  ['Q13', 'driver', () => [`UPDATE payable_item SET open_paise = 7 WHERE driver_id = '${driverId}'`]],
])('%s sees a fault of the %s', async (name, owner, statements) => {
  const found = await foundAfter(...statements());

  const about = owner && { driver: driverId, row: rowId }[owner];
  expect(found.filter(({ check }) => check === name).map((finding) => finding.owner)).toContain(about);
});

/** Tables in whose place rows stand that no commit would leave behind. */
const shadowed = {
  payout: 'id text, driver_id text, kind text, source_id text, status text, amount_paise bigint',
  payout_allocation: 'payout_id text, amount_paise bigint',
};

/** What the texts of a check find with such rows. */
const foundWith = async (name: string, rows: Partial<Record<keyof typeof shadowed, string>>): Promise<unknown[]> => {
  const tables = Object.entries(shadowed).map(
    ([table, columns]) =>
      `${table} AS (SELECT * FROM jsonb_to_recordset('${rows[table as keyof typeof shadowed] ?? '[]'}') AS t(${columns}))`,
  );
  const texts = checks.filter((check) => check.name === name).map(({ sql }) => sql);
  const found = await Promise.all(
    texts.map((sql) => db.$queryRawUnsafe<unknown[]>(`WITH ${tables.join(', ')} ${sql}`)),
  );
  return found.flat();
};

const payout = (over: object) =>
  JSON.stringify([{ id: 'p', driver_id: 'someone', kind: 'INCENTIVE', source_id: 's', amount_paise: 7, ...over }]);

test.each<[string, string, Partial<Record<keyof typeof shadowed, string>>, boolean]>([
  ['Q9', 'a payout in flight that nothing was set aside for', { payout: payout({ status: 'UNKNOWN' }) }, true],
  ['Q10', 'a settled payout without allocations', { payout: payout({ status: 'SUCCESS' }) }, true],
  [
    'Q10',
    'a settled payout with its allocation',
    { payout: payout({ status: 'SUCCESS' }), payout_allocation: '[{"payout_id":"p","amount_paise":7}]' },
    false,
  ],
])('%s of %s', async (name, _, rows, isFault) => {
  const found = (await foundWith(name, rows)) as { driver?: string }[];

  const relevant = name === 'Q9' ? found.filter(({ driver }) => driver === 'someone') : found;
  expect(relevant.length > 0).toBe(isFault);
});

test('every check of the contract is there', () => {
  const names = new Set(checks.map(({ name }) => name));

  expect([...names].sort()).toEqual(Array.from({ length: 13 }, (_, index) => `Q${index + 1}`).sort());
});

test('whose books changed is known from journals, dues and items', async () => {
  const owners = await changedOwners(db, began);

  expect(owners).toEqual(expect.arrayContaining([driverId, '-']));
  expect(await changedOwners(db, new Date(Date.now() + 60_000))).toEqual([]);
});
