import { beforeAll, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { signedText } from '../../../../workflows/domain/money/gateway-hashes.ts';
import { post } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aDriver, aFleet, aUser } from '../../../world/factories.ts';
import { faultsInBooks } from '../../../world/money/books.ts';
import { gateway } from '../../../world/money/collections.ts';
import { anUnsentPayout } from '../../../world/money/payouts.ts';
import { until } from '../../../world/until.ts';
import { world } from '../../../world/world.ts';
import { expectRefused } from '../../http/refused.ts';

const path = '/webhooks/easebuzz/payout';
const alert = { event: 'LOW_BALANCE_ALERT', data: { balance_amount: 12.0, virtual_account_number: 'DKWALLET' } };

let fleet: Awaited<ReturnType<typeof aFleet>>;
let finance: Awaited<ReturnType<typeof aUser>>;
beforeAll(async () => {
  fleet = await aFleet();
  finance = await aUser('SUPER_ADMIN', null);
});

const told = (event: string) => db.notification.findMany({ where: { userId: finance.id, event } });
const payoutNow = (id: string) => db.payout.findUniqueOrThrow({ where: { id } });
const minutes = () => db.gatewayEvent.count({ where: { dedupeKey: { startsWith: 'LOW_BALANCE_ALERT' } } });

/** A payout that the gateway has accepted, of which we know that it waits for money. */
const aQueuedPayout = async () => {
  const { id: driverId } = await aDriver(fleet);
  await gateway.scenario({ call: 'transfer', times: 1, becomes: 'accepted', match: driverId.slice(0, 8) });
  const { id } = await anUnsentPayout({ driverId, fleetId: fleet.id });
  await post(`/payments/admin/payout/${id}/refresh`, {}, fleet.manager);
  await until(async () => (await payoutNow(id)).status === 'ACCEPTED', 'it to be accepted');
  await db.payout.update({ where: { id }, data: { queuedOnLowBalance: true } });
  return { id, driverId };
};

test('a hint that the wallet runs low, which nobody signs, tells finance once an hour, and moves nothing', async () => {
  const before = await minutes();

  const answers = await Promise.all(Array.from({ length: 10 }, () => post(path, alert)));
  await gateway.lowBalance({ port: new URL(world.api).port });

  for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { status: 'ok', success: true } });
  expect((await minutes()) - before).toBeLessThanOrEqual(2);
  // Two when the hour turns.
  expect([1, 2]).toContain((await told('wallet:low')).length);
  const [kept] = await db.gatewayEvent.findMany({ where: { dedupeKey: { startsWith: 'LOW_BALANCE_ALERT' } } });
  expect(kept).toMatchObject({ fields: { event: 'LOW_BALANCE_ALERT' }, movesMoney: false, state: 'PROCESSED' });
});

test('a hint is taken for nothing else, nowhere else, and not without end', async () => {
  for (const route of ['payment', 'virtual-account'])
    expectRefused(await post(`/webhooks/easebuzz/${route}`, alert), 400, 'MALFORMED');
  const flood = { ip: '10.9.8.7' };
  const answers = await Promise.all(Array.from({ length: 125 }, () => post(path, alert, flood)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(120);
  expectRefused(
    answers.find(({ status }) => status !== 200)!,
    429,
    'RATE_LIMIT_EXCEEDED',
  );
});

test('a hint makes payouts that wait for money ask the gateway', async () => {
  const { id, driverId } = await aQueuedPayout();
  await db.gatewayEvent.deleteMany({ where: { dedupeKey: { startsWith: 'LOW_BALANCE_ALERT' } } });

  await post(path, alert);

  await until(async () => !(await payoutNow(id)).queuedOnLowBalance, 'the gateway to say that it does not wait');
  expect((await payoutNow(id)).status).toBe('ACCEPTED');
  expect(await faultsInBooks(driverId)).toEqual([]);
});

test('a transfer that is none of ours is held, and finance is told once', async () => {
  const number = randomBytes(16).toString('hex');
  const { EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt } = world.apiEnvironment;
  const fields = {
    ...{ beneficiary_account_number: '50100123456789', beneficiary_account_ifsc: 'HDFC0001234' },
    ...{ beneficiary_upi_handle: '', unique_request_number: number, amount: '310.00', status: 'success' },
    unique_transaction_reference: 'UTR000000077',
  };
  const signed = signedText('transfer', { ...fields, key: key!, salt: salt! });
  const Authorization = createHash('sha512').update(signed).digest('hex');
  const event = { event: 'TRANSFER_STATUS_UPDATE', data: { ...fields, Authorization } };

  for (let n = 0; n < 2; n += 1) expect((await post(path, event)).status).toBe(200);

  expect(await db.gatewayEvent.findMany({ where: { dedupeKey: { startsWith: number } } })).toMatchObject([
    { state: 'UNMATCHED', error: 'unknown number', amountPaise: 31_000n },
  ]);
  expect((await told('payout:unmatched')).filter(({ title }) => title!.includes(number))).toHaveLength(1);
});
