import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { creditActivities } from '../../../activities/money/collections/credits.ts';
import { gatewayDayActivities } from '../../../activities/money/collections/gateway-days.ts';
import { storeCredit } from '../../../prisma/credits.ts';
import type { ToldCredit } from '../../../workflows/domain/money/collections/credits.ts';
import { creditFacts, usualConfirmAbovePaise } from '../../../workflows/domain/money/collections/credits.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import { creditProcess } from '../../../workflows/processes.ts';
import { post } from '../../world/api.ts';
import { faultsInBooks } from '../../world/money/books.ts';
import { aUtr, creditRow, dayOf, daysOf, gateway, untilCredit } from '../../world/money/collections.ts';
import {
  aDriverInTime,
  aVehicleWithQr,
  deliverCredit,
  inAccount,
  istTime,
  journalsOf,
  payUnheard,
  signedCredit,
  timesTold,
  toldOf,
} from '../../world/money/credits.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { cardOf, onTemporal, replays, statusOf } from '../on-temporal.ts';

const commits = creditActivities({ db, confirmAbovePaise: usualConfirmAbovePaise });
/** The real commits; the calls go to the worker of the world. */
const { begin } = onTemporal(
  Object.fromEntries(Object.entries(commits).map(([name, commit]) => [`credit.${name}`, commit])),
);
const { compareCredits } = gatewayDayActivities({ db, client: temporal });

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A day in a second. */
const clock = { enquiriesMs: [0, 300, 600, 1_000], repeatMs: 300 };

const told = (account: string, amount: number, more: Partial<ToldCredit> = {}): ToldCredit => ({
  ...{ creditId: `T${randomUUID()}`, word: 'received', utr: aUtr(), accountGatewayId: account, mode: 'UPI' },
  ...{ amount: rupees(amount), fee: rupees(0), tax: rupees(0), occurredAt: new Date().toISOString() },
  ...more,
});

/** A credit that was stored and of which its process knows nothing yet. */
const stored = async (credit: ToldCredit) => {
  const row = (await storeCredit(db, credit, { source: 'POLL' }))!;
  const facts = creditFacts(row);
  return {
    id: row.id,
    creditId: row.creditId,
    begin: (by = clock) => begin({ ...creditProcess(facts), args: [facts, by] }),
  };
};

/** How often the gateway was asked for the credits of a day. */
const listsAsked = async () =>
  (await gateway.log()).filter(({ kind, what }) => kind === 'asked' && what === 'credits').length;

