import type { Db, Tx } from '../prisma/client.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import { queuePassengerSms } from '../prisma/notifications.ts';
import { nextShortId } from '../prisma/short-id.ts';
import type { Change, Outcome } from '../workflows/domain/commands.ts';
import { requireEligible, requireFreeSlot } from '../workflows/domain/dispatch.ts';
import type { DispatchPolicy } from '../workflows/domain/dispatch.ts';
import type { PassengerEvent } from '../workflows/domain/notifications.ts';
import { paise } from '../workflows/domain/money.ts';
import { finalBreakdown, finalFare } from '../workflows/domain/pricing.ts';
import type { Completion, FareBreakdown } from '../workflows/domain/pricing.ts';
import { refusal } from '../workflows/domain/refusals.ts';
import { ms } from '../workflows/domain/time.ts';
import type {
  AssignTrip,
  CancelTrip,
  CompleteTrip,
  DriverLost,
  DriverReport,
  NoShowReport,
  TripFacts,
  UnassignTrip,
} from '../workflows/domain/trips.ts';
import { tripJournal } from './journals.ts';
import { once } from './once.ts';
import { tellDriver, tellStaff, tripAlerts } from './trip-alerts.ts';

type TripOutcome = Outcome<TripFacts>;
type TripChange<Command> = Change<TripFacts, Command>;

export const tripActivities = ({ db, dispatch }: { db: Db; dispatch: DispatchPolicy }) => ({
  ...tripAlerts({ db }),

  /** Marks the row as begun, so that the schedule leaves it alone. Safe to retry: it keeps the first mark. */
  async acknowledgeTrip(tripId: string): Promise<void> {
    await db.trip.updateMany({ where: { id: tripId, begunAt: null }, data: { begunAt: new Date() } });
  },

  /**
   * Gives the trip to a driver who is eligible and free then, and takes it from the one who had it. Safe to retry: `once` returns
   * the outcome that the command already had.
   */
  async assignDriver(change: TripChange<AssignTrip>): Promise<TripOutcome> {
    const shortId = await nextShortId(db, 'TAS'); // Drawn before the locks; a gap is allowed.
    return once(db, tripJournal(change), async (tx) => {
      const { assignmentId, driverId, by } = change.command;
      const { tripId, tripType, pickupTime, fleetId, driverId: formerId } = change.facts;
      const drivers = await lockDrivers(tx, formerId ? [driverId, formerId] : [driverId]);
      const driver = drivers.find(({ id }) => id === driverId);
      if (!driver) throw refusal('NOT_FOUND', { resource: 'driver' });
      if (fleetId && fleetId !== driver.fleetId) throw refusal('FLEET_MISMATCH');
      requireEligible(driver, dispatch);
      requireFreeSlot({ tripId, tripType, pickupTime }, await openSlots(tx, driverId, tripId));
      await release(tx, change, 'UNASSIGNED', 'REASSIGNED');
      const assignment = { id: assignmentId, shortId, tripId, driverId, vehicleId: driver.vehicleId };
      await tx.tripAssignment.create({
        data: { ...assignment, status: 'ASSIGNED', assignedAt: new Date(change.at), assignedBy: by.userId },
      });
      await tx.driver.update({ where: { id: driverId }, data: { isAvailable: false }, select: { id: true } });
      const trip = await moveTrip(tx, change, { fleetId: driver.fleetId, hubId: driver.hubId });
      await tellDriver(tx, driver.userId, trip, 'trip:assigned');
      const former = drivers.find(({ id }) => id === formerId);
      if (former) await tellDriver(tx, former.userId, trip, 'trip:unassigned');
      return outcomeOf(change, trip, await queuePassengerSms(tx, trip, 'passenger:assigned', String(trip.version)));
    });
  },

  /** Takes the trip from its driver. Safe to retry: `once` returns the outcome that the command already had. */
  unassignDriver: (change: TripChange<UnassignTrip>): Promise<TripOutcome> =>
    once(db, tripJournal(change), (tx) => takeFromDriver(tx, change, 'UNASSIGNED')),

  /**
   * The driver may not drive any more: a trip not begun goes back to dispatch, one on the road goes on; staff are told of both.
   * Safe to retry: `once` returns the outcome that the command already had.
   */
  loseDriver: (change: TripChange<DriverLost>): Promise<TripOutcome> =>
    once(db, tripJournal(change), async (tx) => {
      await tellStaff(tx, change.facts, 'driverLost', ms(change.at));
      if (change.set.status === undefined) return { set: {}, notificationIds: [] };
      return takeFromDriver(tx, change, 'DRIVER_NOT_ACTIVE');
    }),

  /** Ends the trip without a ride: cancelled, or nobody came. Safe to retry: `once` returns the outcome that the command had. */
  closeTrip: (change: TripChange<CancelTrip | NoShowReport>): Promise<TripOutcome> =>
    once(db, tripJournal(change), async (tx) => {
      const isNoShow = change.set.status === 'NO_SHOW';
      const former = await lockFormer(tx, change);
      const at = new Date(change.at);
      const stamps = isNoShow ? { completedAt: at } : { cancelledAt: at, cancelledBy: 'ADMIN' as const };
      const trip = await moveTrip(tx, change, {
        ...stamps,
        cancelReason: await reasonOf(tx, change.command),
        ...(await voided(tx, change.facts.tripId)),
      });
      await release(tx, change, isNoShow ? 'COMPLETED' : 'CANCELLED', isNoShow ? 'NO_SHOW' : 'CANCELLED');
      if (former && !isNoShow) await tellDriver(tx, former.userId, trip, 'trip:cancelled');
      const event = isNoShow ? 'passenger:no_show' : 'passenger:cancelled';
      return outcomeOf(change, trip, await queuePassengerSms(tx, trip, event, String(trip.version)));
    }),

  /** Records a step of the driver. Safe to retry: `once` returns the outcome that the command already had. */
  recordTripMove: (change: TripChange<DriverReport>): Promise<TripOutcome> =>
    once(db, tripJournal(change), async (tx) => {
      const trip = await moveTrip(tx, change, {});
      const event = stepEvents[change.move];
      const notificationIds = event ? await queuePassengerSms(tx, trip, event, String(trip.version)) : [];
      return outcomeOf(change, trip, notificationIds);
    }),

  /**
   * Closes the trip, books its fare, closes the assignment and frees the driver, in one transaction. Safe to retry: `once`
   * returns the outcome that the command already had.
   */
  settleTrip: (change: TripChange<CompleteTrip>): Promise<TripOutcome> =>
    once(db, tripJournal(change), async (tx) => {
      await lockFormer(tx, change);
      const quoted = await tx.trip.findUniqueOrThrow({
        where: { id: change.facts.tripId },
        select: { quotedFarePaise: true, fareBreakdown: true, paymentMethod: true },
      });
      const completion = completionOf(change, quoted.paymentMethod, quoted.quotedFarePaise ?? 0);
      const fare = finalFare(completion);
      const trip = await moveTrip(tx, change, {
        completedAt: new Date(change.at),
        actualDistanceKm: change.command.actualDistanceKm,
        pricePaise: fare.totalPaise,
        fareBreakdown: {
          ...finalBreakdown(quoted.fareBreakdown as unknown as FareBreakdown, completion, fare),
        },
      });
      await release(tx, change, 'COMPLETED', 'COMPLETED');
      if (fare.fareReview) await tellStaff(tx, change.facts, 'fareReview', ms(change.at));
      const notificationIds = await queuePassengerSms(tx, trip, 'passenger:completed', String(trip.version));
      return outcomeOf(change, trip, notificationIds);
    }),
});

