import { creditFacts } from '../../workflows/domain/money/collections/credits.ts';
import { dateOf } from '../../prisma/collections.ts';
import { daysAfter, istDay } from '../../workflows/domain/time.ts';
import { creditProcess, startOptions } from '../../workflows/processes.ts';
import { anIncentive } from '../api/money/payments.ts';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aFleet, aUser } from '../world/factories.ts';
import { untilBatch } from '../world/money/bulk-payouts.ts';
import { aCollectionRow } from '../world/money/collection-rows.ts';
import {
  aDriverWithQr,
  aQr,
  aSharingDriver,
  aShift,
  countCash,
  dayOf,
  gateway,
  pay,
  reconcile,
  untilCredit,
} from '../world/money/collections.ts';
import { withBank } from '../world/money/payouts.ts';
import { aPenalty } from '../world/money/penalties.ts';
import { smsWith } from '../world/sms.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';
import { done, handleOf } from './asked.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

/** A day without a shift that is over, and everything that staff may do with it. A penalty takes all of it, so that it ends. */
const collection = async (fleet: Fleet) => {
  const driver = await aSharingDriver(fleet);
  const yesterday = dateOf(daysAfter(istDay(Date.now()), -1));
  const { id } = await aCollectionRow({ driverId: driver.id, fleetId: fleet.id }, { date: yesterday, status: 'OPEN' });
  const command = (verb: string, body: object = {}) =>
    done(post(`/payments/admin/collection/${id}/${verb}`, body, fleet.manager));
  await command('nudge');
  const closed = async () => (await db.dailyCollection.findUniqueOrThrow({ where: { id } })).status === 'CLOSED';
  await until(closed, 'the day to be closed');
  await command('adjust', { amount: -10, reason: 'Mr Bhatnagar paid the toll' });
  await command('dispute', { reason: 'Mr Bhatnagar' });
  await command('reopen', { reason: 'Mr Bhatnagar' });
  await handleOf(`collection:${id}`).executeUpdate('look', { args: [{}] });
  await aPenalty(driver, fleet.manager, { amount: 900, reason: 'Mr Bhatnagar' });
  await done(reconcile(id, fleet.manager, { reconciliationNotes: 'Mr Bhatnagar' }));
  return `collection:${id}`;
};

/** A shift that has brought 200.00 in cash. */
const aShiftWithCash = async (fleet: Fleet) => {
  const driver = await aSharingDriver(fleet);
  const attendanceId = await aShift(fleet, driver, 200);
  return { driver, attendanceId, id: (await dayOf(driver.id)).id };
};

/** Its cash is counted and reconciled, which is taken back and done again. */
const shiftReopened = async (fleet: Fleet) => {
  const { attendanceId, id } = await aShiftWithCash(fleet);
  await done(countCash(id, attendanceId, 200, fleet.manager));
  const cashIs = (status: string) =>
    until(
      async () => (await db.attendance.findUniqueOrThrow({ where: { id: attendanceId } })).cashStatus === status,
      `cash ${status}`,
    );
  await done(reconcile(id, fleet.manager));
  await cashIs('RECONCILED');
  await done(post(`/payments/admin/collection/${id}/reopen`, { reason: 'Mr Bhatnagar' }, fleet.manager));
  await cashIs('DECLARED');
  await done(reconcile(id, fleet.manager));
  await cashIs('RECONCILED');
  return `shift:${attendanceId}`;
};

const collectionCounted = async (fleet: Fleet) => {
  const { driver, attendanceId, id } = await aShiftWithCash(fleet);
  await done(countCash(id, attendanceId, 200, fleet.manager));
  await aPenalty(driver, fleet.manager, { amount: 900, reason: 'Mr Bhatnagar' });
  await done(reconcile(id, fleet.manager));
  return `collection:${id}`;
};

const credit = async (fleet: Fleet) => {
  const driver = await aDriverWithQr(fleet);
  const { id } = await pay(driver.qr.gatewayId, 150, { remitterName: 'Mr Bhatnagar' });
  return `credit:${(await untilCredit(id, 'COLLECTED')).id}`;
};

/** Nobody had the vehicle, and finance says whose the money is. */
const creditAssigned = async (fleet: Fleet) => {
  const driver = await aDriverWithQr(fleet);
  await db.assignment.updateMany({ where: { driverId: driver.id }, data: { status: 'ENDED', endTime: new Date(0) } });
  const paid = await pay(driver.qr.gatewayId, 150);
  const row = await untilCredit(paid.id, 'UNATTRIBUTED');
  const body = { driverId: driver.id, date: istDay(Date.now()), reason: 'Mr Bhatnagar' };
  await done(post(`/payments/admin/unattributed/${row.id}/assign`, body, fleet.manager));
  return `credit:${row.id}`;
};

/** The gateway is asked for a large one, does not know it at first, and confirms it. */
const creditConfirmed = async (fleet: Fleet) => {
  const driver = await aDriverWithQr(fleet);
  const paid = await pay(driver.qr.gatewayId, 6000, { withdraw: true });
  const row = await untilCredit(paid.id, 'CONFIRMING');
  await handleOf(`credit:${row.id}`).terminate('It is begun anew with a shorter clock');
  const process = creditProcess(creditFacts(row));
  const args = [creditFacts(row), { enquiriesMs: [0, 300], repeatMs: 300 }];
  const handle = await temporal.workflow.start(process.type, { ...startOptions(process), args: args as never });
  await untilCredit(paid.id, 'REVIEW');
  return handle.workflowId;
};

