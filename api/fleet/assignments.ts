import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { audit } from '../../prisma/audit.ts';
import { holdFleet, lockDrivers, lockVehicles, openShift, withOpenBreak } from '../../prisma/locks.ts';
import type { VehicleGiven } from '../../workflows/domain/shifts/attendance.ts';
import { commandOf } from '../../workflows/shared/record.ts';
import { shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { shiftProcess, vehicleGivenId } from '../../workflows/processes.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { dayMs, istDayStartMs } from '../../workflows/domain/time.ts';
import type { IstDay } from '../../workflows/domain/time.ts';
import { requireNoStartedTrip } from './cascades.ts';
import { assignmentView, AssignmentView, withBoth } from './assignment-views.ts';
import { get, patch, post, reply } from '../http/endpoint.ts';
import { uniqueViolation } from '../http/errors.ts';
import { createOnce } from '../http/once.ts';
import type { Base } from '../http/endpoint.ts';
import { ById, DayIn, idOf, InstantIn, pageOf, Paging, skipTake } from '../http/shapes.ts';
import { endLinks, tellLinked } from '../../prisma/roster.ts';

const pastHours = 24;
const aheadMinutes = 5;

/** Old clients send fixed dates; only a time around now is taken. */
const startOf = (sent: Date | undefined): Date => {
  const now = Date.now();
  const near = sent && sent.getTime() >= now - pastHours * 3_600_000 && sent.getTime() <= now + aheadMinutes * 60_000;
  return near ? sent : new Date(now);
};

/** Locks fleet and driver, then their present and their new vehicle in ascending id, so that two swaps wait for each other in one order. */
const lockPair = async (
  tx: Prisma.TransactionClient,
  fleetId: string,
  driverId: string,
  vehicleId: string,
): Promise<void> => {
  await holdFleet(tx, { id: fleetId });
  await lockDrivers(tx, [driverId]);
  const current = await tx.assignment.findMany({ where: { driverId, status: 'ACTIVE' }, select: { vehicleId: true } });
  const vehicleIds = [vehicleId, ...current.map((link) => link.vehicleId)];
  await lockVehicles(tx, vehicleIds);
};

/** Judged under the locks, on what is true now. Source: assignments.md, rules 1 and 2. */
const requireLinkable = async (
  tx: Prisma.TransactionClient,
  driverId: string,
  vehicleId: string,
  fleetId: string,
): Promise<void> => {
  const driver = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, include: { user: true } });
  const vehicle = await tx.vehicle.findUniqueOrThrow({ where: { id: vehicleId } });
  const fleet = await tx.fleet.findUniqueOrThrow({ where: { id: fleetId } });
  if (driver.fleetId !== fleet.id || vehicle.fleetId !== fleet.id) throw refusal('FLEET_MISMATCH');
  if (!driver.hubId || driver.hubId !== vehicle.hubId) throw refusal('HUB_MISMATCH');
  const status = driver.user.isActive ? driver.status : 'USER_INACTIVE';
  if (status !== 'ACTIVE') throw refusal('DRIVER_NOT_ACTIVE', { status });
  if (vehicle.status !== 'ACTIVE') throw refusal('VEHICLE_INACTIVE');
  if (fleet.status !== 'ACTIVE') throw refusal('FLEET_INACTIVE');
};

