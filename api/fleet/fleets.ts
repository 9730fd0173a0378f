import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { audit } from '../../prisma/audit.ts';
import { lockDriversOf } from '../../prisma/locks.ts';
import type { Sealer } from '../../prisma/sealed.ts';
import { endLogins, requireNoStartedTrip, tellDriversLost } from './cascades.ts';
import { get, patch, post } from '../http/endpoint.ts';
import { createOnce } from '../http/once.ts';
import {
  ById,
  DateIn,
  HttpsUrl,
  Instant,
  pageOf,
  Paging,
  Pan,
  Phone,
  Search,
  skipTake,
  Text,
  Word,
} from '../http/shapes.ts';
import { whereId } from '../http/records.ts';
import { mayReveal, shown } from '../people/personal-numbers.ts';
import { endLinks } from '../../prisma/roster.ts';

const FleetView = z.object({
  id: z.string(),
  shortId: z.string(),
  name: z.string(),
  mobile: z.string(),
  email: z.string().nullable(),
  city: z.string(),
  dob: Instant.nullable(),
  fleetType: z.enum(['INDIVIDUAL', 'COMPANY']),
  gstNumber: z.string().nullable(),
  panNumber: z.string(),
  panCardUrl: z.string().nullable(),
  modeId: z.string(),
  status: z.enum(['ACTIVE', 'INACTIVE']),
  fleetAdminName: z.string().nullable(),
  fleetAdminMobile: z.string().nullable(),
  deactivatedAt: Instant.nullable(),
  deactivatedBy: z.string().nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(FleetView, { id: 'Fleet' });

const firstAdmin = {
  where: { role: 'FLEET_ADMIN', isActive: true },
  orderBy: { createdAt: 'asc' },
  take: 1,
  select: { name: true, phone: true },
} satisfies Prisma.Fleet$usersArgs;

type FleetRow = Prisma.FleetGetPayload<{ include: { users: typeof firstAdmin } }>;

const fleetView = ({ users: [admin], ...fleet }: FleetRow, sealer: Sealer, reveals = false) => ({
  ...fleet,
  panNumber: shown(sealer, 'identity-number', { sealed: fleet.sealedPanNumber, rowId: fleet.id }, reveals),
  gstNumber:
    fleet.sealedGstNumber &&
    shown(sealer, 'identity-number', { sealed: fleet.sealedGstNumber, rowId: fleet.id }, reveals),
  fleetAdminName: admin?.name ?? null,
  fleetAdminMobile: admin?.phone ?? null,
});

const readFleet = async (db: Db, id: string, sealer: Sealer) =>
  fleetView(await db.fleet.findUniqueOrThrow({ where: { id }, include: { users: firstAdmin } }), sealer);

/** The fleets of a city. Cities are free text; case and spaces do not make another one. Source: vehicles-fleets.md rule 8. */
const fleetsIn = async (db: Db, city: string): Promise<string[]> => {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "fleets"
    WHERE lower(regexp_replace("city", '\\s+', ' ', 'g')) = lower(regexp_replace(${city}, '\\s+', ' ', 'g')) LIMIT ${fleetsMax}`;
  return rows.map(({ id }) => id);
};

const fleetsMax = 1000;

export const fleets = [
  post('/fleets', {
    allow: 'fleets:create',
    summary: 'Create a fleet, with its first administrator when named',
    says: 'Fleet created successfully',
    status: 201,
    body: z.object({
      name: Text(120),
      mobile: Phone,
      city: Text(120),
      fleetType: Word(['INDIVIDUAL', 'COMPANY']),
      panNumber: Pan,
      email: z.email().max(200).optional(),
      dob: DateIn.optional(),
      gstNumber: z.string().length(15).optional(),
      modeId: Text(40).default('CAB'),
      fleetAdminName: Text(120).optional(),
      // The panel sends a file object here, which arrives empty; only a link counts.
      panCardFile: HttpsUrl.optional().catch(undefined),
    }),
    returns: FleetView,
    refuses: ['FLEET_MOBILE_TAKEN', 'PHONE_TAKEN'],
    async handle({ body, actor, db, newId, services: { sealer } }) {
      const { fleetAdminName, panCardFile, panNumber, gstNumber, ...fields } = body;
      const id = newId();
      const sealed = {
        sealedPanNumber: sealer.seal('identity-number', panNumber, id),
        sealedGstNumber: gstNumber ? sealer.seal('identity-number', gstNumber, id) : null,
      };
      await createOnce(() =>
        db.$transaction(async (tx) => {
          await tx.fleet.create({ data: { id, ...fields, ...sealed, panCardUrl: panCardFile ?? null } });
          await audit(tx, actor, { action: 'fleet.created', subject: 'fleet', subjectId: id });
          if (!fleetAdminName) return;
          const adminId = newId('admin');
          const admin = {
            id: adminId,
            name: fleetAdminName,
            phone: fields.mobile,
            fleetId: id,
            createdBy: actor.userId,
          };
          await tx.user.create({ data: { ...admin, role: 'FLEET_ADMIN' } });
          await audit(tx, actor, { action: 'user.created', subject: 'user', subjectId: adminId });
        }),
      );
      return readFleet(db, id, sealer);
    },
  }),

  get('/fleets', {
    allow: 'fleets:read',
    summary: 'List fleets by name; staff see their own',
    query: z.object({
      status: Word(['ACTIVE', 'INACTIVE']).optional(),
      fleetType: Word(['INDIVIDUAL', 'COMPANY']).optional(),
      city: Text(120).optional(),
      q: Search.optional(),
      ...Paging,
    }),
    list: true,
    returns: FleetView,
    async handle({ query, db, visible, services: { sealer } }) {
      const { status, fleetType, city, q } = query;
      const where: Prisma.FleetWhereInput = {
        AND: [
          visible.fleet,
          status ? { status } : {},
          fleetType ? { fleetType } : {},
          city ? { id: { in: await fleetsIn(db, city) } } : {},
          q ? { name: { contains: q, mode: 'insensitive' } } : {},
        ],
      };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.fleet.count({ where }),
        db.fleet.findMany({
          where,
          include: { users: firstAdmin },
          orderBy: [{ name: 'asc' }, { id: 'asc' }],
          ...skipTake(page),
        }),
      ]);
      return { ...page, total, rows: rows.map((row) => fleetView(row, sealer)) };
    },
  }),

  get('/fleets/:id', {
    allow: 'fleets:read',
    summary: 'Read a fleet with its counts; whoever is shown its PAN whole is audited',
    params: ById('fleet'),
    returns: FleetView.extend({
      counts: z.object({ hubs: z.number(), vehicles: z.number(), drivers: z.number(), managers: z.number() }),
    }),
    async handle({ params, caller, actor, db, services }) {
      const { _count, ...fleet } = await db.fleet.findFirstOrThrow({
        where: whereId(params.id),
        include: {
          users: firstAdmin,
          _count: { select: { hubs: true, vehicles: true, drivers: true, users: { where: { role: 'MANAGER' } } } },
        },
      });
      const { users: managers, ...counts } = _count;
      const reveals = mayReveal(caller.role);
      if (reveals) await audit(db, actor, { action: 'fleet.revealed', subject: 'fleet', subjectId: fleet.id });
      return { ...fleetView(fleet, services.sealer, reveals), counts: { ...counts, managers } };
    },
  }),

  patch('/fleets/:id/deactivate', {
    allow: 'fleets:deactivate',
    summary: 'Close a fleet for good: no logins of its staff, no roster, no new work',
    says: 'Fleet deactivated successfully',
    params: ById('fleet'),
    body: z.object({}),
    returns: FleetView,
    refuses: ['TRIP_IN_PROGRESS'],
    async handle(context) {
      const { fleet, actor, db, services } = context;
      const { id } = fleet;
      const staff: Prisma.UserWhereInput = { fleetId: id, role: { in: ['FLEET_ADMIN', 'MANAGER', 'OPERATIONS'] } };
      const changed = await db.$transaction(async (tx) => {
        const data = { status: 'INACTIVE' as const, deactivatedAt: new Date(), deactivatedBy: actor.userId };
        if ((await tx.fleet.updateMany({ where: { id, status: 'ACTIVE' }, data })).count === 0) return false;
        await lockDriversOf(tx, id);
        await requireNoStartedTrip(tx, { driver: { fleetId: id } });
        await tx.driver.updateMany({ where: { fleetId: id }, data: { isAvailable: false } });
        await endLinks(tx, { fleetId: id }, 'FLEET_INACTIVE', actor);
        await endLogins(tx, staff, 'FLEET_INACTIVE');
        await audit(tx, actor, { action: 'fleet.deactivated', subject: 'fleet', subjectId: id });
        return true;
      });
      services.callers.forgetFleet(id);
      if (changed) await tellDriversLost(context, { fleetId: id });
      return readFleet(db, id, services.sealer);
    },
  }),
];