const account = async (fleet: Fleet) => {
  const driver = await aSharingDriver(fleet);
  const { id } = await aQr(fleet, driver.vehicleId);
  return `account:${id}`;
};

const anOrder = async (fleet: Fleet): Promise<string> => {
  const asked = { customerName: 'Mr Bhatnagar', customerPhone: '9812345678', amount: 100 };
  const { status, body } = await post('/payments/orders', asked, fleet.manager);
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.data.id as string;
};

const orderCancelled = async (fleet: Fleet) => {
  const id = await anOrder(fleet);
  await done(post(`/payments/orders/${id}/nudge`, {}, fleet.manager));
  await handleOf(`order:${id}`).executeUpdate('look', { args: [{}] });
  await done(post(`/payments/orders/${id}/cancel`, {}, fleet.manager));
  return `order:${id}`;
};

const orderExpired = async (fleet: Fleet) => {
  const expiresAt = new Date(Date.now() + 8_000).toISOString();
  const asked = { customerName: 'Mr Bhatnagar', customerPhone: '9812345678', amount: 100, expiresAt };
  const { body } = await post('/payments/orders', asked, fleet.manager);
  return `order:${body.data.id as string}`;
};

const payoutIs = (id: string) => (status: string) =>
  until(
    async () => (await db.payout.findUniqueOrThrow({ where: { id } })).status === status,
    `the payout to be ${status}`,
  );

/** Held for a second person, then sent and paid. */
const payout = async (fleet: Fleet) => {
  const driver = await aSharingDriver(fleet);
  await withBank(driver.id, { bankChangedAt: new Date() });
  const { id } = await anIncentive({ driverId: driver.id, fleetId: fleet.id });
  await done(post(`/payments/admin/incentive/${id}/payout`, {}, fleet.manager));
  const row = await db.payout.findFirstOrThrow({ where: { sourceId: id } });
  const statusIs = payoutIs(row.id);
  await done(post(`/payments/admin/payout/${row.id}/approve`, {}, fleet.fleetAdmin));
  await statusIs('SUCCESS');
  return `payout:${row.id}`;
};

/** The bank takes it and says nothing; somebody asks, and it has failed. */
const payoutFailed = async (fleet: Fleet) => {
  const driver = await aSharingDriver(fleet);
  await withBank(driver.id);
  const match = driver.id.slice(0, 8);
  await gateway.scenario({ match, call: 'transfer', answer: 'lose', becomes: 'accepted', times: 1 });
  const { id } = await anIncentive({ driverId: driver.id, fleetId: fleet.id });
  await done(post(`/payments/admin/incentive/${id}/payout`, {}, fleet.manager));
  const row = await db.payout.findFirstOrThrow({ where: { sourceId: id } });
  const statusIs = payoutIs(row.id);
  await statusIs('UNKNOWN');
  await done(post(`/payments/admin/payout/${row.id}/refresh`, {}, fleet.manager));
  await statusIs('ACCEPTED');
  await gateway.transfer({ number: row.number, word: 'failure', failureReason: 'Account closed' });
  await statusIs('FAILED');
  return `payout:${row.id}`;
};

/** So many rows for one driver, each of another cycle. */
const rowsOf = async (fleet: Fleet, count: number, amount: number, cycle: string) => {
  const { id: driverId } = await aSharingDriver(fleet);
  await withBank(driverId);
  return Array.from({ length: count }, (_, n) => ({ driverId, amount, payoutCycle: `${cycle} part ${n + 1}` }));
};

/** A file that waits for a second person, then is sent and paid. */
const bulkPayout = async (fleet: Fleet) => {
  const uploader = await aUser('MANAGER', fleet.id);
  const payouts = await rowsOf(fleet, 6, 90_000, 'Week 48');
  const { body } = await post('/payments/admin/bulk-payout', { payouts, wait: 0 }, uploader);
  const { batchId } = body.data as { batchId: string };
  await done(post(`/payments/admin/bulk-payout/${batchId}/approval-code`, {}, fleet.manager));
  const code = await smsWith(fleet.manager.phone, /^(\d{6}) approves/);
  await done(post(`/payments/admin/bulk-payout/${batchId}/approve`, { code }, fleet.manager));
  await untilBatch(batchId, 'COMPLETED');
  return `bulk-payout:${batchId}`;
};

/** The gateway takes none of our transfers: the file waits for a person, goes on, and is cancelled. */
const bulkPayoutStopped = async () => {
  // One file of a fleet is sent at a time.
  const fleet = await aFleet();
  await gateway.scenario({
    call: 'transfer',
    match: 'Week 49',
    answer: 'refuse',
    message: 'Invalid credentials',
    times: 1,
  });
  const payouts = await rowsOf(fleet, 12, 10, 'Week 49');
  const { body } = await post('/payments/admin/bulk-payout', { payouts, wait: 0 }, fleet.manager);
  const { batchId } = body.data as { batchId: string };
  await untilBatch(batchId, 'PAUSED');
  await done(post(`/payments/admin/bulk-payout/${batchId}/cancel`, {}, fleet.manager));
  await untilBatch(batchId, 'CANCELLED');
  return `bulk-payout:${batchId}`;
};

/** Commands, deadlines and news of the day's money. */
export const collectionScenes = {
  ...{ collection, collectionCounted, shiftReopened, credit, creditAssigned, creditConfirmed },
  ...{ account, orderCancelled, orderExpired, payout, payoutFailed, bulkPayout, bulkPayoutStopped },
};
