import {
  driverStatuses,
  DriverView,
  driverView,
  kycStatuses,
  ListedDriver,
  listedDriver,
  dutyShift,
  readDriver,
  text,
} from './driver-views.ts';
import { driverSurroundings } from './driver-rows.ts';
import type { DriverRow } from './driver-rows.ts';
import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { audit } from '../../prisma/audit.ts';
import { holdOpenHub } from '../../prisma/locks.ts';
import { post as postJournal } from '../../prisma/post.ts';
import { depositOpening } from '../../workflows/domain/money/journals/deposits.ts';
import { rupeeText } from '../../workflows/domain/money.ts';
import { instant } from '../../workflows/domain/time.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { AssignmentView, slimAssignment } from '../fleet/assignment-views.ts';
import { requireOpenFleet } from '../fleet/cascades.ts';
import { get, post } from '../http/endpoint.ts';
import { createOnce } from '../http/once.ts';
import { ById, idOf, Instant, pageOf, Paging, Search, skipTake, Word } from '../http/shapes.ts';
import { mayReveal, sealedNumbers } from './personal-numbers.ts';
import { VehicleView, vehicleView } from '../fleet/vehicle-views.ts';
import { kycDecision, NewDriver, requireWorkingAge, userForDriver } from './driver-profiles.ts';

/** Where a driver belongs, and the vehicle that they have. */
const Surroundings = {
  fleet: z.object({
    id: z.string(),
    shortId: z.string(),
    name: z.string(),
    city: z.string(),
    mobile: z.string(),
    status: z.string(),
  }),
  hub: z
    .object({
      id: z.string(),
      shortId: z.string(),
      address: z.string(),
      hubType: z.string(),
      location: z.object({ lat: z.number(), lng: z.number() }),
      geofenceRadius: z.number(),
    })
    .nullable(),
  assignments: z.array(
    AssignmentView.omit({ driver: true }).extend({ vehicle: VehicleView.extend({ vehicleType: text }) }),
  ),
};

const Filtered = z.object({
  status: Word(driverStatuses).optional(),
  kycStatus: Word(kycStatuses).optional(),
  isAvailable: z.enum(['true', 'false']).optional(),
  q: Search.optional(),
  ...Paging,
});

