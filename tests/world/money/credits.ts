import { createHash, randomUUID } from 'node:crypto';
import { reconciliationActivities } from '../../../activities/reconciliation.ts';
import type { CreditWanted } from '../../../local/partners/easebuzz/credits.ts';
import { daysAfter, istDay } from '../../../workflows/domain/time.ts';
import { post, send } from '../api.ts';
import type { Answer, Sent } from '../api.ts';
import { db } from '../database.ts';
import { aDriver, aVehicle } from '../factories.ts';
import { temporal } from '../temporal.ts';
import { until } from '../until.ts';
import { world } from '../world.ts';
import { aDriverWithQr, aQr, aUtr, gateway } from './collections.ts';

interface Fleet {
  id: string;
  hubId: string;
  manager: Sent;
}

/** A vehicle with a QR, which nobody has. */
export const aVehicleWithQr = async (fleet: Fleet) => {
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  return { ...vehicle, account: (await aQr(fleet, vehicle.id)).gatewayId };
};

/** A driver with a QR on their vehicle, which they have had since yesterday. */
export const aDriverInTime = async (fleet: Fleet) => {
  const driver = await aDriverWithQr(fleet);
  await db.assignment.updateMany({ where: { driverId: driver.id }, data: { startTime: istTime('00:00:00') } });
  return { ...driver, account: driver.qr.gatewayId };
};

/** A driver without a vehicle. */
export const aDriverOnFoot = (fleet: Fleet) => aDriver(fleet, { vehicle: false });

/** A moment of a day in India, so many days ago. */
export const istTime = (clock: string, daysAgo = 1): Date =>
  new Date(`${daysAfter(istDay(Date.now()), -daysAgo)}T${clock}+05:30`);

interface Had {
  driverId: string;
  vehicleId: string;
  from: Date;
  /** Null: until now. */
  to: Date | null;
}

/** The driver had the vehicle on the roster. */
export const aLink = ({ id: fleetId }: Fleet, { from, to, ...who }: Had) =>
  db.assignment.create({
    data: {
      ...{ id: randomUUID(), fleetId, ...who, startTime: from, endTime: to },
      status: to === null ? 'ACTIVE' : 'ENDED',
    },
  });

/** The driver was on shift with the vehicle. */
export const aPastShift = ({ id: fleetId, hubId }: Fleet, { from, to, ...who }: Had) =>
  db.attendance.create({
    data: {
      ...{ id: randomUUID(), fleetId, hubId, ...who, checkInTime: from, checkOutTime: to, source: 'DRIVER' },
      ...{ status: to === null ? 'APPROVED' : 'CHECKED_OUT', approvalStatus: 'APPROVED', begunAt: new Date() },
    },
  });

const { EASEBUZZ_MERCHANT_KEY: key = '', EASEBUZZ_SALT_KEY: salt = '' } = world.apiEnvironment;
const ours = { key, salt };

interface Told {
  account: string;
  /** As it stands in the JSON. */
  amount: string;
  id?: string;
  utr?: string;
  status?: string;
  /** Of `data`, none of it signed. */
  more?: object;
}

/** An event of a credit as the gateway signs it, over reference, amount and word alone. */
export const signedCredit = ({ account, amount, more = {}, ...told }: Told, pair = ours): string => {
  const { id = `T${randomUUID()}`, utr = aUtr(), status = 'received' } = told;
  const signed = [pair.key, utr, amount, status, pair.salt].join('|');
  const data = {
    ...{ id, transaction_date: new Date().toISOString(), unique_transaction_reference: utr, payment_mode: 'UPI' },
    ...{ amount: '<amount>', status, virtual_account: { id: account } },
    ...{ Authorization: createHash('sha512').update(signed).digest('hex'), ...more },
  };
  return JSON.stringify({ event: 'TRANSACTION_CREDIT', data }).replace('"<amount>"', amount);
};

/** The same in the older dialect. */
export const signedFlat = (
  { account, id, amount }: { account: string; id: string; amount: string },
  more: object = {},
  pair = ours,
): object => {
  const hash = createHash('sha256').update([pair.key, account, id, amount, pair.salt].join('|')).digest('hex');
  return { merchant_key: pair.key, virtual_account_id: account, txn_id: id, amount, hash, ...more };
};

export const deliverCredit = (body: string | object): Promise<Answer> =>
  send('POST', '/webhooks/easebuzz/virtual-account', body);

