import { z } from 'zod';
import { audit } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import { holdOpenHub, lockDrivers, lockVehicles } from '../../prisma/locks.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { post } from '../http/endpoint.ts';
import type { Base } from '../http/endpoint.ts';
import { whereId } from '../http/records.ts';
import type { Loaded, Visible } from '../http/scope.ts';
import { ById, idOf } from '../http/shapes.ts';
import { dutyShift, ListedDriver, listedDriver } from '../people/driver-views.ts';
import { activeLink, vehicleView, VehicleView } from './vehicle-views.ts';

// Members are named without being loaded: one that is in no hub yet is in nobody's hub, and may be taken into a hub of its fleet.
const OfDriver = z.object({ driverId: idOf('driver', { unloaded: true }) });
const OfVehicle = z.object({ vehicleId: idOf('vehicle', { unloaded: true }) });

type Desk = Pick<Base, 'visible' | 'isKeyed'> & { hub: Loaded['hub']; actor: Actor };
type Move = 'add' | 'remove';

/** A driver or a vehicle, and the other one of its roster link. */
interface Member {
  id: string;
  fleetId: string;
  hubId: string | null;
  link: { id: string; hubId: string | null } | undefined;
}

/** Reads a member under its lock, whose hub is changed by `put`. */
interface Kind {
  subject: 'driver' | 'vehicle';
  idOf: (tx: Tx, named: string) => Promise<{ id: string } | null>;
  locked: (tx: Tx, id: string) => Promise<Member>;
  seen: (tx: Tx, id: string, visible: Visible) => Promise<number>;
  put: (tx: Tx, id: string, hubId: string | null) => Promise<unknown>;
  isLinked: 'DRIVER_ALREADY_ASSIGNED' | 'VEHICLE_ALREADY_ASSIGNED';
}

const active = { status: 'ACTIVE' as const };

const drivers: Kind = {
  subject: 'driver',
  idOf: (tx, named) => tx.driver.findFirst({ where: whereId(named), select: { id: true } }),
  async locked(tx, id) {
    await lockDrivers(tx, [id]);
    const assignments = { where: active, select: { id: true, vehicle: { select: { hubId: true } } } };
    const driver = await tx.driver.findUniqueOrThrow({ where: { id }, include: { assignments } });
    const [link] = driver.assignments;
    return { ...driver, link: link && { id: link.id, hubId: link.vehicle.hubId } };
  },
  seen: (tx, id, { driver }) => tx.driver.count({ where: { id, AND: driver } }),
  put: (tx, id, hubId) => tx.driver.update({ where: { id }, data: { hubId }, select: { id: true } }),
  isLinked: 'DRIVER_ALREADY_ASSIGNED',
};

const vehicles: Kind = {
  subject: 'vehicle',
  idOf: (tx, named) => tx.vehicle.findFirst({ where: whereId(named), select: { id: true } }),
  async locked(tx, id) {
    await lockVehicles(tx, [id]);
    const assignments = { where: active, select: { id: true, driver: { select: { hubId: true } } } };
    const vehicle = await tx.vehicle.findUniqueOrThrow({ where: { id }, include: { assignments } });
    const [link] = vehicle.assignments;
    return { ...vehicle, link: link && { id: link.id, hubId: link.driver.hubId } };
  },
  seen: (tx, id, { vehicle }) => tx.vehicle.count({ where: { id, AND: vehicle } }),
  put: (tx, id, hubId) => tx.vehicle.update({ where: { id }, data: { hubId }, select: { id: true } }),
  isLinked: 'VEHICLE_ALREADY_ASSIGNED',
};

/** Whether somebody may move a member: it is theirs, or in no hub of the fleet yet, so that whoever has one may take it. */
const requireSeen = async (tx: Tx, { hub, visible }: Desk, kind: Kind, member: Member): Promise<void> => {
  const isFree = member.hubId === null && member.fleetId === hub.fleetId;
  if (isFree || (await kind.seen(tx, member.id, visible)) > 0) return;
  throw refusal('SCOPE_FORBIDDEN', { resource: kind.subject });
};

/**
 * Moves a member into a hub, also from another one, or out of it; returns its id. Linked ones stay in one hub. Source:
 * vehicles-fleets.md, add-vehicle.
 */
const moved = async (
  tx: Tx,
  desk: Desk,
  kind: Kind,
  { named, move }: { named: string; move: Move },
): Promise<string> => {
  const { hub, actor, isKeyed } = desk;
  const { subject } = kind;
  const found = await kind.idOf(tx, named);
  if (!found) throw refusal('NOT_FOUND', { resource: subject });
  const member = await kind.locked(tx, found.id);
  await requireSeen(tx, desk, kind, member);
  const { id, hubId: from, link } = member;
  if (member.fleetId !== hub.fleetId) throw refusal('FLEET_MISMATCH');
  const to = move === 'add' ? hub.id : null;
  // Without a hub it has been taken out of this one: by the try of the same request that was not answered.
  if (from === to && (move === 'add' || isKeyed)) return id;
  if (move === 'remove' && from !== hub.id) throw refusal('NOT_IN_HUB', { hubId: from });
  if (move === 'add') await holdOpenHub(tx, hub.id);
  if (link && link.hubId !== to) throw refusal(kind.isLinked, { assignmentId: link.id });
  await kind.put(tx, id, to);
  const audited = { action: `${subject}.hubChanged`, subject, subjectId: id };
  await audit(tx, actor, { ...audited, before: { hubId: from }, after: { hubId: to } });
  return id;
};

/** Whose scope follows their hub is known anew. */
const movedDriver = async (context: Base & Desk, named: string, move: Move) => {
  const { db, services } = context;
  const id = await db.$transaction((tx) => moved(tx, context, drivers, { named, move }));
  const driver = await db.driver.findUniqueOrThrow({ where: { id }, include: { attendances: dutyShift } });
  services.callers.forgetUser(driver.userId);
  return listedDriver(driver);
};

const movedVehicle = async (context: Base & Desk, named: string, move: Move) => {
  const { db } = context;
  const id = await db.$transaction((tx) => moved(tx, context, vehicles, { named, move }));
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
