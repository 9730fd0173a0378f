import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ListedPayment } from '../../../activities/money/collections/gateway-calls.ts';
import { gatewayDayActivities } from '../../../activities/money/collections/gateway-days.ts';
import type { GatewayCredit } from '../../../activities/partners/easebuzz/insta-collect-answers.ts';
import { daysAfter, istDay } from '../../../workflows/domain/time.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { faultsInBooks } from '../../world/money/books.ts';
import { creditRow, dayOf, daysOf, gateway, pay, untilCredit } from '../../world/money/collections.ts';
import {
  aDriverInTime,
  aVehicleWithQr,
  deliverCredit,
  inAccount,
  istTime,
  journalsOf,
  payUnheard,
  signedCredit,
  toldOf,
} from '../../world/money/credits.ts';
import { beginDeposit, untilStatus } from '../../world/money/pay-ins.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { temporal } from '../../world/temporal.ts';
import { onTemporal } from '../on-temporal.ts';

/** The days that a run of this file compares; without any, those that are due. */
let days: IstDay[] | null = null;
const commits = gatewayDayActivities({ db, client: temporal });
/** Of today only what this file made is compared: the rest is left to the tests of others. */
const own = new Set<string>();
const isOurs = (id: string) => !days?.includes(istDay(Date.now())) || own.has(id);
/** The real workflow and its real commits; the calls go to the worker of the world. */
const { begin } = onTemporal({
  ...commits,
  daysDue: () => (days ? Promise.resolve(days) : commits.daysDue()),
  compareCredits: (rows: GatewayCredit[]) => commits.compareCredits(rows.filter(({ creditId }) => isOurs(creditId))),
  comparePayments: (rows: ListedPayment[]) => commits.comparePayments(rows.filter(({ txnid }) => isOurs(txnid))),
});

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

const today = istDay(Date.now());
const dateOf = (day: string) => new Date(`${day}T00:00:00.000Z`);

const compare = async (...wanted: IstDay[]) => {
  days = wanted;
  const workflowId = `gateway-days-${randomUUID()}`;
  const handle = await begin<'gatewayDaysWorkflow'>({
    ...{ type: 'gatewayDaysWorkflow', workflowId, args: [], summary: '', labels: null, isRecord: false },
  });
  return handle.result();
};

/** Days far back, on which nobody else pays; each test has its own. */
const aDay = (daysAgo: number) => ({ day: daysAfter(today, -daysAgo), at: istTime('12:00:00', daysAgo).toISOString() });

const runOf = (day: IstDay) =>
  db.dayRun.findUnique({ where: { name_businessDate: { name: 'gateway', businessDate: dateOf(day) } } });

/** How often somebody was told that credits of a day are not in the list; the ids that were named. */
const unknownTold = async (userId: string, day: IstDay) =>
  (await db.notification.findMany({ where: { userId, event: 'credit:unknown' } }))
    .map(({ payload }) => payload as { day: string; creditIds: string[] })
    .filter((payload) => payload.day === day)
    .map(({ creditIds }) => creditIds);

