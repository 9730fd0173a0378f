import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { audit } from '../../prisma/audit.ts';
import { requireOpenFleet } from './cascades.ts';
import { get, post } from '../http/endpoint.ts';
import { createOnce } from '../http/once.ts';
import {
  also,
  ById,
  called,
  Instant,
  Latitude,
  Longitude,
  NumericText,
  pageOf,
  Paging,
  skipTake,
  Text,
} from '../http/shapes.ts';

const HubView = z.object({
  id: z.string(),
  shortId: z.string(),
  fleetId: z.string(),
  name: z.string().nullable(),
  address: z.string(),
  location: z.object({ lat: z.number(), lng: z.number() }),
  geofenceRadius: z.number(),
  hubType: z.string(),
  city: z.string().nullable(),
  hubManagerId: z.string().nullable(),
  status: z.enum(['ACTIVE', 'INACTIVE']),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(HubView, { id: 'Hub' });

/** `hubManager` is filled once hub managers exist. */
const ListedHub = HubView.extend({ hubManager: z.null() });

const hubView = (hub: Prisma.HubGetPayload<object>) => ({ ...hub, location: { lat: hub.lat, lng: hub.lng } });

const NewHub = z.object({
  name: Text(120).optional(),
  address: also(Text(500), 'name'),
  lat: called('location.lat', also(Latitude, 'location.lat', 'location.latitude', 'lat')),
  lng: called('location.lng', also(Longitude, 'location.lng', 'location.longitude', 'lng')),
  hubType: Text(40)
    .default('OFFICE')
    .transform((type) => type.toUpperCase()),
  city: Text(120).optional(),
  geofenceRadius: also(NumericText.pipe(z.number().int().min(50).max(2000)).default(500), 'radius'),
});

export const hubs = [
  post('/fleets/:id/hubs', {
    allow: 'hubs:create',
    summary: 'Create a hub',
    says: 'Hub created successfully',
    status: 201,
    params: ById('fleet'),
    body: NewHub,
    returns: HubView,
    refuses: ['FLEET_INACTIVE'],
    async handle({ fleet, body, caller, actor, db, newId, services }) {
      const id = newId();
      const joins = caller.role === 'OPERATIONS';
      await createOnce(() =>
        db.$transaction(async (tx) => {
          await requireOpenFleet(tx, fleet.id);
          await tx.hub.create({ data: { id, fleetId: fleet.id, ...body } });
          // Whoever works hub by hub could otherwise not see what they made.
          if (joins) await tx.userHub.create({ data: { userId: caller.userId, hubId: id } });
          await audit(tx, actor, { action: 'hub.created', subject: 'hub', subjectId: id });
        }),
      );
      if (joins) services.callers.forgetUser(caller.userId);
      return hubView(await db.hub.findUniqueOrThrow({ where: { id } }));
    },
  }),

  get('/fleets/:id/hubs', {
    allow: 'hubs:read',
    summary: 'List the hubs of a fleet',
    params: ById('fleet'),
    query: z.object(Paging),
    list: true,
    returns: ListedHub,
    async handle({ fleet, query, db, visible }) {
      const where: Prisma.HubWhereInput = { fleetId: fleet.id, AND: visible.hub };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.hub.count({ where }),
        db.hub.findMany({ where, orderBy: [{ createdAt: 'desc' }, { id: 'asc' }], ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map((hub) => ({ ...hubView(hub), hubManager: null })) };
    },
  }),

  get('/fleets/hubs/:id', {
    allow: 'hubs:read',
    summary: 'Read a hub with its counts',
    params: ById('hub'),
    returns: HubView.extend({ counts: z.object({ vehicles: z.number(), drivers: z.number() }) }),
    async handle({ hub, db }) {
      const [vehicles, drivers] = await Promise.all([
        db.vehicle.count({ where: { hubId: hub.id } }),
        db.driver.count({ where: { hubId: hub.id } }),
      ]);
      return { ...hubView(hub), counts: { vehicles, drivers } };
    },
  }),
];
