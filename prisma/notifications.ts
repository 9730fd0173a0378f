import { randomUUID } from 'node:crypto';
import type { PassengerEvent } from '../workflows/domain/notifications.ts';
import type { Tx } from './client.ts';
import type { Prisma } from './generated/client.ts';

const keptDays = 90;

const expiry = () => new Date(Date.now() + keptDays * 86_400_000);

interface PassengerTrip {
  id: string;
  source: string;
  passengerPhone: string | null;
}

/**
 * Queues an SMS for the passenger of a trip in the transaction of its cause; returns the ids whose delivery is to be begun after
 * the commit. Partners message their own customers, and a trip without a phone has nobody to tell.
 */
export const queuePassengerSms = async (
  tx: Tx,
  trip: PassengerTrip,
  event: PassengerEvent,
  cause: string,
): Promise<string[]> => {
  const ours = trip.source === 'ADMIN' || trip.source === 'PUBLIC';
  if (!ours || !trip.passengerPhone) return [];
  const id = randomUUID();
  const dedupeKey = `${event}:${trip.id}:${cause}`;
  await tx.notification.create({
    data: { id, tripId: trip.id, event, channels: ['SMS'], dedupeKey, expiresAt: expiry() },
  });
  return [id];
};

interface InboxMessage {
  /** Users. */
  to: readonly string[];
  event: string;
  title: string;
  payload: Prisma.InputJsonObject;
  /** Record and version, so that a repeated cause makes one message. */
  cause: string;
}

/** Puts a message into the inbox of people. The row is the delivery, so it is SENT at once. */
export const putIntoInbox = async (tx: Tx, ...messages: InboxMessage[]): Promise<void> => {
  await tx.notification.createMany({
    data: messages.flatMap(({ to, event, title, payload, cause }) =>
      to.map((userId) => ({
        id: randomUUID(),
        userId,
        event,
        title,
        payload,
        channels: ['INBOX'],
        status: 'SENT',
        dedupeKey: `${event}:${cause}:${userId}`,
        expiresAt: expiry(),
      })),
    ),
    skipDuplicates: true,
  });
};

/** A fleet has a handful of them; the bound keeps a broken one from filling the table. */
const staffMax = 200;

/** The people who look after a fleet and a hub: its admins and managers, and the operations staff of the hub. */
export const staffOf = async (tx: Tx, fleetId: string | null, hubId: string | null): Promise<string[]> => {
  if (!fleetId) return []; // A trip of the pool belongs to nobody yet.
  const users = await tx.user.findMany({
    where: {
      fleetId,
      isActive: true,
      OR: [
        { role: { in: ['FLEET_ADMIN', 'MANAGER'] } },
        ...(hubId ? [{ role: 'OPERATIONS' as const, hubs: { some: { hubId } } }] : []),
      ],
    },
    select: { id: true },
    take: staffMax,
  });
  return users.map(({ id }) => id);
};
