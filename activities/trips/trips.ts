import type { Tx } from '../../prisma/client.ts';
import { remarksOf } from '../../prisma/command-texts.ts';
import { lockDrivers, startedTrip } from '../../prisma/locks.ts';
import { isSlotFree, requireEligible, requireFreeSlot } from '../../workflows/domain/trips/dispatch.ts';
import type { DispatchPolicy } from '../../workflows/domain/trips/dispatch.ts';
import { paise } from '../../workflows/domain/money.ts';
import type { PassengerEvent } from '../../workflows/domain/messages/notifications.ts';
import { finalBreakdown, finalFare } from '../../workflows/domain/trips/pricing.ts';
import type { Completion, FareBreakdown } from '../../workflows/domain/trips/pricing.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { ms } from '../../workflows/domain/time.ts';
import { tripRecord } from '../../workflows/domain/trips/trip-record.ts';
import type { tripRules } from '../../workflows/domain/trips/trip-record.ts';
import { driverless } from '../../workflows/domain/trips/trips.ts';
import type {
  AssignTrip,
  CancelTrip,
  CompleteTrip,
  DriverLost,
  DriverReport,
  NoShowReport,
  RescheduleTrip,
  TripFacts,
} from '../../workflows/domain/trips/trips.ts';
import { commits, upkeep } from '../records.ts';
import type { Alone, Deps, Drawing, Effects, Write } from '../records.ts';
import { tellDriver, tellStaff, tripAlerts } from './trip-alerts.ts';
import { holdVehicles, lockedDrivers, lockFormer, openSlots, release, requireRented } from './trip-drivers.ts';
import { toPassenger, tripRows } from './trip-rows.ts';
import type { TripChange, TripEffect } from './trip-rows.ts';

interface Policy {
  dispatch: DispatchPolicy;
  /** How far a reported fare may be from its quote; the tariff says it where nobody else does. */
  fareOverrideMaxPercent?: number;
}

/** A step of the driver changes the trip alone. */
const step = (event: PassengerEvent | null): Alone<TripFacts, unknown> => ({
  alone: (change, write) => write({ queue: toPassenger(change, event) }),
});

/**
 * Sets off, one trip at a time. Driver and vehicle are held, so that neither is taken off duty meanwhile: whoever does that looks for
 * started trips under the same locks. Rule 18.
 */
const setOff: TripEffect<DriverReport> = async (tx, change, write) => {
  const { tripId, driverId } = change.facts;
  const driver = await lockFormer(tx, change);
  await holdVehicles(tx, change);
  if (driver && driver.status !== 'ACTIVE') throw refusal('DRIVER_BLOCKED', { status: driver.status });
  const another = {
    tripId: { not: tripId },
    trip: { OR: [{ provider: null }, { provider: { not: 'RAPIDO' as const } }] },
  };
  const started = driverId ? await startedTrip(tx, { driverId, ...another }) : null;
  if (started) throw refusal('TRIP_IN_PROGRESS', started);
  return write({ queue: toPassenger(change, 'passenger:on_the_way') });
};

/** Gives the trip to a driver who is eligible and free then, and takes it from the one who had it. */
const giveTo = (policy: DispatchPolicy): Drawing<TripFacts, AssignTrip> => ({
  draws: 'TAS',
  async effect(tx, change, write, shortId) {
    const { assignmentId, driverId, by } = change.command;
    const { tripId, tripType, pickupTime, fleetId, driverId: formerId } = change.facts;
    const drivers = await lockedDrivers(tx, formerId ? [driverId, formerId] : [driverId]);
    const driver = drivers.find(({ id }) => id === driverId);
    if (!driver) throw refusal('NOT_FOUND', { resource: 'driver' });
    if (fleetId && fleetId !== driver.fleetId) throw refusal('FLEET_MISMATCH');
    requireEligible(driver, policy);
    await requireRented(tx, driver);
    requireFreeSlot({ tripId, tripType, pickupTime }, await openSlots(tx, driverId, tripId));
    const written = await write({
      set: { fleetId: driver.fleetId, hubId: driver.hubId },
      queue: toPassenger(change, 'passenger:assigned'),
    });
    await release(tx, change, 'UNASSIGNED', 'REASSIGNED');
    const assignment = { id: assignmentId, shortId, tripId, driverId, vehicleId: driver.vehicleId };
    await tx.tripAssignment.create({
      data: { ...assignment, status: 'ASSIGNED', assignedAt: new Date(change.at), assignedBy: by.userId },
    });
    await tx.driver.update({ where: { id: driverId }, data: { isAvailable: false }, select: { id: true } });
    await tellDriver(tx, driver.userId, written.facts, 'trip:assigned');
    const former = drivers.find(({ id }) => id === formerId);
    if (former) await tellDriver(tx, former.userId, written.facts, 'trip:unassigned', 'REASSIGNED');
    return written;
  },
});

const takeFromDriver = async (
  tx: Tx,
  change: TripChange<unknown>,
  write: Write<TripFacts>,
  closeReason: string,
  set: Partial<TripFacts> = {},
) => {
  const former = await lockFormer(tx, change);
  const written = await write({ set: { ...set, hubId: null } });
  await release(tx, change, 'UNASSIGNED', closeReason);
  if (former) await tellDriver(tx, former.userId, written.facts, 'trip:unassigned', closeReason);
  return written;
};