/** Until nothing that was stored of these credits waits to be heard. */
export const untilCreditsHeard = (...creditIds: string[]) =>
  until(
    async () => {
      const rows = await db.virtualCredit.findMany({ where: { creditId: { in: creditIds } }, select: { id: true } });
      const ids = rows.map(({ id }) => id);
      return (await db.gatewayEvent.count({ where: { subjectId: { in: ids }, state: 'RECEIVED' } })) === 0;
    },
    `what was told of ${creditIds.join(', ')} to be heard`,
  );

/** What was told of a credit, with what became of it, oldest first. */
export const toldOf = async (creditId: string) => {
  const { id } = await db.virtualCredit.findUniqueOrThrow({ where: { creditId } });
  return db.gatewayEvent.findMany({ where: { subjectId: id }, orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }] });
};

/** What the journals of these events have left in an account, in paise, on the side on which it grows. */
export const inAccount = async (code: number, ...eventKeys: string[]): Promise<number> => {
  const [row] = await db.$queryRaw<{ paise: number }[]>`
    SELECT coalesce(sum(CASE WHEN e.side = a.normal THEN e.amount_paise ELSE -e.amount_paise END), 0)::float8 AS paise
    FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id JOIN ledger_account a ON a.id = e.account_id
    WHERE a.code = ${code} AND j.event_key = ANY(${eventKeys})`;
  return row!.paise;
};

/** The journals of these events, in order. */
export const journalsOf = async (...eventKeys: string[]): Promise<string[]> => {
  const rows = await db.$queryRaw<{ type: string }[]>`
    SELECT event_type AS type FROM ledger_journal WHERE event_key = ANY(${eventKeys}) ORDER BY id`;
  return rows.map(({ type }) => type);
};

/** How often somebody was told of something, by the name of the event; its payload has these values. */
export const timesTold = async (userId: string, event: string, payload: Record<string, unknown>): Promise<number> => {
  const rows = await db.notification.findMany({ where: { userId, event }, select: { payload: true } });
  const has = (told: Record<string, unknown>) => Object.entries(payload).every(([name, value]) => told[name] === value);
  return rows.filter(({ payload: told }) => has(told as Record<string, unknown>)).length;
};

/** What every minute the schedule does. */
export const { beginMissing: tick } = reconciliationActivities({ db, client: temporal });

/** Makes the schedule look at an account as if it had rested for a while, until the account is so. */
export const untilAccount = (where: { id: string } | { orderId: string }, status: 'ACTIVE' | 'INACTIVE') =>
  until(
    async () => {
      const row = await db.virtualAccount.findUniqueOrThrow({ where });
      if (row.status === status) return row;
      await db.$executeRaw`UPDATE "virtual_accounts" SET "updatedAt" = now() - interval '1 minute' WHERE "id" = ${row.id}::uuid`;
      await tick();
      return null;
    },
    `the account to be ${status}`,
    40_000,
  );

/** How the gateway was asked to switch an account, in order. */
export const switchesOf = async (gatewayId: string): Promise<unknown[]> => {
  const asked = await gateway.entries('asked', gatewayId);
  return asked
    .filter(({ what }) => what === 'switchAccount')
    .map(({ detail }) => (detail as Record<string, unknown>)['is_active']);
};

/** Somebody pays, and the gateway keeps the news to itself. */
export const payUnheard = async (account: string, amount: number, more: Partial<CreditWanted> = {}) => {
  const utr = aUtr();
  await gateway.scenario({ match: utr, call: 'webhook', copies: 0 });
  return gateway.credit({ account, amount, utr, ...more });
};

/** An order of so many rupees. */
export const anOrder = async (by: Sent, amount: number | string, more: object = {}) => {
  const customer = { customerName: `Asha ${randomUUID().slice(0, 8)}`, customerPhone: '9876543210' };
  const { status, body } = await post('/payments/orders', { ...customer, amount, ...more }, by);
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.data as {
    id: string;
    shortId: string;
    virtualAccountId: string;
    uniqueRequestNumber: string;
    customerName: string;
  };
};

export const orderOf = (id: string) => db.paymentOrder.findUniqueOrThrow({ where: { id } });

export const untilOrder = (id: string, ...statuses: string[]) =>
  until(
    async () => {
      const row = await orderOf(id);
      return statuses.includes(row.status) && row;
    },
    `order ${id} to be ${statuses.join(' or ')}`,
  );
