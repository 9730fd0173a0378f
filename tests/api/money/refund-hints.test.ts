import { beforeAll, expect, test } from '@jest/globals';
import { send } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { faultsInBooks } from '../../world/money/books.ts';
import { depositOf } from '../../world/money/pay-ins.ts';
import { aPaidDeposit, askRefund, gateway, gatewaySays, refundOf, untilRefund } from '../../world/money/refunds.ts';
import { until } from '../../world/until.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

const path = '/webhooks/easebuzz/refund';
const hint = (body: object) => send('POST', path, body);
const hintAsForm = (fields: Record<string, string>) =>
  send('POST', path, new URLSearchParams(fields).toString(), {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });

const aRefund = async () => {
  const { driver, id } = await aPaidDeposit(fleet);
  const refundId = (await askRefund(id, 500, fleet.manager)).body.data.id as string;
  const { number } = await untilRefund(refundId, 'ACCEPTED');
  return { driver, refundId, number };
};

const asked = async (number: string) =>
  (await gateway.entries('asked', number)).filter(({ what }) => what === 'retrieveRefund').length;

const kept = (number: string) => db.gatewayEvent.findMany({ where: { dedupeKey: { startsWith: number } } });

/** Hints about refunds that nobody asked for. */
const keptOfNothing = () => db.$queryRaw<unknown[]>`
  SELECT e."dedupe_key" FROM "gateway_event" e
  WHERE e."source" = 'REFUND' AND NOT EXISTS (SELECT FROM "refunds" r WHERE r."number" = e."fields" ->> 'merchant_refund_id')`;

test('a forged hint makes us ask, once per word, and decides nothing', async () => {
  const { driver, refundId, number } = await aRefund();
  const before = await asked(number);

  for (const send of [hint, hintAsForm, hint])
    expect(await send({ merchant_refund_id: number, refund_status: 'refunded' })).toMatchObject({
      ...{ status: 200, body: { status: 'ok', success: true } },
    });

  await until(async () => (await asked(number)) > before, 'the enquiry');
  await hint({ merchant_refund_id: number, status: 'cancelled' });
  await until(async () => (await asked(number)) > before + 1, 'the next enquiry');
  expect(await refundOf(refundId)).toMatchObject({ status: 'ACCEPTED' });
  expect(await depositOf(driver.id)).toBe(0);
  expect((await kept(number)).map(({ source, state, movesMoney }) => [source, state, movesMoney])).toEqual([
    ['REFUND', 'PROCESSED', false],
    ['REFUND', 'PROCESSED', false],
  ]);
  await gatewaySays(refundId, 'refunded');
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test.each([
  [{}],
  [{ merchant_refund_id: 'DKFNOBODY', refund_status: 'refunded' }],
  [{ merchant_refund_id: ['a'], refund_status: { a: 1 } }],
  [{ merchant_refund_id: 'x'.repeat(10_000), refund_status: 'refunded' }],
])('a hint %# about nothing of ours is taken and forgotten', async (body) => {
  expect(await hint(body)).toMatchObject({ status: 200, body: { status: 'ok' } });

  expect(await keptOfNothing()).toEqual([]);
});

test('a word that the gateway does not use is not kept', async () => {
  const { number } = await aRefund();

  expect((await hint({ merchant_refund_id: number, refund_status: 'paid' })).status).toBe(200);

  expect(await kept(number)).toEqual([]);
});
