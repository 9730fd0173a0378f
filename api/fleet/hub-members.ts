import { z } from 'zod';
import { audit } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import { holdOpenHub, lockDrivers } from '../../prisma/locks.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import { whereId } from '../http/records.ts';
import type { Loaded } from '../http/scope.ts';
import { ById, idOf } from '../http/shapes.ts';
import { dutyShift, ListedDriver, listedDriver } from '../people/driver-views.ts';
import { activeLink, vehicleView, VehicleView } from './vehicle-views.ts';

// Members are named without being loaded: one that is in no hub yet is in nobody's hub, and may be taken into a hub of its fleet.
const OfDriver = z.object({ driverId: idOf('driver', { unloaded: true }) });
const OfVehicle = z.object({ vehicleId: idOf('vehicle', { unloaded: true }) });

type Desk = Pick<Base, 'visible'> & { hub: Loaded['hub']; actor: Actor };
type Move = 'add' | 'remove';

/** In no hub of the fleet yet, so that whoever has one may take it. */
const isFree = ({ hub }: Desk, member: { fleetId: string; hubId: string | null }): boolean =>
  member.hubId === null && member.fleetId === hub.fleetId;

/** The hub that a member has after a move, or null when it has it already. Source: vehicles-fleets.md, add-vehicle. */
const hubAfter = (
  { hub }: Desk,
  member: { fleetId: string; hubId: string | null },
  move: Move,
): { hubId: string | null } | null => {
  if (member.fleetId !== hub.fleetId) throw refusal('FLEET_MISMATCH');
  if (move === 'add') return member.hubId === hub.id ? null : { hubId: hub.id };
  if (member.hubId !== hub.id) throw refusal('NOT_IN_HUB', { hubId: member.hubId });
  return { hubId: null };
};

const auditMoved = (tx: Tx, { actor }: Desk, subject: 'driver' | 'vehicle', id: string, hubs: (string | null)[]) => {
  const [before = null, after = null] = hubs;
  const audited = { action: `${subject}.hubChanged`, subject, subjectId: id };
  return audit(tx, actor, { ...audited, before: { hubId: before }, after: { hubId: after } });
};

/** Moves a driver into a hub or out of it. Who has a vehicle stays in the hub of the vehicle. */
const moveDriver = async (tx: Tx, desk: Desk, driverId: string, move: Move): Promise<string> => {
  const { hub, visible } = desk;
  if (move === 'add') await holdOpenHub(tx, hub.id);
  const named = await tx.driver.findFirst({ where: whereId(driverId), select: { id: true } });
  if (!named) throw refusal('NOT_FOUND', { resource: 'driver' });
  const { id } = named;
  await lockDrivers(tx, [id]);
  const driver = await tx.driver.findUniqueOrThrow({
    where: { id },
    include: { assignments: { where: { status: 'ACTIVE' }, include: { vehicle: true } } },
  });
  const isSeen = isFree(desk, driver) || (await tx.driver.count({ where: { id, AND: visible.driver } })) > 0;
  if (!isSeen) throw refusal('SCOPE_FORBIDDEN', { resource: 'driver' });
  const after = hubAfter(desk, driver, move);
  if (!after) return id;
  const [link] = driver.assignments;
  if (link && link.vehicle.hubId !== after.hubId) throw refusal('DRIVER_ALREADY_ASSIGNED', { assignmentId: link.id });
  await tx.driver.update({ where: { id }, data: after, select: { id: true } });
  await auditMoved(tx, desk, 'driver', id, [driver.hubId, after.hubId]);
  return id;
};

