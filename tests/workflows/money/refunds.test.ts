import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { refundActivities } from '../../../activities/money/refunds.ts';
import { createRefund } from '../../../prisma/refunds.ts';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { pgRefundInitiated } from '../../../workflows/domain/money/journals/refunds.ts';
import {
  penaltyFromDeposit,
  penaltyIssued,
  penaltyPaidByLink,
} from '../../../workflows/domain/money/journals/penalties.ts';
import { refundFacts } from '../../../workflows/domain/money/refunds.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { refundProcess } from '../../../workflows/processes.ts';
import { decide } from '../../../workflows/shared/outside-call.ts';
import { attributes } from '../../../workflows/shared/search-attributes.ts';
import { asStaff } from '../../world/actors.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks, posted } from '../../world/money/books.ts';
import { depositOf, transactionOf } from '../../world/money/pay-ins.ts';
import { anUnbegunRefund, gateway, inClearing, refundOf, timesSent, untilRefund } from '../../world/money/refunds.ts';
import { aPenaltyRow } from '../../world/money/penalties.ts';
import { until } from '../../world/until.ts';
import type { Scenario } from '../../../local/partners/easebuzz/scenarios.ts';
import { cardOf, onTemporal, refusedWith } from '../on-temporal.ts';

const commits = refundActivities({ db });
/** The real commits; the calls go to the worker of the world. */
const { begin } = onTemporal(
  Object.fromEntries(Object.entries(commits).map(([name, commit]) => [`refund.${name}`, commit])),
);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
});

/** A week in some seconds. */
const usual = [500, 1_000, 2_000, 4_000, 8_000];

/** A refund of 300.00 of a deposit of 500.00, before the gateway hears of it. */
const aRefund = async () => {
  const { driver, transactionId, row } = await anUnbegunRefund(fleet);
  const facts = refundFacts(row);
  return {
    ...{ id: row.id, driver, transactionId },
    scenario: (call: Scenario['call'], how: Partial<Scenario>) => gateway.scenario({ match: row.number, call, ...how }),
    begin: (enquiriesMs = usual) => begin({ ...refundProcess(facts), args: [facts, { enquiriesMs }] }),
  };
};

/** How many refunds the gateway has under our number, as it said last. */
const atGateway = async (id: string) => {
  const { number } = await refundOf(id);
  const said = (await gateway.entries('answered', number)).at(-1)!.detail as { body: { refunds: object[] } };
  return said.body.refunds.filter((refund) => JSON.stringify(refund).includes(number)).length;
};

