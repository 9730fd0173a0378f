import { isDeepStrictEqual } from 'node:util';
import { audit } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { holdFleet, openAssignment, openShift } from '../../prisma/locks.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { requireOpenFleet } from './cascades.ts';
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

const lockedVehicle = async (tx: Tx, id: string, visible: Prisma.VehicleWhereInput) => {
  await tx.$queryRaw`SELECT "id" FROM "vehicles" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`;
  const vehicle = await tx.vehicle.findFirst({ where: { id, AND: visible } });
  if (!vehicle) throw refusal('SCOPE_FORBIDDEN', { resource: 'vehicle' });
  return vehicle;
};

export const vehicleChanges = [
  patch('/vehicles/:id', {
    allow: 'vehicles:change',
    summary: 'Change a vehicle; a SUPER_ADMIN moves it to another fleet, where it is in no hub',
    says: 'Vehicle updated successfully',
    params: ById('vehicle'),
    body: VehicleChange,
    returns: VehicleView,
    refuses: [
      'FIELD_FORBIDDEN',
      'VEHICLE_NUMBER_TAKEN',
      'VEHICLE_ALREADY_ASSIGNED',
      'VEHICLE_DRIVEN',
      'FLEET_INACTIVE',
      'VEHICLE_HAS_QR',
    ],
    async handle({ vehicle: { id }, fleet, body, caller, actor, db, visible }) {
      await db.$transaction(async (tx) => {
        if (fleet) await holdFleet(tx, { id: fleet.id });
        const vehicle = await lockedVehicle(tx, id, visible.vehicle);
        const current: Readonly<Record<string, unknown>> = vehicle;
        const changes: typeof body = Object.fromEntries(
          Object.entries({ ...body, bodyType: bodyTypeOf(body) }).filter(
            ([field, value]) => value !== undefined && !isDeepStrictEqual(value, current[field]),
          ),
        );
        const fields = Object.keys(changes);
        if (fields.length === 0) return;
        requireInsuranceOrder(changes, vehicle);
        if (changes.fleetId && caller.role !== 'SUPER_ADMIN') throw refusal('FIELD_FORBIDDEN', { field: 'fleetId' });
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
