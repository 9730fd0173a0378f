import { z } from 'zod';
import { audit } from '../../prisma/audit.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { holdFleet, lockedVehicle } from '../../prisma/locks.ts';
import { requireNoStartedTrip, requireOpenFleet } from './cascades.ts';
import { patch } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import type { Loaded } from '../http/scope.ts';
import { ById, Word } from '../http/shapes.ts';
import { endLinks } from '../../prisma/roster.ts';
import { retireQr } from '../../prisma/virtual-accounts.ts';
import { virtualAccountFacts } from '../../workflows/domain/money/collections/virtual-accounts.ts';
import { virtualAccountProcess } from '../../workflows/processes.ts';
import { activeLink, vehicleStatuses, vehicleView, VehicleView } from './vehicle-views.ts';

/** Same status: nothing happens. Source: vehicles-fleets.md, PATCH /vehicles/:id/status. */
const changeStatus = async (
  context: Base & { vehicle: Loaded['vehicle']; actor: Actor },
  status: (typeof vehicleStatuses)[number],
) => {
  const { vehicle, actor, db, begin, visible } = context;
  const { id } = vehicle;
  await db.$transaction(async (tx) => {
    await holdFleet(tx, { id: vehicle.fleetId });
    const current = await lockedVehicle(tx, id, visible.vehicle);
    if (current.status === status) return;
    if (status === 'ACTIVE') await requireOpenFleet(tx, current.fleetId);
    if (status !== 'ACTIVE') {
      const driven = { driver: { assignments: { some: { vehicleId: id, status: 'ACTIVE' as const } } } };
      await requireNoStartedTrip(tx, { OR: [{ vehicleId: id }, driven] });
      await endLinks(tx, { vehicleId: id }, 'VEHICLE_STATUS', actor);
    }
    await tx.vehicle.update({ where: { id }, data: { status }, select: { id: true } });
    const audited = { action: 'vehicle.statusChanged', subject: 'vehicle', subjectId: id };
    await audit(tx, actor, { ...audited, before: { status: current.status }, after: { status } });
    if (status === 'INACTIVE') await retireQr(tx, id, actor);
  });
  const qr = status === 'INACTIVE' ? await db.virtualAccount.findUnique({ where: { vehicleId: id } }) : null;
  if (qr) begin(virtualAccountProcess(virtualAccountFacts(qr)));
  return vehicleView(await db.vehicle.findUniqueOrThrow({ where: { id }, include: { assignments: activeLink } }));
};

export const vehicleStatus = [
  patch('/vehicles/:id/status', {
    allow: 'vehicles:change-status',
    summary: 'Change the status of a vehicle; leaving ACTIVE ends its roster link',
    says: 'Vehicle status updated successfully',
    params: ById('vehicle'),
    body: z.object({ status: Word(vehicleStatuses) }),
    returns: VehicleView,
    refuses: ['TRIP_IN_PROGRESS', 'FLEET_INACTIVE'],
    handle: (context) => changeStatus(context, context.body.status),
  }),

  patch('/vehicles/:id/deactivate', {
    allow: 'vehicles:change-status',
    summary: 'Take a vehicle out of service',
    says: 'Vehicle deactivated successfully',
    params: ById('vehicle'),
    body: z.object({}),
    returns: VehicleView,
    refuses: ['TRIP_IN_PROGRESS'],
    handle: (context) => changeStatus(context, 'INACTIVE'),
  }),
];
