import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { randomUUID } from 'node:crypto';
import { qrUnattributed, unattributedResolved } from '../../../workflows/domain/money/journals/receipts.ts';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { penaltyFromDeposit, penaltyIssued } from '../../../workflows/domain/money/journals/penalties.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import { get, send } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { faultsInBooks, posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aUser, aToken } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aTransaction } from './payments.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let other: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  [fleet, other] = [await aFleet(), await aFleet()];
});

/** A driver, and of whom the money is. */
const someone = async (of = fleet) => {
  const driver = await aDriver(of, { vehicle: false });
  return { driver, of: { driverId: driver.id, fleetId: of.id } };
};

const idsIn = (rows: { id: string }[]) => rows.map(({ id }) => id);

test('a balance is what the ledger says of its driver, and nothing at first', async () => {
  const { driver, of } = await someone();
  const empty = (await get('/payments/balance', driver)).body.data;
  const happened = { ...of, occurredAt: new Date().toISOString() };
  const penalty = { ...happened, penaltyId: randomUUID(), amount: rupees(700) };
  const credit = { ...happened, creditId: randomUUID(), amount: rupees(120) };
  await posted(
    depositPaid({ ...happened, txnid: randomUUID(), amount: rupees(500) }),
    penaltyIssued(penalty),
    penaltyFromDeposit({ ...penalty, seq: 1, amount: rupees(500) }),
    depositPaid({ ...happened, txnid: randomUUID(), amount: rupees(80) }),
    qrUnattributed(credit),
    unattributedResolved({ ...credit, receiptId: randomUUID(), to: { as: 'LATE_PAYMENT', driverId: driver.id } }),
  );

  const { data } = (await get('/payment/balance', driver)).body;

  const nothing = { driverId: driver.id, currency: 'INR', paymentModel: null, hasActiveRental: false, rental: null };
  expect(empty).toEqual({ ...nothing, depositBalance: 0, currentBalance: 0, pendingDues: 0 });
  expect(data).toEqual({ ...nothing, depositBalance: 80, currentBalance: -80, pendingDues: 200 });
  expect((await get(`/drivers/${driver.id}`, fleet.manager)).body.data.depositBalance).toBe(80);
  expect((await get('/drivers/me', driver)).body.data.depositBalance).toBe(80);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a user of role DRIVER without a profile has neither balance nor transactions', async () => {
  const user = await aUser('DRIVER', fleet.id);

  for (const path of ['balance', 'transactions'])
    expectRefused(await get(`/payments/${path}`, { token: await aToken(user.id) }), 404, 'NOT_FOUND');
});

test('a driver reads their own transactions, newest first, page by page', async () => {
  const { driver, of } = await someone();
  const stranger = await someone();
  const made = [
    await aTransaction(of),
    await aTransaction(of, { status: 'PENDING', paymentUrl: 'https://pay.example' }),
  ];
  await aTransaction(stranger.of);

  const { data } = (await get('/payments/transactions', driver)).body;

  expect(idsIn(data.transactions)).toEqual(idsIn(made.toReversed()));
  expect(data).toMatchObject({
    transactions: [
      { status: 'PENDING', amount: 500, direction: 'CREDIT', paymentUrl: 'https://pay.example', refundedAmount: 0 },
      { shortId: expect.stringMatching(/^TXN\d{11,}$/), status: 'SUCCESS', gatewayFee: null, metadata: {} },
    ],
    pagination: { page: 1, limit: 20, total: 2, totalPages: 1 },
    ...{ current_page: 1, total_pages: 1 },
  });
  expect(data.transactions[0]).not.toHaveProperty('accessKey');
  const second = (await get('/payments/transactions?page=2&limit=1', driver)).body.data;
  expect(idsIn(second.transactions)).toEqual([made[0]!.id]);
  expect(second).toMatchObject({ current_page: 2, total_pages: 2 });
});

