import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { randomFrom } from '../../../soak/random.ts';
import { balancesOf, faultsInBooks } from '../../../world/money/books.ts';
import { casesOf } from '../../../world/money/cases.ts';
import { aUtr, creditRow, dayOf, daysOf, gateway, pay, untilCredit } from '../../../world/money/collections.ts';
import {
  aDriverInTime,
  deliverCredit,
  inAccount,
  journalsOf,
  signedCredit,
  signedFlat,
  timesTold,
  toldOf,
  untilCreditsHeard,
} from '../../../world/money/credits.ts';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';

const ok = { status: 'ok', success: true };

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const aDriver = () => aDriverInTime(fleet);

/** What a driver's day holds; nothing if there is none. */
const collected = async (driverId: string) => (await daysOf(driverId)).map(({ qrPaise }) => Number(qrPaise));

const anId = () => `T${randomUUID()}`;

test('twenty copies of every word, shuffled, are one credit', async () => {
  const driver = await aDriver();
  const [id, utr] = [anId(), aUtr()];
  const words = ['pending', 'received', 'unsettled', 'received', 'timed_out'];
  const bodies = words.map((status) => signedCredit({ account: driver.account, amount: '150.0', id, utr, status }));
  const random = randomFrom(7);
  const copies = bodies.flatMap((body) => Array.from({ length: 20 }, () => body)).sort(() => random() - 0.5);

  const answers = await Promise.all(copies.map((body) => deliverCredit(body)));
  await untilCredit(id, 'COLLECTED');
  await untilCreditsHeard(id);

  expect(answers.every(({ status, body }) => status === 200 && body.success === true)).toBe(true);
  const told = await toldOf(id);
  expect(told.map(({ state }) => state)).toEqual(['PROCESSED', 'PROCESSED', 'PROCESSED', 'PROCESSED']);
  expect(told.filter(({ movesMoney }) => movesMoney)).toMatchObject([{ journalType: 'qr_collected', journalKey: id }]);
  expect([await collected(driver.id), await journalsOf(id)]).toEqual([[15_000], ['qr_collected']]);
  expect(await db.transaction.count({ where: { easebuzzTxnId: id } })).toBe(1);
  const day = await dayOf(driver.id);
  expect(await balancesOf(day.id)).toEqual({ [`2030[${day.id}]`]: 15_000 });
  expect(await faultsInBooks(driver.id, day.id)).toEqual([]);
});

test('what is pending waits, and is booked with the word that brings the money', async () => {
  const driver = await aDriver();
  const { id } = await pay(driver.account, 80, { status: 'pending' });
  await untilCredit(id, 'WAITING');
  expect([await collected(driver.id), await journalsOf(id)]).toEqual([[], []]);

  await gateway.credit({ id, status: 'received' });

  await untilCredit(id, 'COLLECTED');
  expect(await collected(driver.id)).toEqual([8_000]);
});