export const drivers = [
  post('/drivers', {
    allow: 'drivers:create',
    summary: 'Create a driver profile, and its user when none is named',
    says: 'Driver created successfully',
    status: 201,
    body: NewDriver,
    returns: DriverView,
    refuses: [
      'USER_ROLE_NOT_DRIVER',
      'DRIVER_PROFILE_EXISTS',
      'PHONE_TAKEN',
      'FLEET_INACTIVE',
      'FLEET_MISMATCH',
      'HUB_INACTIVE',
      'DRIVER_NOT_ACTIVE',
      'FIELD_FORBIDDEN',
    ],
    async handle({ body, fleet, hub, caller, actor, db, newId, services }) {
      if (body.depositBalance && caller.role !== 'SUPER_ADMIN')
        throw refusal('FIELD_FORBIDDEN', { field: 'depositBalance' });
      requireWorkingAge(body);
      if (hub && hub.fleetId !== fleet.id) throw refusal('FLEET_MISMATCH');
      const id = newId();
      const {
        userId: namedUserId,
        aadharNumber,
        panNumber,
        gstNumber,
        bankAccountNumber,
        depositBalance,
        ...fields
      } = body;
      const licenses = {
        licenseNumber: body.licenseNumber ?? body.dlNumber,
        dlNumber: body.dlNumber ?? body.licenseNumber,
      };
      const kyc = kycDecision(body, caller);
      await createOnce(() =>
        db.$transaction(async (tx) => {
          await requireOpenFleet(tx, fleet.id);
          if (hub) await holdOpenHub(tx, hub.id);
          const userId = await userForDriver(tx, namedUserId, body, {
            driverId: id,
            newUserId: newId('user'),
            createdBy: actor.userId,
          });
          const { paymentModel, revSharePercentage } = await tx.driver.create({
            data: {
              ...fields,
              ...licenses,
              ...kyc,
              revSharePercentage: fields.revSharePercentage ?? services.env.DEFAULT_REV_SHARE_PERCENTAGE,
              id,
              userId,
              isAvailable: fields.isAvailable !== false && fields.status !== 'INACTIVE',
              ...sealedNumbers(services.sealer, id, { aadharNumber, panNumber, gstNumber, bankAccountNumber }),
              bankChangedAt: bankAccountNumber ? new Date() : null,
            },
          });
          if (depositBalance) {
            const opening = { driverId: id, fleetId: fleet.id, by: actor.userId, amount: depositBalance };
            await postJournal(tx, depositOpening({ ...opening, occurredAt: instant(Date.now()) }));
          }
          const after = {
            ...{ kycStatus: kyc.kycStatus, paymentModel, revSharePercentage },
            ...(depositBalance ? { depositBalance: rupeeText(depositBalance) } : {}),
          };
          await audit(tx, actor, { action: 'driver.created', subject: 'driver', subjectId: id, after });
        }),
      );
      const driver = await readDriver(db, id, services.sealer);
      services.callers.forgetUser(driver.userId);
      return driver;
    },
  }),

  get('/drivers/fleet/:fleetId', {
    allow: 'drivers:read',
    summary: 'List the drivers of a fleet',
    params: z.object({ fleetId: idOf('fleet') }),
    query: Filtered.extend({ hubId: idOf('hub', { orNone: true }).optional() }),
    list: true,
    returns: ListedDriver,
    handle({ fleet, query, db, visible }) {
      const { hubId } = query;
      const ofHub = hubId ? { hubId: String(hubId) === 'none' ? null : hubId } : {};
      return driversPage(db, { AND: [visible.driver, { fleetId: fleet.id }, ofHub] }, query);
    },
  }),

  get('/drivers/hub/:hubId', {
    allow: 'drivers:read',
    summary: 'List the drivers of a hub',
    params: z.object({ hubId: idOf('hub') }),
    query: Filtered,
    list: true,
    returns: ListedDriver,
    handle: ({ hub, query, db, visible }) =>
      driversPage(db, { AND: [visible.driver, { fleetId: hub.fleetId, hubId: hub.id }] }, query),
  }),

  get('/drivers/me', {
    allow: 'drivers:read-own',
    summary: "The driver's own profile, with everything the app needs at its start",
    returns: DriverView.extend({
      ...Surroundings,
      user: z.object({
        id: z.string(),
        shortId: z.string(),
        name: z.string(),
        phone: z.string(),
        referralCode: text,
      }),
      activeAttendance: z
        .object({
          id: z.string(),
          status: z.string(),
          checkInTime: Instant,
          openBreak: z.object({ id: z.string(), startTime: Instant }).nullable(),
        })
        .nullable(),
    }),
    async handle({ caller, db, services }) {
      const found = await db.driver.findFirst({
        where: { userId: caller.userId },
        include: { ...driverSurroundings, user: true },
      });
      if (!found) throw refusal('NOT_FOUND', { resource: 'driver' });
      const { attendances, user } = found;
      const [shift] = attendances;
      return {
        ...(await driverView(db, found, services.sealer, false)),
        ...surroundingsOf(found),
        user: { ...user, referralCode: null },
        activeAttendance: shift ? { ...shift, openBreak: shift.breaks[0] ?? null } : null,
      };
    },
  }),

  get('/drivers/:id', {
    allow: 'drivers:read',
    summary: 'Read a driver; `reveal=true` shows personal numbers and is audited',
    params: ById('driver'),
    query: z.object({ reveal: z.enum(['true', 'false']).optional() }),
    returns: DriverView.extend(Surroundings),
    async handle({ driver, query, caller, actor, db, services }) {
      const reveals = query.reveal === 'true' && mayReveal(caller.role);
      if (reveals) {
        await audit(db, actor, { action: 'driver.revealed', subject: 'driver', subjectId: driver.id });
      }
      return { ...(await driverView(db, driver, services.sealer, reveals)), ...surroundingsOf(driver) };
    },
  }),
];

const driversPage = async (db: Db, of: Prisma.DriverWhereInput, query: z.output<typeof Filtered>) => {
  const { status, kycStatus, isAvailable, q } = query;
  const where: Prisma.DriverWhereInput = {
    AND: [
      of,
      status ? { status } : {},
      kycStatus ? { kycStatus } : {},
      isAvailable ? { isAvailable: isAvailable === 'true' } : {},
      q ? named(q) : {},
    ],
  };
  const page = pageOf(query);
  const [total, rows] = await Promise.all([
    db.driver.count({ where }),
    db.driver.findMany({
      where,
      include: { attendances: dutyShift },
      orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
      ...skipTake(page),
    }),
  ]);
  return { ...page, total, rows: rows.map(listedDriver) };
};

const surroundingsOf = ({ fleet, hub, assignments }: Omit<DriverRow, 'attendances'>) => ({
  fleet,
  hub: hub && { ...hub, location: { lat: hub.lat, lng: hub.lng } },
  assignments: assignments.map((link) => ({
    ...slimAssignment(link),
    vehicle: { ...vehicleView({ ...link.vehicle, assignments: [link] }), vehicleType: link.vehicle.bodyType },
  })),
});

const named = (q: string): Prisma.DriverWhereInput => {
  const contains = { contains: q, mode: 'insensitive' as const };
  return { OR: [{ firstName: contains }, { lastName: contains }, { mobile: { contains: q } }] };
};
