import { beforeAll, expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { casesOf } from '../../world/money/cases.ts';
import { gatewayAt } from '../../world/money/gateway.ts';
import { askRefund, gatewaySays, untilRefund } from '../../world/money/refunds.ts';
import { deliver, signedEvent, transactionOf, untilHeard, untilStatus } from '../../world/money/pay-ins.ts';
import {
  aPaying,
  aPenalty,
  givePenalty,
  linkOf,
  payDeposit,
  penaltyRow,
  waivePenalty,
} from '../../world/money/penalties.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { expectRefused } from '../http/refused.ts';
import { aHeldEvent } from './payments.ts';

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const of = (code: number, owner: string) => `${code}[${owner}]`;
const pay = (id: string, driver: { token: string }) => post(`/payments/penalties/${id}/pay`, {}, driver);

/** The gateway says that a link was paid. */
const paid = async (link: { id: string; easebuzzTxnId: string | null; amountPaise: bigint }) => {
  const amount = (Number(link.amountPaise) / 100).toFixed(2);
  const answer = await deliver(signedEvent({ txnid: link.easebuzzTxnId!, amount, productinfo: 'Penalty' }));
  expect(answer.status).toBe(200);
  return untilHeard(link.id);
};

test.each(casesOf('penalty_waive'))(
  '$id: a waiver returns each part to where it came from',
  async ({ given, expected }) => {
    const [amount, deposit, byLink] = ['penalty_paise', 'from_deposit_paise', 'paid_by_link_paise'].map((name) =>
      Number(given[name]),
    );
    expect(given['netted_from_payout_paise']).toBe('0');
    const driver = await aPaying(fleet, deposit);
    const id = await aPenalty(driver, fleet.manager, { amount: amount! / 100 });
    if (byLink! > 0) await paid(await linkOf(id));

    expect((await waivePenalty(id, fleet.manager)).status).toBe(200);

    const [toDeposit, toPayable, reversed] = [
      ...['deposit_credit_paise', 'driver_payable_credit_paise', 'penalty_income_reversed_paise'],
    ].map((name) => Number(expected[name]));
    const journal = await db.ledgerJournal.findFirstOrThrow({
      where: { eventType: 'penalty_waived', eventKey: id },
      include: { entries: { include: { account: true } } },
    });
    const moved = Object.fromEntries(
      journal.entries.map(({ account: { code }, amountPaise }) => [code, Number(amountPaise)]),
    );
    expect(moved).toEqual({
      ...{ 4030: reversed },
      ...(toDeposit ? { 2010: toDeposit } : {}),
      ...(toPayable ? { 2020: toPayable } : {}),
      ...(expected['receivable_cancelled_paise'] === '0'
        ? {}
        : { 1070: Number(expected['receivable_cancelled_paise']) }),
    });
    expect(await penaltyRow(id)).toMatchObject({
      isWaived: true,
      isPaid: true,
      isActive: false,
      waiverReason: 'First time',
    });
    expect(await faultsInBooks(driver.id)).toEqual([]);
  },
);

test('ten waivers at once are one, and every part is back once', async () => {
  const driver = await aPaying(fleet, 40_025);
  const id = await aPenalty(driver, fleet.manager);
  await paid(await linkOf(id));

  const answers = await Promise.all(Array.from({ length: 10 }, () => waivePenalty(id, fleet.manager)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 200))
    expectRefused(answer, 409, 'PENALTY_ALREADY_WAIVED');
  expect(await balancesOf(driver.id)).toEqual({ [of(2010, driver.id)]: 40_025, [of(2020, driver.id)]: 24_975 });
  expectRefused(await pay(id, driver), 409, 'PENALTY_WAIVED');
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a link that is paid after the waiver is owed to the driver, and finance is told', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager);
  const link = await linkOf(id);
  await waivePenalty(id, fleet.manager);
  expect(await transactionOf(link.id)).toMatchObject({ status: 'FAILED', statusReason: 'WAIVED' });

  await paid(link);
  await paid(link);

  expect(await transactionOf(link.id)).toMatchObject({ status: 'SUCCESS' });
  expect(await balancesOf(driver.id)).toEqual({ [of(2020, driver.id)]: 65_000 });
  expect(await db.payableItem.findMany({ where: { driverId: driver.id } })).toMatchObject([
    { kind: 'LATE_PAYMENT', openPaise: 65_000n },
  ]);
  const booked = { eventKey: link.easebuzzTxnId!, eventType: 'late_link_payment' };
  expect(await db.ledgerJournal.count({ where: booked })).toBe(1);
  const told = await db.notification.count({ where: { event: 'payment:late_success', userId: fleet.manager.id } });
  expect(told).toBe(1);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a payment and a waiver at the same moment: whichever is first, the driver has the money once', async () => {
  for (let round = 0; round < 8; round += 1) {
    const driver = await aPaying(fleet);
    const id = await aPenalty(driver, fleet.manager);
    const link = await linkOf(id);

    await Promise.all([paid(link), waivePenalty(id, fleet.manager)]);

    expect(await balancesOf(driver.id)).toEqual({ [of(2020, driver.id)]: 65_000 });
    expect(await penaltyRow(id)).toMatchObject({ status: 'WAIVED', outstandingPaise: 0n });
    expect(await faultsInBooks(driver.id)).toEqual([]);
  }
});

test('a driver pays what is outstanding; asked again, it is the same page', async () => {
  const driver = await aPaying(fleet, 0, null);
  const id = await aPenalty(driver, fleet.manager);

  const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => pay(id, driver)));
  expect(first).toMatchObject({ status: 200, body: { data: { amount: 650, txnId: expect.stringMatching(/^DKP/) } } });
  for (const other of others) expect(other.body.data.txnId).toBe(first!.body.data.txnId);
  await gateway.click(first!.body.data.paymentUrl as string, 'success');
  await untilStatus(first!.body.data.transactionId as string, 'SUCCESS');

  expect(await penaltyRow(id)).toMatchObject({ status: 'SETTLED', linkPaidPaise: 65_000n });
  expectRefused(await pay(id, driver), 409, 'PENALTY_SETTLED');
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a page that was cancelled can be asked for again', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager);
  const link = await linkOf(id);

  await gateway.click(link.paymentUrl!, 'cancel');
  await untilStatus(link.id, 'FAILED');
  const again = await pay(id, driver);

  expect(again.status).toBe(200);
  expect(again.body.data.txnId).not.toBe(link.easebuzzTxnId);
  expect((await penaltyRow(id)).outstandingPaise).toBe(65_000n);
});