test('transactions are found by type, status, time and a piece of their ids', async () => {
  const { driver, of } = await someone();
  const midnight = new Date('2026-03-09T18:30:00.000Z');
  const paid = await aTransaction(of, { createdAt: midnight });
  const failed = await aTransaction(of, {
    type: 'PENALTY',
    direction: 'DEBIT',
    status: 'FAILED',
    statusReason: 'EXPIRED',
  });
  const found = async (query: string) =>
    idsIn((await get(`/payments/transactions?${query}`, driver)).body.data.transactions);

  expect(await found('type=penalty')).toEqual([failed.id]);
  expect(await found('status=SUCCESS')).toEqual([paid.id]);
  expect(await found('startDate=2026-03-10&endDate=2026-03-10')).toEqual([paid.id]);
  expect(await found('endDate=2026-03-09')).toEqual([]);
  expect(await found('endDate=2026-03-09T18:30:00.000Z')).toEqual([paid.id]);
  expect(await found('startDate=2026-03-09T18:30:00.001Z')).toEqual([failed.id]);
  expect(await found(`keyword=${paid.id.slice(2, 12)}`)).toEqual([paid.id]);
  expect(await found(`keyword=${failed.shortId.toLowerCase()}`)).toEqual([failed.id]);
  expect(await found('keyword=%25')).toEqual([]);
});

test.each([
  ['type=CASHBACK', 'type'],
  ['status=paid', 'status'],
  ['startDate=2026-02-30', 'startDate'],
  ['startDate=yesterday', 'startDate'],
  ['endDate=99999-01-01', 'endDate'],
  ['endDate=NaN', 'endDate'],
])('a search with %s is refused by field', async (query, field) => {
  const { driver } = await someone();

  expectInvalid(await get(`/payments/transactions?${query}`, driver), field);
  expectInvalid(await get(`/payments/admin/transactions?${query}`, fleet.manager), field);
});

test('a driver reads a transaction by each of its names, and nobody else’s', async () => {
  const { driver, of } = await someone();
  const stranger = await someone();
  const row = await aTransaction(of, { metadata: { utr: 'UTR1', phone: '9876543210' } });
  const foreign = await aTransaction(stranger.of);

  for (const id of [row.id, row.shortId, row.easebuzzTxnId])
    expect((await get(`/payments/transactions/${id}`, driver)).body.data).toMatchObject({
      ...{ id: row.id, metadata: { utr: 'UTR1' }, paymentUrl: null },
    });
  expect((await get(`/payments/transactions/${row.id}`, driver)).body.data.metadata).toEqual({ utr: 'UTR1' });
  for (const id of [foreign.id, foreign.shortId, foreign.easebuzzTxnId, randomUUID(), "'%00"])
    expectRefused(await get(`/payments/transactions/${encodeURIComponent(id!)}`, driver), 404, 'NOT_FOUND');
});

test('finance finds transactions of its fleet by driver, number at the gateway and UTR; operations and drivers do not', async () => {
  const { driver, of } = await someone();
  const [utr, earlier] = [`UTR${randomUUID()}`, `DEP${randomUUID().slice(0, 8)}`];
  const paid = await aTransaction(of, { metadata: { utr }, earlierTxnIds: [earlier] });
  const credit = await aTransaction(of, { easebuzzPaymentId: utr });
  const foreign = await aTransaction((await someone(other)).of, { metadata: { utr } });
  const found = async (query: string, by: Sent = fleet.manager) =>
    idsIn((await get(`/payments/admin/transactions?${query}`, by)).body.data);

  expect(await found(`driverId=${driver.id}`)).toEqual([credit.id, paid.id]);
  expect(await found(`utr=${utr}`)).toEqual([credit.id, paid.id]);
  expect(await found(`utr=${utr}`, fleet.superAdmin)).toEqual([foreign.id, credit.id, paid.id]);
  for (const txnid of [paid.easebuzzTxnId, earlier]) expect(await found(`txnid=${txnid}`)).toEqual([paid.id]);
  expect(await found(`txnid=${foreign.easebuzzTxnId}`)).toEqual([]);
  for (const by of [fleet.operations, driver])
    expectRefused(await get('/payments/admin/transactions', by), 403, 'FORBIDDEN');
});