export type TripActivities = ReturnType<typeof tripActivities>;

const stepEvents: Record<string, PassengerEvent> = {
  start: 'passenger:on_the_way',
  arrive: 'passenger:arrived',
};

/**
 * Drivers under lock, in ascending id so that two commands never wait for each other; whoever changes a driver's status or
 * availability takes the same lock. What hangs on them is read by a second statement: the first one's view is older than the lock.
 */
const lockDrivers = async (tx: Tx, ids: string[]): Promise<LockedDriver[]> => {
  await tx.$queryRaw`SELECT "id" FROM "drivers" WHERE "id" = ANY(${ids}::uuid[]) ORDER BY "id" FOR NO KEY UPDATE`;
  return tx.$queryRaw<LockedDriver[]>`
    SELECT d."id", d."userId", d."fleetId", d."hubId", d."kycStatus"::text, a."vehicleId",
      CASE WHEN u."isActive" THEN d."status"::text ELSE 'INACTIVE' END AS "status"
    FROM "drivers" d JOIN "users" u ON u."id" = d."userId"
      LEFT JOIN "assignments" a ON a."driverId" = d."id" AND a."status" = 'ACTIVE'
    WHERE d."id" = ANY(${ids}::uuid[])`;
};

interface LockedDriver {
  id: string;
  userId: string;
  fleetId: string;
  hubId: string | null;
  status: string;
  kycStatus: string;
  vehicleId: string | null;
}

/** The driver who has the trip, under lock. */
const lockFormer = async (tx: Tx, { facts }: TripChange<unknown>): Promise<LockedDriver | null> =>
  facts.driverId ? ((await lockDrivers(tx, [facts.driverId]))[0] ?? null) : null;

