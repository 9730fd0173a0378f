import type { Tx } from '../../prisma/client.ts';
import { putIntoInbox, staffOf } from '../../prisma/notifications.ts';
import { audit } from '../../prisma/audit.ts';
import { tellPeriodsChanged } from '../money/rentals/rental-commands.ts';
import { availableNow, holdFleet, lockedDriver } from '../../prisma/locks.ts';
import { rejectWaiting } from './preferences.ts';
import { driverStatuses, DriverView, readDriver } from './driver-views.ts';
import { z } from 'zod';
import { standingOf } from '../../workflows/domain/trips/dispatch.ts';
import { allCancelled, paused, resumed } from '../../workflows/domain/money/rental-periods.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { instant } from '../../workflows/domain/time.ts';
import { requireNoStartedTrip, tellDriversLost } from '../fleet/cascades.ts';
import { patch } from '../http/endpoint.ts';
import type { Caller } from '../http/scope.ts';
import { ById, Word } from '../http/shapes.ts';
import { changePeriods } from '../../prisma/rentals.ts';
import { endLinks } from '../../prisma/roster.ts';

const isSanction = (status: string): boolean => status === 'SUSPENDED' || status === 'BLACKLISTED';

/**
 * Whether a status changes at all. Panels send INACTIVE whenever they save a driver who is not active, which must not lift a
 * sanction; lifting one takes a SUPER_ADMIN and a reason. Source: drivers.md, PATCH /drivers/:id/status.
 */
const mayChange = (
  from: string,
  { status: to, reason }: { status: string; reason?: string | undefined },
  { role }: Caller,
): boolean => {
  if (from === to || (isSanction(from) && to === 'INACTIVE')) return false;
  if (isSanction(from) && to === 'ACTIVE' && !(role === 'SUPER_ADMIN' && reason)) throw refusal('DRIVER_UNDER_PENALTY');
  return true;
};

/** A driver is no more active than their user and their fleet. */
const requireActivatable = async (tx: Tx, id: string, from: string): Promise<void> => {
  const { user, fleet } = await tx.driver.findUniqueOrThrow({ where: { id }, include: { user: true, fleet: true } });
  if (fleet.status === 'INACTIVE') throw refusal('FLEET_INACTIVE');
  if (!user.isActive)
    throw refusal('INVALID_STATE_TRANSITION', { from, to: 'ACTIVE', because: 'the user is deactivated' });
};

/** A suspension keeps what is left of the rent, its end lets it go on; a blacklisting gives it back. Source: rentals.md, Lifecycle. */
const followRental = async (
  tx: Tx,
  driverId: string,
  { from, to, by }: { from: string; to: string; by: string },
): Promise<void> => {
  const nowMs = Date.now();
  const changing = { at: instant(nowMs), by, reason: to };
  await changePeriods(
    tx,
    driverId,
    ({ periods }) => {
      if (to === 'BLACKLISTED') return allCancelled(periods, nowMs);
      if (isSanction(to)) return paused(periods, 'SANCTION', nowMs);
      return isSanction(from) ? resumed(periods, 'SANCTION', nowMs) : null;
    },
    changing,
  );
};

const requireMayBeAvailable = async (tx: Tx, id: string): Promise<void> => {
  const driver = await tx.driver.findUniqueOrThrow({ where: { id }, include: { user: true, fleet: true } });
  const status = standingOf(driver);
  if (status !== 'ACTIVE') throw refusal('DRIVER_NOT_ACTIVE', { status });
  await requireNoStartedTrip(tx, { driverId: id });
};

export const driverStatus = [
  patch('/drivers/:id/status', {
    allow: 'drivers:change-status',
    summary: 'Activate or deactivate a driver; sanctions only by a SUPER_ADMIN',
    says: 'Driver status updated successfully',
    params: ById('driver'),
    body: z.object({ status: Word(driverStatuses), reason: z.string().max(500).optional() }),
    returns: DriverView,
    refuses: ['DRIVER_UNDER_PENALTY', 'FIELD_FORBIDDEN', 'FLEET_INACTIVE', 'INVALID_STATE_TRANSITION'],
    async handle(context) {
      const { body, caller, actor, db, visible, newId, services } = context;
      const { id } = context.driver;
      if (isSanction(body.status) && caller.role !== 'SUPER_ADMIN')
        throw refusal('FIELD_FORBIDDEN', { field: 'status' });
      const changed = await db.$transaction(async (tx) => {
        await holdFleet(tx, { driverId: id });
        const driver = await lockedDriver(tx, id, visible.driver);
        const { status: from } = driver;
        if (!mayChange(from, body, caller)) return false;
        const isActive = body.status === 'ACTIVE';
        if (isActive) await requireActivatable(tx, driver.id, from);
        const isAvailable = isActive && (await availableNow(tx, driver.id));
        const sanctionByHand = isSanction(body.status) ? body.status : null;
        const data = { status: body.status, statusReason: body.reason ?? null, sanctionByHand, isAvailable };
        await tx.driver.update({ where: { id: driver.id }, data, select: { id: true } });
        await followRental(tx, driver.id, { from, to: body.status, by: actor.userId });
        if (!isActive) {
          await endLinks(tx, { driverId: driver.id }, 'DRIVER_STATUS', actor);
          await rejectWaiting(tx, driver.id);
        }
        const audited = { action: 'driver.statusChanged', subject: 'driver', subjectId: driver.id };
        await audit(tx, actor, { ...audited, before: { status: from }, after: { status: body.status } });
        await putIntoInbox(tx, {
          to: [driver.userId, ...(await staffOf(tx, driver.fleetId, driver.hubId))],
          event: 'driver:status_changed',
          title: `${driver.firstName} ${driver.lastName} is ${body.status}`,
          payload: { driverId: driver.id, status: body.status },
          cause: newId('status'),
        });
        return true;
      });
      if (changed && body.status !== 'ACTIVE') await tellDriversLost(context, { id });
      if (changed) await tellPeriodsChanged(context, id);
      return readDriver(db, id, services.sealer);
    },
  }),

  patch('/drivers/:id/availability', {
    allow: 'drivers:change-status',
    summary: 'Set the dispatch flag of a driver by hand',
    says: 'Driver availability updated successfully',
    params: ById('driver'),
    body: z.object({ isAvailable: z.boolean() }),
    returns: DriverView,
    refuses: ['DRIVER_NOT_ACTIVE', 'TRIP_IN_PROGRESS'],
    async handle({ driver: { id }, body, actor, db, visible, services }) {
      await db.$transaction(async (tx) => {
        await holdFleet(tx, { driverId: id });
        const driver = await lockedDriver(tx, id, visible.driver);
        if (body.isAvailable) await requireMayBeAvailable(tx, driver.id);
        await tx.driver.update({ where: { id: driver.id }, data: body, select: { id: true } });
        const audited = { action: 'driver.availabilityChanged', subject: 'driver', subjectId: driver.id, after: body };
        await audit(tx, actor, audited);
      });
      return readDriver(db, id, services.sealer);
    },
  }),
];
