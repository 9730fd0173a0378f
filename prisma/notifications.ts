import { randomUUID } from 'node:crypto';
import type { PassengerEvent } from '../workflows/domain/messages/notifications.ts';
import { dayMs } from '../workflows/domain/time.ts';
import type { Tx } from './client.ts';
import { Prisma } from './generated/client.ts';

const keptDays = 90;

const expiry = () => new Date(Date.now() + keptDays * dayMs);

/**
 * The statement that queues an SMS for the passenger of each trip that `trips` selects; returns their ids. Partners message their
 * own customers, and a trip without a phone has nobody to tell. No event: nobody is told.
 */
export const passengerSms = (trips: Prisma.Sql, event: PassengerEvent | null, cause: string): Prisma.Sql => Prisma.sql`
  INSERT INTO "notifications" ("id", "tripId", "event", "channels", "dedupeKey", "expiresAt")
  SELECT gen_random_uuid(), "id", ${event}, '{SMS}', concat_ws(':', ${event}::text, "id", ${cause}::text), ${expiry()}
  FROM (${trips}) trip
  WHERE ${event}::text IS NOT NULL AND "source" IN ('ADMIN', 'PUBLIC') AND "passengerPhone" IS NOT NULL
  RETURNING "id"`;

interface InboxMessage {
  /** Users. */
  to: readonly string[];
  event: string;
  title: string;
  payload: Prisma.InputJsonObject;
  /** Record and version, so that a repeated cause makes one message. */
  cause: string;
}

/**
 * Puts messages into the inbox of people, each of them once. The row is the delivery, so it is SENT at once. Written by hand,
 * because the statement of a `createMany` is built anew each time, which cost more than all else of an assignment.
 */
export const putIntoInbox = async (tx: Tx, ...messages: InboxMessage[]): Promise<void> => {
  const rows = messages.flatMap(({ to, event, title, payload, cause }) =>
    to.map((userId) => ({ id: randomUUID(), userId, event, title, payload, dedupeKey: `${event}:${cause}:${userId}` })),
  );
  await tx.$executeRaw`
    INSERT INTO "notifications" ("id", "userId", "event", "title", "payload", "channels", "status", "dedupeKey", "expiresAt")
    SELECT "id", "userId", "event", "title", "payload", '{INBOX}', 'SENT', "dedupeKey", ${expiry()}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS message("id" uuid, "userId" uuid, "event" text, "title" text, "payload" jsonb, "dedupeKey" text)
    ON CONFLICT ("dedupeKey") DO NOTHING`;
};

/** A fleet has a handful of them; the bound keeps a broken one from filling the table, and of more the newest are told. */
const staffMax = 200;

const activeUsers = async (tx: Tx, where: Prisma.UserWhereInput): Promise<string[]> => {
  const users = await tx.user.findMany({
    where: { ...where, isActive: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    ...{ select: { id: true }, take: staffMax },
  });
  return users.map(({ id }) => id);
};

/** The people above the fleets. */
export const superAdmins = (tx: Tx): Promise<string[]> => activeUsers(tx, { role: 'SUPER_ADMIN' });

/** The people who look after a fleet and a hub: its admins and managers, and the operations staff of the hub. */
export const staffOf = (tx: Tx, fleetId: string, hubId: string | null): Promise<string[]> => {
  const ofHub = hubId ? [{ role: 'OPERATIONS' as const, hubs: { some: { hubId } } }] : [];
  return activeUsers(tx, { fleetId, OR: [{ role: { in: ['FLEET_ADMIN', 'MANAGER'] } }, ...ofHub] });
};

/** The people who look after the money of a fleet. Source: money-common.md, Events. */
export const financeOf = async (tx: Tx, fleetId: string | null): Promise<string[]> => [
  ...(await superAdmins(tx)),
  ...(fleetId ? await staffOf(tx, fleetId, null) : []),
];

/**
 * The people who may give a trip without a driver to one: the whole desk of its fleet, whatever the hub. One of the pool is
 * everybody's, so only those are told who are above the fleets.
 */
export const dispatchersOf = (tx: Tx, fleetId: string | null): Promise<string[]> =>
  fleetId ? activeUsers(tx, { fleetId, role: { in: ['FLEET_ADMIN', 'MANAGER', 'OPERATIONS'] } }) : superAdmins(tx);