test('taken is not paid: the gateway is asked until it says that the payer has the money', async () => {
  const { id, driver, begin, scenario } = await aRefund();
  const handle = await begin();
  await untilRefund(id, 'ACCEPTED');
  expect(await cardOf(handle)).toMatch(
    /to say that it is paid \|\n\| \*\*Until\*\* \| .* IST; then the gateway is asked \|/,
  );
  expect(await inClearing(id)).toBe(30_000);

  await scenario('retrieveRefund', { word: 'refunded' });

  await handle.result();
  expect(await refundOf(id)).toMatchObject({ status: 'SETTLED', endedAt: expect.any(Date) });
  expect([await timesSent(id), await inClearing(id), await depositOf(driver.id)]).toEqual([1, 0, 20_000]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test.each(['lose', 'error', 'garbage', 'empty'] as const)(
  'the gateway acts and its answer is spoilt (%s): one refund there, and it is found',
  async (answer) => {
    const { id, driver, begin, scenario } = await aRefund();
    await scenario('refund', { answer, times: 1 });

    const handle = await begin();
    await untilRefund(id, 'UNKNOWN');
    await untilRefund(id, 'ACCEPTED');
    await scenario('retrieveRefund', { word: 'refunded' });
    await handle.result();

    expect([await timesSent(id), await atGateway(id)]).toEqual([1, 1]);
    expect([await inClearing(id), await depositOf(driver.id)]).toEqual([0, 20_000]);
    expect(await faultsInBooks(driver.id)).toEqual([]);
  },
);

test('a refund that never reached the gateway is sent again under its number', async () => {
  const { id, begin, scenario } = await aRefund();
  await scenario('refund', { answer: 'lose', acts: false, times: 1 });

  const handle = await begin();
  await untilRefund(id, 'ACCEPTED');
  await scenario('retrieveRefund', { word: 'refunded' });
  await handle.result();

  expect([await timesSent(id), await atGateway(id)]).toEqual([2, 1]);
});

test('a definite no gives the money back at once', async () => {
  const { id, driver, begin, scenario } = await aRefund();
  await scenario('refund', { answer: 'refuse' });

  await (await begin()).result();

  expect(await refundOf(id)).toMatchObject({ status: 'FAILED', failureReason: 'Parameter validation failed' });
  expect([await timesSent(id), await inClearing(id), await depositOf(driver.id)]).toEqual([1, 0, 50_000]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a refusal of a number that the gateway has taken is not believed', async () => {
  const { id, begin, scenario } = await aRefund();
  // It takes the refund and knows nothing of it; then it refuses the second attempt.
  await scenario('refund', { answer: 'refuse' });
  await scenario('refund', { answer: 'lose', times: 1 });
  await scenario('retrieveRefund', { answer: 'refuse', times: 1 });

  const handle = await begin();
  await untilRefund(id, 'ACCEPTED');

  expect((await refundOf(id)).status).toBe('ACCEPTED');
  await handle.terminate('The test is over.');
});

test('what is unknown to the end is decided by a person, who is on the record', async () => {
  const { id, driver, begin, scenario } = await aRefund();
  const by = asStaff(fleet.superAdmin.id, 'SUPER_ADMIN');
  await scenario('refund', { answer: 'lose' });
  await scenario('retrieveRefund', { answer: 'refuse' });
  const handle = await begin([300, 600]);
  const needsHuman = async () => (await handle.describe()).typedSearchAttributes.get(attributes.NeedsHuman);
  await until(needsHuman, 'the refund to need a human');
  expect(await cardOf(handle)).toContain('a person');

  expect(await refusedWith(handle.executeUpdate(decide, { args: [{ answer: 'FAILED', by }] }))).toBe(
    'VALIDATION_ERROR',
  );
  await handle.executeUpdate(decide, { args: [{ answer: { status: 'FAILED', reason: 'Not in the dashboard' }, by }] });

  await handle.result();
  expect(await refundOf(id)).toMatchObject({ status: 'FAILED', failureReason: 'Not in the dashboard' });
  expect(await db.auditEntry.findMany({ where: { subjectId: id } })).toMatchObject([
    { action: 'refund.decided', actorId: fleet.superAdmin.id, before: { status: 'UNKNOWN' } },
  ]);
  expect(await depositOf(driver.id)).toBe(50_000);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a workflow that is lost and begun again asks before it sends', async () => {
  const { id, begin } = await aRefund();
  const lost = await begin();
  await untilRefund(id, 'ACCEPTED');
  await lost.terminate();

  const again = await begin();
  await gateway.refund({ merchantRefundId: (await refundOf(id)).number, word: 'refunded' });
  await again.result();

  expect([await timesSent(id), (await refundOf(id)).status]).toEqual([1, 'SETTLED']);
});

test('a workflow that is lost in its call and begun again sends nothing twice', async () => {
  const { id, begin, scenario } = await aRefund();
  await scenario('refund', { delayMs: 2_000, times: 1 });
  const lost = await begin();
  await until(async () => (await timesSent(id)) > 0, 'the gateway to be asked');
  await lost.terminate();

  const again = await begin();
  await untilRefund(id, 'ACCEPTED');
  await scenario('retrieveRefund', { word: 'refunded' });
  await again.result();

  expect([await timesSent(id), await atGateway(id), await inClearing(id)]).toEqual([1, 1, 0]);
});

test('commits that are repeated do their work once', async () => {
  const { id, driver, transactionId } = await aRefund();
  const five = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 5 }, work));

  await five(() => commits.answered({ refundId: id, state: { status: 'SETTLED' }, by: null }));
  await five(() => commits.answered({ refundId: id, state: { status: 'FAILED', reason: 'Late' }, by: null }));

  expect(await transactionOf(transactionId)).toMatchObject({ status: 'SUCCESS', refundedPaise: 30_000n });
  expect([await inClearing(id), await depositOf(driver.id)]).toEqual([0, 20_000]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a penalty whose refund fails after it was paid otherwise owes the driver what came twice', async () => {
  const driver = await aDriver(fleet, { vehicle: false });
  const owner = { driverId: driver.id, fleetId: fleet.id };
  const of = { ...owner, occurredAt: new Date().toISOString() };
  const [id, amount] = [randomUUID(), rupees(100)];
  const { id: penaltyId } = await aPenaltyRow(owner, { depositPaise: rupees(70), outstandingPaise: rupees(30) });
  await posted(
    depositPaid({ ...of, txnid: `D-${id}`, amount: rupees(70) }),
    penaltyIssued({ ...of, penaltyId, amount }),
    penaltyPaidByLink({ ...of, penaltyId, txnid: id, paid: amount, openDue: amount }),
    pgRefundInitiated({ ...of, refundId: id, parts: [{ of: 'PENALTY', penaltyId, amount }] }),
    penaltyFromDeposit({ ...of, penaltyId, seq: 1, amount: rupees(70) }),
  );
  const wanted = { id, of: { transactionId: randomUUID() }, paidUnder: id, amountPaise: amount, reason: 'Paid twice' };
  await db.$transaction((tx) => createRefund(tx, { ...wanted, ...owner, by: fleet.manager.id }));

  await commits.answered({ refundId: id, state: { status: 'FAILED', reason: 'No' }, by: null });

  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 7_000 });
  expect(await db.payableItem.findMany({ where: { driverId: driver.id } })).toMatchObject([
    { kind: 'LATE_PAYMENT', source: id, openPaise: 7_000n },
  ]);
  expect(await faultsInBooks(driver.id)).toEqual([]);
});