test('what was never told is taken in and booked to its own day; the next comparison finds nothing', async () => {
  const driver = await aDriverInTime(fleet);
  const at = istTime('23:30:00', 1).toISOString();
  const yesterday = daysAfter(today, -1);
  const missed = await payUnheard(driver.account, 250, { at, serviceCharge: 2, gst: 0.36 });
  const told = await pay(driver.account, 10, { at });
  await untilCredit(told.id, 'COLLECTED');
  expect(await db.virtualCredit.count({ where: { creditId: missed.id } })).toBe(0);

  const [found] = await compare(yesterday);

  expect(found).toMatchObject({ day: yesterday });
  expect(found!.missing).toBeGreaterThanOrEqual(1);
  expect(await untilCredit(missed.id, 'COLLECTED')).toMatchObject({
    driverId: driver.id,
    confirmedAt: expect.any(Date),
  });
  expect(await toldOf(missed.id)).toMatchObject([{ source: 'POLL', state: 'PROCESSED', sealedBody: null }]);
  expect(await dayOf(driver.id)).toMatchObject({ date: dateOf(yesterday), qrPaise: 26_000n });
  expect(await inAccount(1030, missed.id)).toBe(24_764);
  expect(await creditRow(told.id)).toMatchObject({ confirmedAt: expect.any(Date) });

  await deliverCredit(signedCredit({ account: driver.account, amount: '250.0', id: missed.id, utr: missed.utr }));
  await compare(yesterday);
  expect([(await dayOf(driver.id)).qrPaise, await journalsOf(missed.id)]).toEqual([
    26_000n,
    ['qr_collected', 'qr_fee'],
  ]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a second comparison of a day changes nothing, and a day with more than a page is compared whole', async () => {
  const { day, at } = aDay(90);
  const { account } = await aVehicleWithQr(fleet);
  const credits = await Promise.all(Array.from({ length: 105 }, () => payUnheard(account, 1, { at })));

  const [first] = await compare(day);
  const [second] = await compare(day);

  expect([first, second]).toEqual([
    { day, missing: 105, unknown: 0, settlements: 0 },
    { day, missing: 0, unknown: 0, settlements: 0 },
  ]);
  const ids = credits.map(({ id }) => id);
  expect(await db.virtualCredit.count({ where: { creditId: { in: ids }, confirmedAt: { not: null } } })).toBe(105);
  await untilCredit(ids[0]!, 'UNATTRIBUTED');
  await untilCredit(ids.at(-1)!, 'UNATTRIBUTED');
  expect(await inAccount(2040, ids[0]!, ids.at(-1)!)).toBe(200);
});

test('what is booked here and not in the list is told to SUPER_ADMIN once, and nothing is posted for it', async () => {
  const { day, at } = aDay(91);
  const { account } = await aVehicleWithQr(fleet);
  const [withdrawn, real] = [await pay(account, 20, { at, withdraw: true }), await pay(account, 30, { at })];
  await Promise.all([untilCredit(withdrawn.id, 'UNATTRIBUTED'), untilCredit(real.id, 'UNATTRIBUTED')]);

  expect(await compare(day)).toMatchObject([{ missing: 0, unknown: 1 }]);
  await compare(day);

  expect(await unknownTold(fleet.superAdmin.id, day)).toEqual([[withdrawn.id]]);
  expect(await unknownTold(fleet.manager.id, day)).toEqual([]);
  expect(await journalsOf(withdrawn.id)).toEqual(['qr_unattributed']);
  expect(await creditRow(real.id)).toMatchObject({ confirmedAt: expect.any(Date) });
});

test('a credit that was put elsewhere around a signed body is told: the list has another account', async () => {
  const { day, at } = aDay(92);
  const [victim, thief] = await Promise.all([aVehicleWithQr(fleet), aVehicleWithQr(fleet)]);
  const { id, utr } = await payUnheard(victim.account, 40, { at });
  await deliverCredit(
    signedCredit({ account: thief.account, amount: '40.0', id, utr, more: { transaction_date: at } }),
  );
  await untilCredit(id, 'UNATTRIBUTED');

  expect(await compare(day)).toMatchObject([{ unknown: 1 }]);

  expect(await unknownTold(fleet.superAdmin.id, day)).toEqual([[id]]);
});

test('a credit that was moved to a later day around a signed body is told too', async () => {
  const [real, moved] = [aDay(97), aDay(94)];
  const { account } = await aVehicleWithQr(fleet);
  const { id, utr } = await payUnheard(account, 40, { at: real.at });
  await deliverCredit(signedCredit({ account, amount: '40.0', id, utr, more: { transaction_date: moved.at } }));
  await untilCredit(id, 'UNATTRIBUTED');

  await compare(real.day);
  await compare(moved.day);

  const told = await Promise.all([real, moved].map(({ day }) => unknownTold(fleet.superAdmin.id, day)));
  expect(told.flat()).toEqual([[id]]);
});

test('a day for which the gateway is silent is left undone, and the next run does it', async () => {
  const [silent, usual] = [aDay(95), aDay(96)];
  const { account } = await aVehicleWithQr(fleet);
  const missed = await payUnheard(account, 5, { at: silent.at });
  await gateway.scenario({ match: silent.day, call: 'credits', answer: 'refuse', times: 1 });

  expect((await compare(silent.day, usual.day)).map(({ day }) => day)).toEqual([usual.day]);
  expect([await runOf(silent.day), (await runOf(usual.day))?.finishedAt]).toEqual([null, expect.any(Date)]);
  expect(await db.virtualCredit.count({ where: { creditId: missed.id } })).toBe(0);

  expect(await compare(silent.day)).toMatchObject([{ day: silent.day, missing: 1 }]);
  await untilCredit(missed.id, 'UNATTRIBUTED');
  expect(await runOf(silent.day)).toMatchObject({ finishedAt: expect.any(Date), found: { missing: 1 } });
});

test('the days that are due are those before today since the first account, without those that are done', async () => {
  const { id } = await aVehicleWithQr(fleet);
  await db.virtualAccount.update({ where: { vehicleId: id }, data: { createdAt: istTime('12:00:00', 3) } });
  await compare(daysAfter(today, -2));
  // Accounts of other files are older, and a run takes the oldest days.
  await db.$executeRaw`
    INSERT INTO "day_runs" ("name", "businessDate", "finishedAt")
    SELECT 'gateway', day::date, now() FROM generate_series(${today}::date - 400, ${today}::date - 4, interval '1 day') day
    ON CONFLICT ("name", "businessDate") DO UPDATE SET "finishedAt" = now()`;

  const due = await commits.daysDue();

  expect(due).toContain(daysAfter(today, -3));
  expect(due).not.toContain(daysAfter(today, -2));
  expect(due).not.toContain(today);
});

test('what reached the bank is posted once: payments line by line, credits with their net', async () => {
  const [payer, driver] = [await aDriver(fleet), await aDriverInTime(fleet)];
  const { transactionId, paymentUrl, txnId } = await beginDeposit(payer, 777);
  await gateway.click(paymentUrl, 'success');
  await untilStatus(transactionId, 'SUCCESS');
  const { id } = await pay(driver.account, 100, { serviceCharge: 2, gst: 0.36 });
  await untilCredit(id, 'COLLECTED');
  type Paid = { payout_id: string; product: string; payout_amount: number; transactions: { txnid?: string }[] };
  const [payments, credits] = (await gateway.settle()) as [Paid, Paid];
  const line = payments.transactions.findIndex(({ txnid }) => txnid === txnId);

  await compare(today);
  await compare(today);

  const keys = payments.transactions.map((_, n) => `${payments.payout_id}:${n}`);
  expect(await journalsOf(...keys, credits.payout_id)).toEqual([...keys.map(() => 'pg_settlement'), 'va_settlement']);
  expect(await inAccount(1020, txnId, keys[line]!)).toBe(0);
  expect(await inAccount(1010, keys[line]!)).toBe(77_700 - 1_554 - 280);
  expect(await inAccount(1010, credits.payout_id)).toBe(Math.round(credits.payout_amount * 100));
  await db.dayRun.deleteMany({ where: { name: 'gateway', businessDate: dateOf(today) } });
});

test('a payment whose end was never told is asked for', async () => {
  const payer = await aDriver(fleet);
  const { transactionId, paymentUrl, txnId } = await beginDeposit(payer, 321);
  own.add(txnId);
  await gateway.scenario({ match: txnId, call: 'webhook', copies: 0 });
  await gateway.click(paymentUrl, 'close');

  const [found] = await compare(today);

  expect(found!.missing).toBeGreaterThanOrEqual(1);
  await untilStatus(transactionId, 'SUCCESS');
  await db.dayRun.deleteMany({ where: { name: 'gateway', businessDate: dateOf(today) } });
  expect(await daysOf(payer.id)).toEqual([]);
});