test("another driver's penalty cannot be paid or seen", async () => {
  const id = await aPenalty(await aPaying(fleet), fleet.manager);
  const stranger = await aPaying(fleet);

  expectRefused(await pay(id, stranger), 403, 'SCOPE_FORBIDDEN');
  expect((await get('/payments/penalties', stranger)).body.data).toEqual([]);
});

test('a gateway that fails undoes no deduction; the page is asked for again behind it', async () => {
  const driver = await aPaying(fleet, 40_025);
  await gateway.scenario({ match: driver.id, call: 'initiate', answer: 'refuse', times: 1 });

  const { status, body } = await givePenalty(driver, fleet.manager);

  expect(status).toBe(201);
  expect(body.data).toMatchObject({
    depositDeductionAmount: 400.25,
    depositProcessing: { remainingAmount: 249.75, error: 'GATEWAY_REJECTED' },
  });
  expect((await pay(body.data.id as string, driver)).status).toBe(200);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('money that finance puts to a due makes the link one for the rest; the old link pays the rest and owes what is above it', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager);
  const old = await linkOf(id);
  const event = await aHeldEvent({ driverId: driver.id, fleetId: fleet.id }, 45_000);

  const decision = { action: 'ATTRIBUTE', to: 'DUES', driverId: driver.id, reason: 'Bank slip' };
  expect((await post(`/payments/admin/events/${event.id}/resolve`, decision, fleet.manager)).status).toBe(200);

  expect(await penaltyRow(id)).toMatchObject({ linkPaidPaise: 45_000n, outstandingPaise: 20_000n });
  expect(await transactionOf(old.id)).toMatchObject({ status: 'FAILED', statusReason: 'SUPERSEDED' });
  const rest = await linkOf(id);
  expect(rest).toMatchObject({ status: 'PENDING', amountPaise: 20_000n });
  const [listed] = (await get('/payments/penalties', driver)).body.data;
  expect(listed.outstandingAmount).toBe(200);

  await paid(old);

  expect(await penaltyRow(id)).toMatchObject({ status: 'SETTLED', linkPaidPaise: 65_000n });
  expect(await balancesOf(driver.id)).toEqual({ [of(2020, driver.id)]: 45_000 });
  expect(await transactionOf(rest.id)).toMatchObject({ status: 'FAILED', statusReason: 'SUPERSEDED' });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a deposit that arrives beside a penalty is in the deposit or in the penalty, never lost', async () => {
  const driver = await aPaying(fleet);

  const [answer] = await Promise.all([givePenalty(driver, fleet.manager), payDeposit(driver.id, fleet.id, 30_000)]);

  const row = await penaltyRow(answer.body.data.id as string);
  const deposit = (await balancesOf(driver.id))[of(2010, driver.id)] ?? 0;
  expect(deposit + Number(row.depositPaise)).toBe(30_000);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('the driver is told of a penalty and of its waiver', async () => {
  const driver = await aPaying(fleet);
  const id = await aPenalty(driver, fleet.manager);
  await waivePenalty(id, fleet.manager);

  const told = await until(async () => {
    const rows = await db.notification.findMany({ where: { userId: driver.userId }, orderBy: { createdAt: 'asc' } });
    return rows.length >= 2 && rows;
  }, 'both messages');
  expect(told).toMatchObject([
    { event: 'penalty:created', payload: { penaltyId: id, type: 'MONETARY', amount: '650.00' } },
    { event: 'penalty:waived', payload: { penaltyId: id } },
  ]);
});

test('a penalty that is waived while its page is being made is refused as that', async () => {
  const driver = await aPaying(fleet, 0, null);
  const penaltyId = await aPenalty(driver, fleet.manager, { amount: 650 });
  const paying = pay(penaltyId, driver);
  await until(() => db.transaction.findFirst({ where: { penaltyId } }), 'the wish for a page');
  await waivePenalty(penaltyId, fleet.manager);

  const answer = await paying;

  if (answer.status !== 200) expectRefused(answer, 409, 'PENALTY_WAIVED');
});

test('a link that was refunded, failed and paid again elsewhere can be refunded again', async () => {
  const driver = await aPaying(fleet, 0);
  const penaltyId = await aPenalty(driver, fleet.manager, { amount: 650 });
  const payOnce = async (): Promise<string> => {
    const { data } = (await pay(penaltyId, driver)).body;
    await gateway.click(data.paymentUrl as string, 'success');
    await untilStatus(data.transactionId as string, 'SUCCESS');
    return data.transactionId as string;
  };
  const first = await payOnce();
  const failing = (await askRefund(first, 650, fleet.manager)).body.data.id as string;
  const second = await payOnce();
  await untilRefund(failing, 'ACCEPTED');
  await gatewaySays(failing, 'cancelled');
  await untilRefund(failing, 'FAILED');
  expect((await balancesOf(driver.id))[of(2020, driver.id)]).toBe(65_000);

  expect((await askRefund(first, 650, fleet.manager)).status).toBe(201);
  expect((await balancesOf(driver.id))[of(2020, driver.id)]).toBeUndefined();
  expect(await penaltyRow(penaltyId)).toMatchObject({ outstandingPaise: 0n, linkPaidPaise: 65_000n });
  expect((await askRefund(second, 650, fleet.manager)).status).toBe(201);

  expect(await penaltyRow(penaltyId)).toMatchObject({ outstandingPaise: 65_000n, linkPaidPaise: 0n });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});