export const assignments = [
  post('/assignments', {
    allow: 'assignments:create',
    summary: 'Put a driver on a vehicle',
    says: 'Assignment created successfully',
    status: 201,
    body: z.object({
      driverId: idOf('driver'),
      vehicleId: idOf('vehicle'),
      fleetId: idOf('fleet').optional(),
      startTime: z.union([InstantIn, z.iso.date().transform(() => undefined)]).optional(),
      replaceActive: z.boolean().optional(),
    }),
    returns: AssignmentView,
    refuses: [
      'FLEET_MISMATCH',
      'HUB_MISMATCH',
      'DRIVER_NOT_ACTIVE',
      'VEHICLE_INACTIVE',
      'FLEET_INACTIVE',
      'DRIVER_ALREADY_ASSIGNED',
      'VEHICLE_ALREADY_ASSIGNED',
      'TRIP_IN_PROGRESS',
    ],
    async handle(context) {
      const { body, driver, vehicle, fleet, actor, db, newId } = context;
      const owner = fleet ?? (await db.fleet.findUniqueOrThrow({ where: { id: driver.fleetId } }));
      const id = newId();
      const link = () =>
        db.$transaction(async (tx) => {
          await lockPair(tx, owner.id, driver.id, vehicle.id);
          await requireLinkable(tx, driver.id, vehicle.id, owner.id);
          if (body.replaceActive) await endCurrent(tx, driver.id, vehicle.id, actor);
          const startTime = startOf(body.startTime);
          const data = { id, fleetId: owner.id, driverId: driver.id, vehicleId: vehicle.id, startTime };
          await tx.assignment.create({ data: { ...data, createdBy: actor.userId } });
          await audit(tx, actor, { action: 'assignment.created', subject: 'assignment', subjectId: id });
          await tellLinked(tx, id);
        });
      try {
        await createOnce(link);
      } catch (error) {
        return await existingLink(db, error, driver.id, vehicle.id);
      }
      await tellOpenShift(context, id);
      return assignmentView(await db.assignment.findUniqueOrThrow({ where: { id }, include: withBoth }));
    },
  }),

  get('/assignments/fleet/:fleetId', {
    allow: 'assignments:read',
    summary: 'The roster of a fleet: active links first, then ended ones, newest first',
    params: z.object({ fleetId: idOf('fleet') }),
    query: z.object({
      status: z.enum(['ACTIVE', 'ENDED']).optional(),
      driverId: idOf('driver').optional(),
      vehicleId: idOf('vehicle').optional(),
      hubId: idOf('hub').optional(),
      activeOn: DayIn.optional(),
      ...Paging,
    }),
    list: true,
    returns: AssignmentView,
    async handle({ fleet, query, db, visible }) {
      const { status, driverId, vehicleId, hubId, activeOn } = query;
      const where: Prisma.AssignmentWhereInput = {
        AND: [
          visible.assignment,
          { fleetId: fleet.id },
          status ? { status } : {},
          driverId ? { driverId } : {},
          vehicleId ? { vehicleId } : {},
          hubId ? { driver: { hubId } } : {},
          activeOn ? activeDuring(activeOn as IstDay) : {},
        ],
      };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.assignment.count({ where }),
        db.assignment.findMany({
          where,
          include: withBoth,
          orderBy: [{ status: 'asc' }, { startTime: 'desc' }, { id: 'asc' }],
          ...skipTake(page),
        }),
      ]);
      return { ...page, total, rows: rows.map(assignmentView) };
    },
  }),

  patch('/assignments/:id/end', {
    allow: 'assignments:end',
    summary: 'End a roster link; ending it twice changes nothing',
    says: 'Assignment ended successfully',
    params: ById('assignment'),
    body: z.object({ reason: z.string().max(500).optional() }),
    returns: AssignmentView,
    refuses: ['TRIP_IN_PROGRESS'],
    async handle({ assignment, actor, db }) {
      const { id, driverId, vehicleId } = assignment;
      await db.$transaction(async (tx) => {
        await lockDrivers(tx, [driverId]);
        if (assignment.status === 'ACTIVE') await requireNoStartedTrip(tx, { driverId, vehicleId });
        await endLinks(tx, { id }, 'MANUAL', actor);
      });
      return assignmentView(await db.assignment.findUniqueOrThrow({ where: { id }, include: withBoth }));
    },
  }),
];

/** A shift that began without a vehicle takes the one that its driver now has. */
const tellOpenShift = async ({ db, tell }: Pick<Base, 'db' | 'tell'>, assignmentId: string): Promise<void> => {
  const { driverId, vehicleId } = await db.assignment.findUniqueOrThrow({ where: { id: assignmentId } });
  const shift = await db.attendance.findFirst({
    where: { driverId, ...openShift, vehicleId: null },
    include: withOpenBreak,
  });
  if (!shift) return;
  const news = commandOf<VehicleGiven>('vehicleGiven');
  tell(shiftProcess(shiftFacts(shift)), news, { vehicleId }, vehicleGivenId(assignmentId));
};

const endCurrent = async (tx: Prisma.TransactionClient, driverId: string, vehicleId: string, actor: Actor) => {
  const current = { driverId, status: 'ACTIVE' as const, vehicleId: { not: vehicleId } };
  if ((await tx.assignment.count({ where: current })) === 0) return;
  await requireNoStartedTrip(tx, { driverId });
  await endLinks(tx, current, 'REPLACED', actor);
};

/** The same pair again is the same link; another one is in the way, and is named. */
const existingLink = async (db: Prisma.TransactionClient, error: unknown, driverId: string, vehicleId: string) => {
  const constraint = uniqueViolation(error);
  if (!constraint) throw error;
  const ofDriver = constraint === 'assignments_active_driver_key';
  const active = await db.assignment.findFirst({
    where: { status: 'ACTIVE', ...(ofDriver ? { driverId } : { vehicleId }) },
    include: withBoth,
  });
  if (active?.driverId === driverId && active.vehicleId === vehicleId) return reply(200, assignmentView(active));
  throw refusal(ofDriver ? 'DRIVER_ALREADY_ASSIGNED' : 'VEHICLE_ALREADY_ASSIGNED', {
    assignmentId: active?.id ?? null,
  });
};

const activeDuring = (day: IstDay): Prisma.AssignmentWhereInput => {
  const fromMs = istDayStartMs(day);
  const from = new Date(fromMs);
  return {
    startTime: { lt: new Date(fromMs + dayMs) },
    OR: [{ endTime: null }, { endTime: { gt: from } }],
  };
};