const takeFromDriver = async (tx: Tx, change: TripChange<unknown>, closeReason: string): Promise<TripOutcome> => {
  const former = await lockFormer(tx, change);
  const trip = await moveTrip(tx, change, { hubId: null });
  await release(tx, change, 'UNASSIGNED', closeReason);
  if (former) await tellDriver(tx, former.userId, trip, 'trip:unassigned');
  return outcomeOf(change, trip, []);
};

/** A trip that ended without a ride costs nothing; its price stays the quote. Source: pricing.md, Lifecycle. */
const voided = async (tx: Tx, tripId: string): Promise<Prisma.TripUncheckedUpdateManyInput> => {
  const { fareBreakdown } = await tx.trip.findUniqueOrThrow({ where: { id: tripId }, select: { fareBreakdown: true } });
  if (fareBreakdown === null) return {};
  return { fareBreakdown: { ...(fareBreakdown as unknown as FareBreakdown), totalPaise: 0 } };
};

const reasonOf = async (tx: Tx, { textId }: { textId: string | null }): Promise<string | null> => {
  return textId ? ((await tx.commandText.findUnique({ where: { id: textId } }))?.remarks ?? null) : null;
};

const openSlots = async (tx: Tx, driverId: string, exceptTripId: string) => {
  const open = await tx.tripAssignment.findMany({
    where: { driverId, status: { in: ['ASSIGNED', 'ACTIVE'] }, tripId: { not: exceptTripId } },
    select: { trip: { select: { id: true, tripType: true, pickupTime: true } } },
  });
  return open.map(({ trip }) => ({
    tripId: trip.id,
    tripType: trip.tripType,
    pickupTime: trip.pickupTime.toISOString(),
  }));
};

type MovedTrip = Pick<
  Prisma.TripGetPayload<object>,
  'id' | 'shortId' | 'source' | 'pickupTime' | 'passengerPhone' | 'fleetId' | 'hubId' | 'version'
>;

/** Writes what the rule decided. A version that moved without its workflow is a bug, and waits for a human as one. */
const moveTrip = async (
  tx: Tx,
  change: TripChange<unknown>,
  data: Prisma.TripUncheckedUpdateManyInput,
): Promise<MovedTrip> => {
  const { status, phase, startedAt, arrivedAt, boardedAt } = change.set;
  const stageSince = new Date(change.at);
  const [trip] = await tx.trip.updateManyAndReturn({
    where: { id: change.facts.tripId, version: change.facts.version },
    data: { status, phase, startedAt, arrivedAt, boardedAt, stageSince, version: { increment: 1 }, ...data },
    select: {
      id: true,
      shortId: true,
      source: true,
      pickupTime: true,
      passengerPhone: true,
      fleetId: true,
      hubId: true,
      version: true,
    },
  });
  if (!trip) throw new Error(`Trip ${change.facts.shortId} is not at version ${change.facts.version}.`);
  return trip;
};

/** Closes the open assignment; the driver is available again when it was his last one and he and his user are active. */
const release = async (
  tx: Tx,
  change: TripChange<unknown>,
  status: 'COMPLETED' | 'CANCELLED' | 'UNASSIGNED',
  closeReason: string,
): Promise<void> => {
  const { tripId, driverId } = change.facts;
  if (!driverId) return;
  await tx.tripAssignment.updateMany({
    where: { tripId, status: { in: ['ASSIGNED', 'ACTIVE'] } },
    data: { status, unassignedAt: new Date(change.at), closeReason },
  });
  await tx.$executeRaw`
    UPDATE "drivers" d SET "isAvailable" = u."isActive" AND d."status" = 'ACTIVE' AND NOT EXISTS (
      SELECT 1 FROM "trip_assignments" t WHERE t."driverId" = d."id" AND t."status" IN ('ASSIGNED', 'ACTIVE')
    ) FROM "users" u WHERE u."id" = d."userId" AND d."id" = ${driverId}::uuid`;
};

const completionOf = (
  { facts, command }: TripChange<CompleteTrip>,
  paymentMethod: 'CASH' | 'PREPAID',
  quotedFarePaise: number,
): Completion => ({
  tripType: facts.tripType,
  paymentMethod,
  pickupTime: facts.pickupTime,
  arrivedAt: facts.arrivedAt,
  boardedAt: facts.boardedAt,
  quotedFarePaise: paise(quotedFarePaise),
  reportedFarePaise: command.reportedFarePaise,
  tollPaise: command.tollPaise,
  parkingPaise: command.parkingPaise,
  stateTaxPaise: command.stateTaxPaise,
});

const outcomeOf = (
  change: TripChange<unknown>,
  trip: { fleetId: string | null; hubId: string | null; version: number },
  notificationIds: string[],
): TripOutcome => ({
  set: { ...change.set, fleetId: trip.fleetId, hubId: trip.hubId, since: change.at, version: trip.version },
  notificationIds,
});
