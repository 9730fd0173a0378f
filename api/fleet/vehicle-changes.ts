import { audit } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import { holdFleet, lockedVehicle, openAssignment, openShift } from '../../prisma/locks.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { requireOpenFleet } from './cascades.ts';
import { differing } from '../http/changes.ts';
import { patch } from '../http/endpoint.ts';
import { ById } from '../http/shapes.ts';
import { requireInsuranceOrder } from './vehicle-papers.ts';
import { activeLink, vehicleView, VehicleView } from './vehicle-views.ts';
import { bodyTypeOf, VehicleChange } from './vehicles.ts';

/** A vehicle moves to a fleet that is open, without a driver and without a QR, whose money is of its fleet. */
const requireMovable = async (tx: Tx, id: string, fleetId: string): Promise<void> => {
  await requireOpenFleet(tx, fleetId);
  const link = await tx.assignment.findFirst({ where: { vehicleId: id, status: 'ACTIVE' }, select: { id: true } });
  if (link) throw refusal('VEHICLE_ALREADY_ASSIGNED', { assignmentId: link.id });
  const isDriven = [
    await tx.tripAssignment.count({ where: { vehicleId: id, ...openAssignment } }),
    await tx.attendance.count({ where: { vehicleId: id, ...openShift } }),
  ].some((count) => count > 0);
  if (isDriven) throw refusal('VEHICLE_DRIVEN');
  if ((await tx.virtualAccount.count({ where: { vehicleId: id } })) > 0) throw refusal('VEHICLE_HAS_QR');
};

export const vehicleChanges = [
  patch('/vehicles/:id', {
    allow: 'vehicles:change',
    summary: 'Change a vehicle; a SUPER_ADMIN moves it to another fleet, where it is in no hub',
    says: 'Vehicle updated successfully',
    params: ById('vehicle'),
    body: VehicleChange,
    returns: VehicleView,
    refuses: ['VEHICLE_NUMBER_TAKEN', 'VEHICLE_ALREADY_ASSIGNED', 'VEHICLE_DRIVEN', 'FLEET_INACTIVE', 'VEHICLE_HAS_QR'],
    async handle({ vehicle: { id }, fleet, body, actor, db, visible }) {
      await db.$transaction(async (tx) => {
        if (fleet) await holdFleet(tx, { id: fleet.id });
        const vehicle = await lockedVehicle(tx, id, visible.vehicle);
        const changes = differing({ ...body, bodyType: bodyTypeOf(body) }, vehicle);
        const fields = Object.keys(changes);
        if (fields.length === 0) return;
        requireInsuranceOrder(changes, vehicle);
        // Only a SUPER_ADMIN sees another fleet than that of the vehicle, so nobody else names one.
        if (changes.fleetId) await requireMovable(tx, id, changes.fleetId);
        const moved = changes.fleetId ? { hubId: null } : {};
        await tx.vehicle.update({ where: { id }, data: { ...changes, ...moved }, select: { id: true } });
        const { vehicleNumber, fleetId } = vehicle;
        await audit(tx, actor, {
          ...{ action: 'vehicle.updated', subject: 'vehicle', subjectId: id, before: { vehicleNumber, fleetId } },
          after: { fields, vehicleNumber: changes.vehicleNumber ?? vehicleNumber, fleetId: changes.fleetId ?? fleetId },
        });
      });
      return vehicleView(await db.vehicle.findUniqueOrThrow({ where: { id }, include: { assignments: activeLink } }));
    },
  }),
];