/** The same of a vehicle. */
const moveVehicle = async (tx: Tx, desk: Desk, vehicleId: string, move: Move): Promise<string> => {
  const { hub, visible } = desk;
  if (move === 'add') await holdOpenHub(tx, hub.id);
  const named = await tx.vehicle.findFirst({ where: whereId(vehicleId), select: { id: true } });
  if (!named) throw refusal('NOT_FOUND', { resource: 'vehicle' });
  const { id } = named;
  await tx.$queryRaw`SELECT "id" FROM "vehicles" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`;
  const vehicle = await tx.vehicle.findUniqueOrThrow({
    where: { id },
    include: { assignments: { where: { status: 'ACTIVE' }, include: { driver: true } } },
  });
  const isSeen = isFree(desk, vehicle) || (await tx.vehicle.count({ where: { id, AND: visible.vehicle } })) > 0;
  if (!isSeen) throw refusal('SCOPE_FORBIDDEN', { resource: 'vehicle' });
  const after = hubAfter(desk, vehicle, move);
  if (!after) return id;
  const [link] = vehicle.assignments;
  if (link && link.driver.hubId !== after.hubId) throw refusal('VEHICLE_ALREADY_ASSIGNED', { assignmentId: link.id });
  await tx.vehicle.update({ where: { id }, data: after, select: { id: true } });
  await auditMoved(tx, desk, 'vehicle', id, [vehicle.hubId, after.hubId]);
  return id;
};

/** Whose scope follows their hub is known anew. */
const movedDriver = async (context: Base & Desk, driverId: string, move: Move) => {
  const { db, services } = context;
  const id = await db.$transaction((tx) => moveDriver(tx, context, driverId, move));
  const driver = await db.driver.findUniqueOrThrow({ where: { id }, include: { attendances: dutyShift } });
  services.callers.forgetUser(driver.userId);
  return listedDriver(driver);
};

const movedVehicle = async (context: Base & Desk, vehicleId: string, move: Move) => {
  const { db } = context;
  const id = await db.$transaction((tx) => moveVehicle(tx, context, vehicleId, move));
  return vehicleView(await db.vehicle.findUniqueOrThrow({ where: { id }, include: { assignments: activeLink } }));
};

export const hubMembers = [
  post('/fleets/hubs/:id/add-driver', {
    allow: 'hubs:change',
    summary: 'Put a driver into a hub, also from another one',
    says: 'Driver added to hub successfully',
    params: ById('hub'),
    body: OfDriver,
    returns: ListedDriver,
    refuses: ['FLEET_MISMATCH', 'HUB_INACTIVE', 'DRIVER_ALREADY_ASSIGNED'],
    handle: (context) => movedDriver(context, context.body.driverId, 'add'),
  }),

  post('/fleets/hubs/:id/remove-driver', {
    allow: 'hubs:change',
    summary: 'Take a driver out of a hub',
    says: 'Driver removed from hub successfully',
    params: ById('hub'),
    body: OfDriver,
    returns: ListedDriver,
    refuses: ['FLEET_MISMATCH', 'NOT_IN_HUB', 'DRIVER_ALREADY_ASSIGNED'],
    handle: (context) => movedDriver(context, context.body.driverId, 'remove'),
  }),

  post('/fleets/hubs/:id/add-vehicle', {
    allow: 'hubs:change',
    summary: 'Put a vehicle into a hub, also from another one',
    says: 'Vehicle added to hub successfully',
    params: ById('hub'),
    body: OfVehicle,
    returns: VehicleView,
    refuses: ['FLEET_MISMATCH', 'HUB_INACTIVE', 'VEHICLE_ALREADY_ASSIGNED'],
    handle: (context) => movedVehicle(context, context.body.vehicleId, 'add'),
  }),

  post('/fleets/hubs/:id/remove-vehicle', {
    allow: 'hubs:change',
    summary: 'Take a vehicle out of a hub',
    says: 'Vehicle removed from hub successfully',
    params: ById('hub'),
    body: OfVehicle,
    returns: VehicleView,
    refuses: ['FLEET_MISMATCH', 'NOT_IN_HUB', 'VEHICLE_ALREADY_ASSIGNED'],
    handle: (context) => movedVehicle(context, context.body.vehicleId, 'remove'),
  }),
];