/** The driver may not drive any more: a trip not begun goes back to dispatch, one on the road goes on; staff are told of both. */
const loseDriver: TripEffect<DriverLost> = async (tx, change, write) => {
  await tellStaff(tx, change.facts, 'driverLost', ms(change.at));
  return change.set.status === undefined ? write() : takeFromDriver(tx, change, write, 'DRIVER_NOT_ACTIVE');
};

/** Moves the pickup; a driver who is not free at the new time loses the trip, and staff are told. */
const moveTime: TripEffect<RescheduleTrip> = async (tx, change, write) => {
  const { tripId, tripType } = change.facts;
  const { pickupTime } = change.command;
  const driver = await lockFormer(tx, change);
  const taken = driver ? await openSlots(tx, driver.id, tripId) : [];
  if (!isSlotFree({ tripId, tripType, pickupTime }, taken)) {
    await tellStaff(tx, change.facts, 'rescheduleConflict', ms(change.at));
    return takeFromDriver(tx, change, write, 'RESCHEDULE_CONFLICT', driverless);
  }
  const written = await write();
  if (driver) await tellDriver(tx, driver.userId, written.facts, 'trip:rescheduled');
  return written;
};

/** Ends the trip without a ride: cancelled, or nobody came. */
const close: TripEffect<CancelTrip | NoShowReport> = async (tx, change, write) => {
  const isNoShow = change.set.status === 'NO_SHOW';
  const former = await lockFormer(tx, change);
  const cancelReason = await remarksOf(tx, change.command.textId);
  const stamps = isNoShow ? { completedAt: change.at } : { cancelledAt: change.at, cancelledBy: 'ADMIN' };
  const written = await write({
    columns: { ...stamps, cancelReason, ...(await voided(tx, change.facts.tripId)) },
    queue: toPassenger(change, isNoShow ? 'passenger:no_show' : 'passenger:cancelled'),
  });
  await release(tx, change, isNoShow ? 'COMPLETED' : 'CANCELLED', isNoShow ? 'NO_SHOW' : 'CANCELLED');
  if (former && !isNoShow) await tellDriver(tx, former.userId, written.facts, 'trip:cancelled', cancelReason);
  return written;
};

/** Frees what an unpaid booking held. */
const freeHold: TripEffect<object> = async (tx, change, write) =>
  write({
    columns: {
      ...{ cancelledAt: change.at, cancelledBy: 'SYSTEM', cancelReason: 'HOLD_EXPIRED' },
      ...(await voided(tx, change.facts.tripId)),
    },
  });

/** Closes the trip, books its fare, closes the assignment and frees the driver. */
const settle =
  (fareOverrideMaxPercent?: number): TripEffect<CompleteTrip> =>
  async (tx, change, write) => {
    if (change.facts.driverId) await lockDrivers(tx, [change.facts.driverId]);
    const quoted = await tx.trip.findUniqueOrThrow({
      where: { id: change.facts.tripId },
      select: { quotedFarePaise: true, fareBreakdown: true, paymentMethod: true },
    });
    const completion = completionOf(change, quoted.paymentMethod, quoted.quotedFarePaise ?? 0);
    const fare = finalFare(completion, fareOverrideMaxPercent);
    const written = await write({
      columns: {
        completedAt: change.at,
        actualDistanceKm: change.command.actualDistanceKm,
        pricePaise: fare.totalPaise,
        fareBreakdown: finalBreakdown(quoted.fareBreakdown as unknown as FareBreakdown, completion, fare),
      },
      queue: toPassenger(change, 'passenger:completed'),
    });
    await release(tx, change, 'COMPLETED', 'COMPLETED');
    if (fare.fareReview) await tellStaff(tx, change.facts, 'fareReview', ms(change.at));
    return written;
  };

const effectsOf = ({ dispatch, fareOverrideMaxPercent }: Policy): Effects<TripFacts, typeof tripRules> => ({
  assign: giveTo(dispatch),
  reassign: giveTo(dispatch),
  unassign: (tx, change, write) => takeFromDriver(tx, change, write, 'UNASSIGNED'),
  driverLost: loseDriver,
  reschedule: moveTime,
  cancel: close,
  noShow: close,
  expireHold: freeHold,
  start: setOff,
  arrive: step('passenger:arrived'),
  board: step(null),
  complete: settle(fareOverrideMaxPercent),
});

/** Everything that happens to a trip, as commits. */
export const tripActivities = (deps: Deps & Policy) => {
  const commands = commits(deps, tripRecord, tripRows, effectsOf(deps));
  return { ...commands, ...upkeep(deps, tripRecord, tripRows, commands, tripAlerts(deps)) };
};

/** A trip that ended without a ride costs nothing; its price stays the quote. Source: pricing.md, Lifecycle. */
const voided = async (tx: Tx, tripId: string): Promise<object> => {
  const { fareBreakdown } = await tx.trip.findUniqueOrThrow({ where: { id: tripId }, select: { fareBreakdown: true } });
  return fareBreakdown === null ? {} : { fareBreakdown: { ...(fareBreakdown as object), totalPaise: 0 } };
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
