import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { coreQueue } from '../../workflows/shared/task-queues.ts';
import { get, post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aPhone, hubPoint } from '../world/factories.ts';
import { untilStatus } from '../world/money/pay-ins.ts';
import { gateway, gatewaySays } from '../world/money/refunds.ts';
import { smsWith } from '../world/sms.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';

const ok = (answer: Awaited<ReturnType<typeof post>>) => {
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.data;
};

const logIn = async (phone: string) => {
  ok(await post('/auth/send-otp', { phone }));
  const otp = await smsWith(phone, /^(\d{6}) is your/);
  const { accessToken, refreshToken } = ok(await post('/auth/verify-otp', { phone, otp }));
  return { token: accessToken as string, refreshToken: refreshToken as string, otp };
};

const remarks = {
  approval: 'Dent on the left door',
  closing: 'Keys are with Mr Bhatnagar',
  refund: 'Paid by his brother Suresh',
};
const links = {
  selfie: 'https://media.example.com/selfies/7f3a.jpg',
  meter: 'https://media.example.com/meters/9c1b.jpg',
};
const addresses = { pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram' };

const bookedTrip = async (operator: { token: string }, passengerPhone: string) =>
  ok(
    await post(
      '/trips',
      {
        ...{ ...addresses, tripType: 'INTER_CITY', passengerName: 'Priyamvada', passengerPhone, boardingCode: true },
        pickupTime: new Date(Date.now() + 600_000).toISOString(),
      },
      operator,
    ),
  );

const drive = async (trip: { id: string }, driver: { token: string }, passengerPhone: string) => {
  ok(await post(`/trips/${trip.id}/start`, hubPoint, driver));
  ok(await post(`/trips/${trip.id}/arrived`, hubPoint, driver));
  const code = await smsWith(passengerPhone, /Boarding code (\d{4})/);
  ok(await post(`/trips/${trip.id}/onboard`, { otp: code }, driver));
  ok(await post(`/trips/${trip.id}/complete`, { ...hubPoint, toll: 85 }, driver));
  await smsWith(passengerPhone, /(completed)/);
  return code;
};

/** A deposit that is paid on the checkout page; its id. */
const paidDeposit = async (driver: { token: string }): Promise<string> => {
  const { transactionId, paymentUrl } = ok(await post('/payments/deposit', { amount: 500 }, driver));
  await gateway.click(paymentUrl, 'success');
  return transactionId;
};

/** A refund of a paid deposit, which the gateway pays; its id. */
const paidRefund = async (transactionId: string, manager: { token: string }): Promise<string> => {
  await untilStatus(transactionId, 'SUCCESS');
  const wanted = { amount: 100, reason: remarks.refund };
  const { id } = ok(await post(`/payments/admin/transactions/${transactionId}/refund`, wanted, manager));
  await gatewaySays(id, 'refunded');
  return id;
};

/** Runs what the schedules run, and returns its id. */
const swept = async (type: 'reconciliationWorkflow' | 'purgeWorkflow'): Promise<string> => {
  const workflowId = `${type}-${randomUUID()}`;
  await temporal.workflow.execute(type, { workflowId, taskQueue: coreQueue });
  return workflowId;
};

/**
 * One day over HTTP, with everything personal that a day can hold: a login by code, a shift with selfie, remarks, break and cash
 * that is counted late, and a trip with passenger, addresses and boarding code. Returns its workflows and its secrets.
 */
export const playDay = async () => {
  const fleet = await aFleet();
  const driver = { ...(await aDriver(fleet)) };
  const passengerPhone = aPhone();
  const login = await logIn(driver.phone);

  const checkIn = { ...hubPoint, odometer: 100, selfieUrl: links.selfie };
  const shift = ok(await post('/attendance/check-in', checkIn, login));
  ok(await post(`/attendance/${shift.id}/approve`, { remarks: remarks.approval }, fleet.manager));
  ok(await post('/attendance/start-break', {}, login));
  ok(await post('/attendance/end-break', {}, login));
  const trip = await bookedTrip(fleet.operations, passengerPhone);
  ok(await post('/admin/trips/assign', { tripId: trip.id, driverId: driver.id }, fleet.operations));
  const boardingCode = await drive(trip, login, passengerPhone);
  ok(await get(`/admin/trips?keyword=${passengerPhone}`, fleet.operations));
  const closing = { odometer: 140, cashDeposited: 780.5, odometerImageUrl: links.meter, remarks: remarks.closing };
  ok(await post('/attendance/check-out', closing, login));

  const depositId = await paidDeposit(login);
  const refundId = await paidRefund(depositId, fleet.manager);
  const cash = temporal.workflow.getHandle(`shift:${shift.id}`);
  await cash.executeUpdate('recordCashReconciled', { args: [{ reconciliationId: shift.id }] });
  const [message] = await db.notification.findMany({ where: { tripId: trip.id }, take: 1 });
  const people = [fleet.superAdmin, fleet.fleetAdmin, fleet.manager, fleet.operations, driver];
  return {
    workflows: {
      trip: `trip:${trip.id}`,
      shift: `shift:${shift.id}`,
      notification: `notification:${message!.id}`,
      payIn: `pay-in:${depositId}`,
      refund: `refund:${refundId}`,
      reconciliation: await swept('reconciliationWorkflow'),
      purge: await swept('purgeWorkflow'),
    },
    personal: {
      phones: [passengerPhone, ...people.map(({ phone }) => phone)],
      names: ['Priyamvada', 'Dinesh'],
      addresses: Object.values(addresses),
      texts: [...Object.values(remarks), ...Object.values(links)],
      tokens: [login.token, login.refreshToken, ...people.map(({ token }) => token)],
      codes: { login: login.otp, boarding: boardingCode },
    },
  };
};

/** The finished histories of workflows, by the name of their kind. `id/run` is one run of a workflow that goes on in fresh ones. */
export const historiesOf = (workflows: Record<string, string>) =>
  Promise.all(
    Object.entries(workflows).map(async ([kind, name]) => {
      const handle = temporal.workflow.getHandle(...(name.split('/') as [string, string?]));
      const hasEnded = async () => (await handle.describe()).status.name !== 'RUNNING';
      await until(hasEnded, `the end of ${kind}, ${name}`);
      return { kind, history: JSON.parse(historyToJSON(await handle.fetchHistory())) as object };
    }),
  );

/** Writes histories where the replay test finds them; a new name per recording, so that running workflows of old shapes stay covered. */
export const record = (histories: Awaited<ReturnType<typeof historiesOf>>, suffix: string): void => {
  for (const { kind, history } of histories)
    writeFileSync(
      new URL(`histories/${kind}-${suffix}.json`, import.meta.url),
      `${JSON.stringify(history, null, 1)}\n`,
    );
};
