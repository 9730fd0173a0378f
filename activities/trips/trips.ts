import type { Db, Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { queuePassengerSms } from '../../prisma/notifications.ts';
import { nextShortId } from '../../prisma/short-id.ts';
import { lockDrivers, withOpenAssignment } from '../../prisma/locks.ts';
import type { Reread } from '../../workflows/domain/commands.ts';
import { isSlotFree, requireEligible, requireFreeSlot } from '../../workflows/domain/trips/dispatch.ts';
import type { DispatchPolicy } from '../../workflows/domain/trips/dispatch.ts';
import { paise } from '../../workflows/domain/money.ts';
import { finalBreakdown, finalFare } from '../../workflows/domain/trips/pricing.ts';
import type { Completion, FareBreakdown } from '../../workflows/domain/trips/pricing.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { ms } from '../../workflows/domain/time.ts';
import { driverless, tripFacts } from '../../workflows/domain/trips/trips.ts';
import type {
  AssignTrip,
  CancelTrip,
  CompleteTrip,
  DriverLost,
  DriverReport,
  NoShowReport,
  RescheduleTrip,
  TripFacts,
  UnassignTrip,
} from '../../workflows/domain/trips/trips.ts';
import { tripJournal, tripOutcome } from '../journals.ts';
import { once, unlessDone } from '../once.ts';
import { tellDriver, tellStaff, tripAlerts } from './trip-alerts.ts';
import { lockedDrivers, lockFormer, openSlots, release } from './trip-drivers.ts';
import { moveTrip, outcomeOf, recordStep } from './trip-moves.ts';
import type { TripChange, TripOutcome } from './trip-moves.ts';

interface Deps {
  db: Db;
  dispatch: DispatchPolicy;
  /** How far a reported fare may be from its quote; the tariff says it where nobody else does. */
  fareOverrideMaxPercent?: number;
}

export const tripActivities = ({ db, dispatch, fareOverrideMaxPercent }: Deps) => ({
  ...tripAlerts({ db }),

  /** Marks the row as begun, so that the schedule leaves it alone. Safe to retry: it keeps the first mark. */
  async acknowledgeTrip(tripId: string): Promise<void> {
    await db.trip.updateMany({ where: { id: tripId, begunAt: null }, data: { begunAt: new Date() } });
  },

  /** The trip as its row has it now, and what became of a command that did not get through. */
  async readTrip({ tripId, commandId }: ReadTrip): Promise<Reread<TripFacts>> {
    const row = await db.trip.findUniqueOrThrow({
      where: { id: tripId },
      include: withOpenAssignment,
    });
    return { facts: tripFacts(row), outcome: commandId ? await tripOutcome(db, tripId, commandId) : null };
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
      const drivers = await lockedDrivers(tx, formerId ? [driverId, formerId] : [driverId]);
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
      if (former) await tellDriver(tx, former.userId, trip, 'trip:unassigned', 'REASSIGNED');
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

  /**
   * Moves the pickup; a driver who is not free at the new time loses the trip, and staff is told. Safe to retry: `once` returns
   * the outcome that the command already had.
   */
  moveTripTime: (change: TripChange<RescheduleTrip>): Promise<TripOutcome> =>
    once(db, tripJournal(change), async (tx) => {
      const { tripId, tripType } = change.facts;
      const { pickupTime } = change.command;
      const driver = await lockFormer(tx, change);
      const taken = driver ? await openSlots(tx, driver.id, tripId) : [];
      if (!isSlotFree({ tripId, tripType, pickupTime }, taken)) {
        await tellStaff(tx, change.facts, 'rescheduleConflict', ms(change.at));
        const taking = { ...change, set: { ...change.set, ...driverless } };
        return takeFromDriver(tx, taking, 'RESCHEDULE_CONFLICT', { pickupTime: new Date(pickupTime) });
      }
      const trip = await moveTrip(tx, change, { pickupTime: new Date(pickupTime) });
      if (driver) await tellDriver(tx, driver.userId, trip, 'trip:rescheduled');
      return outcomeOf(change, trip, []);
    }),

  /** Ends the trip without a ride: cancelled, or nobody came. Safe to retry: `once` returns the outcome that the command had. */
  closeTrip: (change: TripChange<CancelTrip | NoShowReport>): Promise<TripOutcome> =>
    once(db, tripJournal(change), async (tx) => {
      const isNoShow = change.set.status === 'NO_SHOW';
      const former = await lockFormer(tx, change);
      const at = new Date(change.at);
      const stamps = isNoShow ? { completedAt: at } : { cancelledAt: at, cancelledBy: 'ADMIN' as const };
      const cancelReason = await reasonOf(tx, change.command);
      const trip = await moveTrip(tx, change, {
        ...stamps,
        cancelReason,
        ...(await voided(tx, change.facts.tripId)),
      });
      await release(tx, change, isNoShow ? 'COMPLETED' : 'CANCELLED', isNoShow ? 'NO_SHOW' : 'CANCELLED');
      if (former && !isNoShow) await tellDriver(tx, former.userId, trip, 'trip:cancelled', cancelReason);
      const event = isNoShow ? 'passenger:no_show' : 'passenger:cancelled';
      return outcomeOf(change, trip, await queuePassengerSms(tx, trip, event, String(trip.version)));
    }),

  /** Records a step of the driver. Safe to retry: `once` returns the outcome that the command already had. */
  recordTripMove: (change: TripChange<DriverReport>): Promise<TripOutcome> =>
    unlessDone(db, tripJournal(change), () => recordStep(db, change)),

  /**
   * Closes the trip, books its fare, closes the assignment and frees the driver, in one transaction. Safe to retry: `once`
   * returns the outcome that the command already had.
   */
  settleTrip: (change: TripChange<CompleteTrip>): Promise<TripOutcome> =>
    once(db, tripJournal(change), async (tx) => {
      if (change.facts.driverId) await lockDrivers(tx, [change.facts.driverId]);
      const quoted = await tx.trip.findUniqueOrThrow({
        where: { id: change.facts.tripId },
        select: { quotedFarePaise: true, fareBreakdown: true, paymentMethod: true },
      });
      const completion = completionOf(change, quoted.paymentMethod, quoted.quotedFarePaise ?? 0);
      const fare = finalFare(completion, fareOverrideMaxPercent);
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

interface ReadTrip {
  tripId: string;
  commandId: string | null;
}

export type TripActivities = ReturnType<typeof tripActivities>;

const takeFromDriver = async (
  tx: Tx,
  change: TripChange<unknown>,
  closeReason: string,
  data: Prisma.TripUncheckedUpdateManyInput = {},
): Promise<TripOutcome> => {
  const former = await lockFormer(tx, change);
  const trip = await moveTrip(tx, change, { ...data, hubId: null });
  await release(tx, change, 'UNASSIGNED', closeReason);
  if (former) await tellDriver(tx, former.userId, trip, 'trip:unassigned', closeReason);
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