test('a search is a CSV file too, of every page, in which no cell is a formula', async () => {
  const { driver, of } = await someone();
  const {
    id,
    rentalPlan: _,
    ...row
  } = await aTransaction(of, { description: '=HYPERLINK("x")', amountPaise: -12_050n });
  const more = Array.from({ length: 600 }, (_, number) => ({
    ...{ ...row, id: randomUUID(), shortId: `TXN20200101${number}${Date.now()}`, easebuzzTxnId: randomUUID() },
    ...{ metadata: {}, createdAt: new Date(row.createdAt.getTime() - 1000) },
  }));
  await db.transaction.createMany({ data: more });

  const answer = await send('GET', `/payments/admin/transactions?driverId=${driver.id}`, undefined, {
    ...{ token: fleet.manager.token, headers: { accept: 'text/csv' } },
  });

  expect(answer.headers.get('content-disposition')).toBe('attachment; filename=transactions.csv');
  const rows = parse<Record<string, string>>(answer.body as string, { columns: true });
  expect(new Set(idsIn(rows as never))).toEqual(new Set([id, ...idsIn(more)]));
  expect(rows[0]).toMatchObject({ id, description: `'=HYPERLINK("x")`, amount: '-120.5' });
});

test('the deposit of a driver is shown to the finance of their fleet, with its movements', async () => {
  const { driver, of } = await someone();
  const happened = { ...of, occurredAt: new Date().toISOString() };
  const penalty = { ...happened, penaltyId: randomUUID(), amount: rupees(200) };
  await posted(
    depositPaid({ ...happened, txnid: `txn-${driver.id}`, amount: rupees(500) }),
    penaltyIssued(penalty),
    penaltyFromDeposit({ ...penalty, seq: 1 }),
  );

  const { body } = await get(`/payments/admin/deposits/${driver.id}?limit=1`, fleet.fleetAdmin);

  expect(body.data).toMatchObject({
    ...{ driverId: driver.id, depositBalance: 300, held: 0 },
    movements: [{ eventType: 'penalty_from_deposit', direction: 'DEBIT', amount: 200 }],
  });
  expect(body.pagination).toMatchObject({ page: 1, limit: 1, total: 2, totalPages: 2 });
  expect((await get(`/payments/admin/deposits/${driver.id}`, fleet.manager)).body.data.movements[1]).toMatchObject({
    ...{ eventType: 'deposit_paid', eventKey: `txn-${driver.id}`, direction: 'CREDIT', amount: 500 },
  });
  expectRefused(await get(`/payments/admin/deposits/${driver.id}`, other.manager), 403, 'SCOPE_FORBIDDEN');
});

test('the statement of an account is a CSV file too', async () => {
  const { driver, of } = await someone();
  const memo = { ...of, occurredAt: new Date().toISOString(), txnid: `=txn-${driver.id}`, amount: rupees(500) };
  await posted(depositPaid(memo));
  const account = await db.ledgerAccount.findFirstOrThrow({ where: { code: 2010, ownerId: driver.id } });
  const file = (by: { token: string }, query = '') =>
    send('GET', `/payments/admin/ledger/accounts/${account.id}/entries${query}`, undefined, {
      ...{ token: by.token, headers: { accept: 'text/csv' } },
    });

  const rows = parse<Record<string, string>>((await file(fleet.manager)).body as string, { columns: true });

  expect(rows).toMatchObject([
    {
      eventType: 'deposit_paid',
      eventKey: `'=txn-${driver.id}`,
      side: 'C',
      amount: '500',
      businessDate: istDay(Date.now()),
    },
  ]);
  expect(parse((await file(fleet.manager, '?endDate=2020-01-01')).body as string, { columns: true })).toEqual([]);
  expectRefused(await file(other.manager), 403, 'SCOPE_FORBIDDEN');
});