test('a failure has no effect, takes nothing back, and does not stand before a credit that follows', async () => {
  const driver = await aDriver();
  const [lost, kept] = await Promise.all([pay(driver.account, 10, { status: 'failure' }), pay(driver.account, 20)]);
  await Promise.all([untilCredit(lost.id, 'FAILED'), untilCredit(kept.id, 'COLLECTED')]);
  expect(await collected(driver.id)).toEqual([2_000]);

  await Promise.all([
    gateway.credit({ id: kept.id, status: 'failure' }),
    gateway.credit({ id: lost.id, status: 'received' }),
  ]);

  await untilCredit(lost.id, 'COLLECTED');
  await gateway.sent(kept.id, 2);
  await untilCreditsHeard(kept.id, lost.id);
  expect(await creditRow(kept.id)).toMatchObject({ state: 'COLLECTED' });
  expect(await collected(driver.id)).toEqual([3_000]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test.each(['refunded', 'partially_refunded', 'brand_new_word'])(
  'after the money is booked the word %s waits for finance and moves nothing',
  async (status) => {
    const driver = await aDriver();
    const { id } = await pay(driver.account, 60);
    const { id: creditId } = await untilCredit(id, 'COLLECTED');

    await gateway.credit({ id, status });

    await gateway.sent(id, 2);
    await untilCreditsHeard(id);
    const [, event] = await toldOf(id);
    expect(event).toMatchObject({ state: 'REVIEW', movesMoney: false, error: expect.any(String) });
    expect(await timesTold(fleet.manager.id, 'payment:amount_mismatch', { id: creditId })).toBe(1);
    expect([await collected(driver.id), await journalsOf(id)]).toEqual([[6_000], ['qr_collected']]);
    expect(await faultsInBooks(driver.id)).toEqual([]);
  },
);

test('a word that nobody knows is never booked', async () => {
  const driver = await aDriver();
  const { id } = await pay(driver.account, 60, { status: 'RECEIVED' });

  await untilCredit(id, 'WAITING');

  expect(await toldOf(id)).toMatchObject([{ state: 'REVIEW', movesMoney: false }]);
  expect([await collected(driver.id), await journalsOf(id)]).toEqual([[], []]);
});

test('another amount with another word of the same credit is looked at, and not booked', async () => {
  const driver = await aDriver();
  const [id, account] = [anId(), driver.account];
  await deliverCredit(signedCredit({ account, amount: '10.0', id, status: 'pending' }));
  await untilCredit(id, 'WAITING');

  await deliverCredit(signedCredit({ account, amount: '10000.0', id, status: 'received' }));

  await untilCreditsHeard(id);
  expect((await toldOf(id)).map(({ state }) => state)).toEqual(['PROCESSED', 'REVIEW']);
  expect([await collected(driver.id), await journalsOf(id)]).toEqual([[], []]);
  expect((await creditRow(id)).amountPaise).toBe(1_000n);
});

test.each([
  ['150', 15_000],
  ['150.0', 15_000],
  ['150.00', 15_000],
  ['312.5', 31_250],
  ['0.01', 1],
  ['4999.99', 499_999],
])('%s rupees are %d paise', async (amount, paise) => {
  const driver = await aDriver();
  const id = anId();

  await deliverCredit(signedCredit({ account: driver.account, amount, id }));

  await untilCredit(id, 'COLLECTED');
  expect([await collected(driver.id), await inAccount(1030, id)]).toEqual([[paise], paise]);
});

test.each(['0', '0.0', '-5', '1e3', '150.005', '"abc"', 'null', '1234567890'])('%s is no amount', async (amount) => {
  const driver = await aDriver();
  const id = anId();
  const said = amount.replaceAll('"', '');
  const body = signedCredit({ account: driver.account, amount: said, id }).replace(
    `"amount":${said}`,
    `"amount":${amount}`,
  );

  const { status, body: answer } = await deliverCredit(body);

  expect([status, answer.errorCode]).toEqual([400, expect.stringMatching(/^(?:MALFORMED|INVALID_SIGNATURE)$/)]);
  expect(await db.virtualCredit.count({ where: { creditId: id } })).toBe(0);
});

test('an id above 2^53 keeps every digit', async () => {
  const driver = await aDriver();
  const start = `90071992547${Date.now()}`;
  const ids = [`${start}1`, `${start}2`];
  await Promise.all(ids.map((id) => pay(driver.account, 5, { id })));

  await Promise.all(ids.map((id) => untilCredit(id, 'COLLECTED')));

  expect(await collected(driver.id)).toEqual([1_000]);
});

test('the older dialect brings money, and the same in both dialects brings it once', async () => {
  const driver = await aDriver();
  const { id, utr } = await pay(driver.account, 90, { dialect: 'legacy' });
  await untilCredit(id, 'COLLECTED');

  await gateway.credit({ id, status: 'unsettled' });

  await gateway.sent(id, 2);
  await untilCreditsHeard(id);
  expect(await creditRow(id)).toMatchObject({ utr, accountGatewayId: driver.account, amountPaise: 9_000n });
  expect([await collected(driver.id), await journalsOf(id)]).toEqual([[9_000], ['qr_collected']]);
});

const flips = (hash: string) => hash.replace(/./, (first) => (first === '0' ? '1' : '0'));
type Spoil = (body: string) => string;
const tampered: Record<string, Spoil> = {
  'another amount': (body) => body.replace('"amount":50.0', '"amount":5000.0'),
  'another reference': (body) =>
    body.replace(/"unique_transaction_reference":"\d/, '"unique_transaction_reference":"x'),
  'another word': (body) => body.replace('"pending"', '"received"'),
  'another hash': (body) => body.replace(/(?<="Authorization":")\w+/, flips),
  'no hash': (body) => body.replace('"Authorization"', '"authorization"'),
  'another key': (body) => body.replace('"id":', '"key":"OTHER","id":'),
  'a pipe that moves the amount': (body) => body.replace('"pending"', '"pending|"'),
};

test.each(Object.entries(tampered))('%s is refused, and nothing of it is stored', async (_, spoil) => {
  const driver = await aDriver();
  const id = anId();
  const body = signedCredit({ account: driver.account, amount: '50.0', id, status: 'pending' });
  expect(spoil(body)).not.toBe(body);

  const answer = await deliverCredit(spoil(body));

  expect([answer.status, answer.body.errorCode]).toEqual([400, 'INVALID_SIGNATURE']);
  expect(JSON.stringify(answer.body)).not.toContain(id);
  expect(await db.virtualCredit.count({ where: { creditId: id } })).toBe(0);
  expect(await db.gatewayEvent.count({ where: { dedupeKey: { startsWith: id } } })).toBe(0);
});

test('what another merchant signed is refused in both dialects, and what is no event of a credit too', async () => {
  const { account } = await aDriver();
  const pair = { key: 'OTHER', salt: 'OTHERSALT' };
  const id = anId();

  const answers = [
    await deliverCredit(signedCredit({ account, amount: '50.0', id }, pair)),
    await deliverCredit(signedFlat({ account, amount: '50.00', id }, {}, pair)),
    await deliverCredit(signedCredit({ account, amount: '50.0', id }).replace('TRANSACTION_CREDIT', 'OTHER')),
    await deliverCredit('[]'),
    await deliverCredit('{"event":"TRANSACTION_CREDIT"}'),
  ];

  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
  expect(await db.virtualCredit.count({ where: { creditId: id } })).toBe(0);
});

test.each(casesOf('qr_gateway_fee'))('$id: the driver gets the gross, the fee is ours', async ({ given, expected }) => {
  const driver = await aDriver();
  const rupees = (name: string) => Number(given[name]) / 100;
  const { id } = await pay(driver.account, rupees('amount_paise'), {
    ...{ serviceCharge: rupees('service_charge_paise'), gst: rupees('gst_paise') },
  });

  const row = await untilCredit(id, 'COLLECTED');

  const wanted = (name: string) => Number(expected[name]);
  expect(await collected(driver.id)).toEqual([wanted('driver_collection_paise')]);
  expect(await inAccount(1030, id)).toBe(wanted('clearing_net_paise'));
  expect(await inAccount(5020, id)).toBe(wanted('fee_expense_paise'));
  expect(await inAccount(1080, id)).toBe(wanted('gst_input_paise'));
  expect(await db.transaction.findUniqueOrThrow({ where: { id: row.transactionId! } })).toMatchObject({
    ...{ gatewayFeePaise: BigInt(wanted('fee_expense_paise')), gatewayTaxPaise: BigInt(wanted('gst_input_paise')) },
  });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a fee above the amount is not believed, and one of nobody’s money is booked too', async () => {
  const driver = await aDriver();
  const [unlikely, nobodys] = [anId(), anId()];
  const fees = { service_charge: 99.5, gst_amount: 0.6 };
  await deliverCredit(signedCredit({ account: driver.account, amount: '100.0', id: unlikely, more: fees }));
  await deliverCredit(signedCredit({ account: 'VANOTOURS', amount: '200.0', id: nobodys, more: fees }));

  await Promise.all([untilCredit(unlikely, 'COLLECTED'), untilCredit(nobodys, 'UNATTRIBUTED')]);

  expect(await journalsOf(unlikely)).toEqual(['qr_collected']);
  expect(await inAccount(1030, unlikely)).toBe(10_000);
  expect(await journalsOf(nobodys)).toEqual(['qr_unattributed', 'qr_fee']);
  expect([await inAccount(2040, nobodys), await inAccount(1030, nobodys)]).toEqual([20_000, 9_990]);
});

test('the fee counts that the word told which brought the money', async () => {
  const driver = await aDriver();
  const { id } = await pay(driver.account, 100, { status: 'pending' });
  await untilCredit(id, 'WAITING');

  await gateway.credit({ id, status: 'received', serviceCharge: 2, gst: 0.36 });

  await untilCredit(id, 'COLLECTED');
  expect([await inAccount(1030, id), await inAccount(5020, id)]).toEqual([9_764, 200]);
});

test('the raw body is sealed, and nobody reads the payer in it', async () => {
  const { account } = await aDriver();
  const id = anId();
  const more = { remitter_full_name: 'Padmavati', remitter_phone_number: '9876543210', narration: '\0<script>' };

  expect((await deliverCredit(signedCredit({ account, amount: '1.0', id, more }))).body).toEqual(ok);

  await untilCredit(id, 'COLLECTED');
  const [event] = await toldOf(id);
  expect(event!.sealedBody).toMatch(/^\S{100,}$/);
  expect(JSON.stringify([event!.fields, event!.headers])).not.toMatch(/Padmavati|9876543210|script/);
});