test('a credit is booked by its own process, whose history leads anybody else to the same', async () => {
  const driver = await aDriverInTime(fleet);
  const { creditId, begin } = await stored(told(driver.account, 70));

  const handle = await begin();

  await handle.result();
  expect(await creditRow(creditId)).toMatchObject({ state: 'COLLECTED', begunAt: expect.any(Date) });
  expect((await dayOf(driver.id)).qrPaise).toBe(7_000n);
  expect(await replays(handle)).toBe(true);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('what the gateway never has is asked for to the end, and then left to finance without a booking', async () => {
  const driver = await aDriverInTime(fleet);
  const { id, creditId, begin } = await stored(told(driver.account, 6000));
  const before = await listsAsked();
  const handle = await begin({ enquiriesMs: [0, 100, 60_000], repeatMs: 300 });
  await until(async () => (await creditRow(creditId)).state === 'CONFIRMING', 'the credit to be asked for');
  expect(await cardOf(handle)).toMatch(/the gateway to confirm it/);
  await handle.terminate();

  await (await begin()).result();

  expect(await creditRow(creditId)).toMatchObject({
    state: 'REVIEW',
    reason: null,
    remark: 'the gateway does not confirm it',
  });
  expect((await listsAsked()) - before).toBeGreaterThanOrEqual(clock.enquiriesMs.length);
  expect(await toldOf(creditId)).toMatchObject([{ state: 'REVIEW', movesMoney: false }]);
  expect(await timesTold(fleet.manager.id, 'payment:amount_mismatch', { id })).toBe(1);
  expect([await journalsOf(creditId), await daysOf(driver.id)]).toEqual([[], []]);
});

test('what was given up is booked when the comparison finds it, once', async () => {
  const driver = await aDriverInTime(fleet);
  const credit = told(driver.account, 6000);
  const { creditId, begin } = await stored(credit);
  await (await begin()).result();
  await payUnheard(driver.account, 6000, { id: creditId, utr: credit.utr, at: credit.occurredAt });
  const { amount, fee, tax, ...row } = credit;
  const listed = [{ ...row, amountPaise: amount, feePaise: fee, taxPaise: tax }];

  await Promise.all([compareCredits(listed), compareCredits(listed)]);

  expect(await untilCredit(creditId, 'COLLECTED')).toMatchObject({
    confirmedAt: expect.any(Date),
    driverId: driver.id,
  });
  await compareCredits(listed);
  expect(await toldOf(creditId)).toMatchObject([{ state: 'PROCESSED', movesMoney: true, journalKey: creditId }]);
  expect([(await dayOf(driver.id)).qrPaise, await journalsOf(creditId)]).toEqual([600_000n, ['qr_collected']]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('what finance has ignored as unconfirmed is not lost when the gateway has it after all', async () => {
  const driver = await aDriverInTime(fleet);
  const credit = told(driver.account, 6000);
  const { id, creditId, begin } = await stored(credit);
  await (await begin()).result();
  const [event] = await toldOf(creditId);
  const ignored = await post(
    `/payments/admin/events/${event!.id}/resolve`,
    { action: 'IGNORE', reason: 'Not in the dashboard' },
    fleet.manager,
  );
  expect(ignored.status).toBe(200);
  const before = await timesTold(fleet.manager.id, 'payment:amount_mismatch', { id });
  const { amount, fee, tax, ...row } = credit;

  await compareCredits([{ ...row, amountPaise: amount, feePaise: fee, taxPaise: tax }]);

  await until(
    async () =>
      (await creditRow(creditId)).state === 'COLLECTED' ||
      (await timesTold(fleet.manager.id, 'payment:amount_mismatch', { id })) > before,
    'the money to be booked, or finance to be told',
  );
});

test('silence of the gateway is not a no: the last question is asked until it is answered', async () => {
  // A day of its own, for which nobody else asks.
  const at = istTime('12:00:00', 47);
  const { account } = await aVehicleWithQr(fleet);
  const { id: creditId, utr } = await payUnheard(account, 6000, { at: at.toISOString() });
  const day = istDay(at.getTime());
  await gateway.scenario({ match: day, call: 'credits', answer: 'refuse', times: 3 });
  const { begin } = await stored(told(account, 6000, { creditId, utr, occurredAt: at.toISOString() }));

  await begin({ enquiriesMs: [0, 100], repeatMs: 100 });

  await untilCredit(creditId, 'UNATTRIBUTED');
  const asked = (await gateway.entries('asked', day)).filter(({ what }) => what === 'credits');
  expect(asked).toHaveLength(4);
  expect(await inAccount(2040, creditId)).toBe(600_000);
});

test('what the list says of amount and account counts; a word without money is no confirmation', async () => {
  const [driver, other] = await Promise.all([aDriverInTime(fleet), aDriverInTime(fleet)]);
  const wrong = await Promise.all([
    payUnheard(driver.account, 6001),
    payUnheard(other.account, 6000),
    payUnheard(driver.account, 6000, { status: 'failure' }),
  ]);
  const credits = await Promise.all(
    wrong.map(({ id, at }) =>
      stored(told(driver.account, 6000, { creditId: id, occurredAt: new Date(at).toISOString() })),
    ),
  );

  await Promise.all(credits.map(async ({ begin }) => (await begin()).result()));

  const rows = await Promise.all(credits.map(({ creditId }) => creditRow(creditId)));
  expect(rows).toMatchObject([
    { state: 'COLLECTED', driverId: driver.id, amountPaise: 600_100n },
    { state: 'COLLECTED', driverId: other.id, amountPaise: 600_000n },
    { state: 'REVIEW', driverId: null },
  ]);
  expect((await dayOf(driver.id)).qrPaise).toBe(600_100n);
  expect((await dayOf(other.id)).qrPaise).toBe(600_000n);
  expect(await journalsOf(credits[2]!.creditId)).toEqual([]);
  expect(await faultsInBooks(driver.id, other.id)).toEqual([]);
});

test('a process that is lost between its commits and begun again books once', async () => {
  const driver = await aDriverInTime(fleet);
  const { creditId, begin } = await stored(told(driver.account, 90, { fee: rupees(1) }));
  const handles = [await begin()];
  await handles[0]!.terminate().catch(() => undefined);
  handles.push(await begin());

  await handles[1]!.result();

  expect(await journalsOf(creditId)).toEqual(['qr_collected', 'qr_fee']);
  expect(await inAccount(1030, creditId)).toBe(8_900);
});

test('commits that are repeated do their work once', async () => {
  const driver = await aDriverInTime(fleet);
  const credit = told(driver.account, 40);
  const { id, creditId } = await stored(credit);
  const five = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 5 }, work));

  await five(() => commits.hear({ id, listed: null }));
  await five(() => commits.giveUp(id));
  await five(() => commits.hear({ id, listed: credit }));

  expect(await creditRow(creditId)).toMatchObject({ state: 'COLLECTED' });
  expect((await dayOf(driver.id)).qrPaise).toBe(4_000n);
  expect(await journalsOf(creditId)).toEqual(['qr_collected']);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('what is told while a process ends is heard by the same process', async () => {
  const driver = await aDriverInTime(fleet);
  const [account, id, utr] = [driver.account, `T${randomUUID()}`, aUtr()];
  const said = { account, id, utr, amount: '20.0' };

  for (const status of ['pending', 'received', 'unsettled', 'timed_out'])
    await deliverCredit(signedCredit({ ...said, status }));

  const { id: rowId } = await untilCredit(id, 'COLLECTED');
  await until(
    async () => (await db.gatewayEvent.count({ where: { subjectId: rowId, state: 'RECEIVED' } })) === 0,
    'all to be heard',
  );
  await until(async () => (await statusOf(temporal.workflow.getHandle(`credit:${rowId}`))) === 'COMPLETED', 'its end');
});
