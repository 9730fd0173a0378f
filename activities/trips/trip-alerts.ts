import type { Db, Tx } from '../../prisma/client.ts';
import { dispatchersOf, putIntoInbox, staffOf } from '../../prisma/notifications.ts';
import { silenceOf, tripClock } from '../../workflows/domain/trips/trip-deadlines.ts';
import type { TripAlert, TripClock } from '../../workflows/domain/trips/trip-deadlines.ts';
import { minuteMs, ms } from '../../workflows/domain/time.ts';
import type { TripFacts } from '../../workflows/domain/trips/trips.ts';

type DriverAlert = (facts: TripFacts, dueMs: number, clock: TripClock) => Promise<number | null>;

/** What happens when a deadline of a trip passes. Safe to repeat: a message has one row per receiver, alert and moment. */
export const tripAlerts = ({ db }: { db: Db }): Record<string, DriverAlert> => {
  const raise =
    (alert: TripAlert): DriverAlert =>
    async (facts, dueMs) => {
      await db.$transaction(async (tx) => {
        if (staffAlerts[alert]) await tellStaff(tx, facts, alert, dueMs);
        const event = driverAlerts[alert];
        if (event && facts.driverId) await nudgeDriver(tx, facts, facts.driverId, event, dueMs);
      });
      return null;
    };

  return {
    ...Object.fromEntries(Object.keys(tripClock.alerts).map((alert) => [alert, raise(alert as TripAlert)])),

    /** Nudges a driver who is not heard of, at each check, and looks again. */
    async silence(facts, dueMs, { silence }) {
      const nowMs = Math.max(Date.now(), dueMs); // This clock may be behind the one that fired.
      const { driverId, startedAt, since, tripId } = facts;
      if (!driverId) return null;
      const position = await db.tripPosition.findUnique({ where: { tripId } });
      // A point of the driver who had the trip before says nothing, and a device's clock decides nothing.
      const seenMs = position && position.driverId === driverId ? position.receivedAt.getTime() : 0;
      const { isSilent, againMs } = silenceOf(Math.max(seenMs, ms(startedAt ?? since)), nowMs, silence);
      if (isSilent) await db.$transaction((tx) => nudgeDriver(tx, facts, driverId, 'trip:location_silent', dueMs));
      return againMs;
    },
  };
};

/** Source: trips.md, Timers and Event catalogue. */
const staffAlerts: Partial<Record<TripAlert, { event: string; says: string }>> = {
  unassignedEarly: { event: 'trip:unassigned_alert', says: 'has no driver yet' },
  unassignedLate: { event: 'trip:unassigned_alert', says: 'has no driver yet' },
  lateStart: { event: 'trip:late_start', says: 'has not been started' },
  lateArrival: { event: 'trip:late_arrival', says: 'has not reached its pickup' },
  stuck: { event: 'trip:stuck', says: 'is open for very long' },
  stuckRental: { event: 'trip:stuck', says: 'is open for very long' },
  fareReview: { event: 'trip:fare_review', says: 'was completed with a fare that is far from its quote' },
  rescheduleConflict: { event: 'trip:unassigned_alert', says: 'was moved to a time at which its driver is not free' },
  driverLost: { event: 'trip:unassigned_alert', says: 'has a driver who may not drive any more' },
};

const driverAlerts: Partial<Record<TripAlert, string>> = {
  startWindowOpen: 'trip:start_window_open',
  lateStart: 'trip:late_start',
  noShowEligible: 'trip:noshow_eligible',
};

/** Puts an alert about a trip into the inbox of the staff who see it. Source: trips.md, Roles and scope. */
export const tellStaff = async (tx: Tx, facts: TripFacts, alert: TripAlert, dueMs: number): Promise<void> => {
  const { tripId, shortId, driverId, fleetId, hubId, pickupTime } = facts;
  const { event, says } = staffAlerts[alert]!;
  await putIntoInbox(tx, {
    to: driverId && fleetId ? await staffOf(tx, fleetId, hubId) : await dispatchersOf(tx, fleetId),
    event,
    title: `Trip ${shortId} ${says}`,
    payload: { tripId, shortId, pickupTime, minutes: Math.round((dueMs - ms(pickupTime)) / minuteMs) },
    cause: `${tripId}:${alert}:${dueMs}`,
  });
};

const nudgeDriver = async (tx: Tx, facts: TripFacts, driverId: string, event: string, dueMs: number): Promise<void> => {
  const { userId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { userId: true } });
  const { tripId, shortId } = facts;
  await putIntoInbox(tx, {
    to: [userId],
    event,
    title: `Trip ${shortId}`,
    payload: { tripId, shortId },
    cause: `${tripId}:${dueMs}`,
  });
};

const driverTitles = {
  'trip:assigned': 'New trip',
  'trip:unassigned': 'Trip taken from you:',
  'trip:cancelled': 'Cancelled:',
  'trip:rescheduled': 'Another pickup time:',
};

/** Tells a driver what became of a trip of theirs. */
export const tellDriver = async (
  tx: Tx,
  userId: string,
  { tripId, shortId, pickupTime, version }: TripFacts,
  event: keyof typeof driverTitles,
  reason: string | null = null,
): Promise<void> => {
  const { pickupLocation } = await tx.trip.findUniqueOrThrow({
    where: { id: tripId },
    select: { pickupLocation: true },
  });
  await putIntoInbox(tx, {
    to: [userId],
    event,
    title: `${driverTitles[event]} ${shortId}`,
    payload: { tripId, shortId, pickupTime, pickupLocation, reason },
    cause: `${tripId}:${version}`,
  });
};
