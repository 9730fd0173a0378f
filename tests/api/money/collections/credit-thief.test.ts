import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import { aUtr, creditRow, dayOf, daysOf, gateway, pay, untilCredit } from '../../../world/money/collections.ts';
import {
  aDriverInTime,
  deliverCredit,
  inAccount,
  journalsOf,
  payUnheard,
  signedCredit,
  timesTold,
  toldOf,
  untilCreditsHeard,
} from '../../../world/money/credits.ts';
import { aFleet } from '../../../world/factories.ts';
import { until } from '../../../world/until.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const aDriver = () => aDriverInTime(fleet);
const victimAndThief = () => Promise.all([aDriver(), aDriver()]);
const anId = () => `T${randomUUID()}`;

/** How often the gateway was asked for the credits of a day since a moment. */
const listsAsked = async () =>
  (await gateway.log()).filter(({ kind, what }) => kind === 'asked' && what === 'credits').length;

/** A credit that is booked, and how the gateway signed it. */
const aBookedCredit = async (account: string) => {
  const credit = await pay(account, 150);
  await untilCredit(credit.id, 'COLLECTED');
  return { ...credit, said: { amount: '150.0', utr: credit.utr } };
};

test('a signed event under other ids, into another account and of another day is booked no second time', async () => {
  const [victim, thief] = await victimAndThief();
  const { said } = await aBookedCredit(victim.account);
  const ids = [anId(), anId(), anId()];
  const before = await listsAsked();

  const answers = await Promise.all([
    deliverCredit(signedCredit({ ...said, account: victim.account, id: ids[0]! })),
    deliverCredit(signedCredit({ ...said, account: thief.account, id: ids[1]! })),
    deliverCredit(
      signedCredit({ ...said, account: thief.account, id: ids[2]!, more: { transaction_date: '2020-01-01 10:00:00' } }),
    ),
  ]);

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  await Promise.all(ids.map((id) => untilCredit(id, 'CONFIRMING')));
  await until(async () => (await listsAsked()) >= before + 3, 'the gateway to be asked');
  for (const id of ids) expect([await journalsOf(id), (await creditRow(id)).state]).toEqual([[], 'CONFIRMING']);
  expect(await daysOf(thief.id)).toEqual([]);
  const day = await dayOf(victim.id);
  expect([day.qrPaise, await balancesOf(day.id)]).toEqual([15_000n, { [`2030[${day.id}]`]: 15_000 }]);
  expect(await faultsInBooks(victim.id, thief.id, day.id)).toEqual([]);
});

test('the same id with another account, another day or another fee changes nothing of what is booked', async () => {
  const [victim, thief] = await victimAndThief();
  const { id, said } = await aBookedCredit(victim.account);
  const before = await creditRow(id);
  const more = { transaction_date: '2020-01-01 10:00:00', service_charge: 100, gst_amount: 18 };

  for (const status of ['received', 'unsettled'])
    expect((await deliverCredit(signedCredit({ ...said, account: thief.account, id, status, more }))).status).toBe(200);

  await untilCreditsHeard(id);
  expect(await creditRow(id)).toMatchObject({ ...before, version: expect.any(Number), updatedAt: expect.any(Date) });
  expect(await journalsOf(id)).toEqual(['qr_collected']);
  expect(await daysOf(thief.id)).toEqual([]);
});

test('what is above the threshold is asked for, and booked once the gateway has it', async () => {
  const driver = await aDriver();
  const [small, large] = await Promise.all([pay(driver.account, 5000), pay(driver.account, 5000.01)]);

  const rows = await Promise.all([untilCredit(small.id, 'COLLECTED'), untilCredit(large.id, 'COLLECTED')]);

  expect(rows.map(({ confirmedAt }) => confirmedAt !== null)).toEqual([false, true]);
  expect((await dayOf(driver.id)).qrPaise).toBe(1_000_001n);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('what the gateway does not have is not booked above the threshold, and what it has otherwise as it has it', async () => {
  const [victim, thief] = await victimAndThief();
  const withdrawn = await pay(thief.account, 6000, { withdraw: true });
  const elsewhere = await payUnheard(victim.account, 7000);
  const other = await payUnheard(thief.account, 10);
  const before = await listsAsked();
  await deliverCredit(signedCredit({ account: thief.account, amount: '7000.0', id: elsewhere.id, utr: elsewhere.utr }));
  await deliverCredit(signedCredit({ account: thief.account, amount: '8000.0', id: other.id }));

  await until(async () => (await listsAsked()) >= before + 2, 'the gateway to be asked');

  await untilCredit(withdrawn.id, 'CONFIRMING');
  expect(await journalsOf(withdrawn.id)).toEqual([]);
  // What the list has counts as the list has it.
  expect(await untilCredit(elsewhere.id, 'COLLECTED')).toMatchObject({ driverId: victim.id, amountPaise: 700_000n });
  expect(await untilCredit(other.id, 'COLLECTED')).toMatchObject({ driverId: thief.id, amountPaise: 1_000n });
});

test('without a reference the gateway is asked, however small the credit is', async () => {
  const driver = await aDriver();
  const [real, forged] = [await pay(driver.account, 10, { utr: '' }), anId()];

  await deliverCredit(signedCredit({ account: driver.account, amount: '10.0', id: forged, utr: '' }));

  expect(await untilCredit(real.id, 'COLLECTED')).toMatchObject({ confirmedAt: expect.any(Date) });
  await untilCredit(forged, 'CONFIRMING');
  expect((await dayOf(driver.id)).qrPaise).toBe(1_000n);
});

test('of two real credits with one reference the second waits for finance with its money', async () => {
  const [first, second] = await victimAndThief();
  const utr = aUtr();
  const booked = await pay(first.account, 40, { utr });
  await untilCredit(booked.id, 'COLLECTED');

  const twin = await pay(second.account, 40, { utr, serviceCharge: 1, gst: 0.18 });

  const row = await untilCredit(twin.id, 'REVIEW');
  const [event] = await toldOf(twin.id);
  expect(row).toMatchObject({ reason: 'AMOUNT_MISMATCH', driverId: null, confirmedAt: expect.any(Date) });
  expect(event).toMatchObject({
    state: 'REVIEW',
    movesMoney: true,
    journalType: 'amount_mismatch',
    journalKey: event!.id,
  });
  expect([await inAccount(2040, event!.id), await inAccount(1030, event!.id, twin.id)]).toEqual([4_000, 3_882]);
  expect(await timesTold(fleet.manager.id, 'payment:amount_mismatch', { id: row.id })).toBe(1);
  expect([(await dayOf(first.id)).qrPaise, await daysOf(second.id)]).toEqual([4_000n, []]);
  expect(await faultsInBooks(first.id, second.id)).toEqual([]);
});

test('an id that a forged event has taken does not make the real credit disappear', async () => {
  const [victim, thief] = await victimAndThief();
  const { said } = await aBookedCredit(thief.account);
  const id = anId();
  await deliverCredit(signedCredit({ ...said, account: thief.account, id }));
  await untilCredit(id, 'CONFIRMING');

  await pay(victim.account, 90, { id });
  await gateway.sent(id, 1);

  const [, real] = await toldOf(id);
  expect(real).toMatchObject({ amountPaise: 9_000n });
});

test('a forged pending credit with the same reference does not keep a real one from its driver', async () => {
  const [victim, thief] = await victimAndThief();
  const utr = aUtr();
  await deliverCredit(signedCredit({ account: thief.account, amount: '90.0', utr, status: 'pending' }));

  const { id } = await pay(victim.account, 90, { utr });

  const { state } = await untilCredit(id, 'COLLECTED', 'REVIEW');
  expect(state).toBe('COLLECTED');
});

test('a forged credit that the gateway does not have does not keep a real one from its driver', async () => {
  const [victim, thief] = await victimAndThief();
  const utr = aUtr();
  const forged = anId();
  await deliverCredit(signedCredit({ account: thief.account, amount: '6000.0', utr, id: forged }));
  await untilCredit(forged, 'CONFIRMING');

  const { id } = await pay(victim.account, 6000, { utr });

  const { state } = await untilCredit(id, 'COLLECTED', 'REVIEW');
  expect(state).toBe('COLLECTED');
});
