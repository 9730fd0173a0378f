import { z } from 'zod';
import type { Tx } from '../../prisma/client.ts';
import type { Hub, Prisma } from '../../prisma/generated/client.ts';
import { audit } from '../../prisma/audit.ts';
import { requireOpenFleet } from './cascades.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { differing } from '../http/changes.ts';
import { get, patch, post } from '../http/endpoint.ts';
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
  requiring,
  skipTake,
  Text,
  Word,
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

const lat = called('location.lat', also(Latitude, 'location.lat', 'location.latitude', 'lat'));
const lng = called('location.lng', also(Longitude, 'location.lng', 'location.longitude', 'lng'));
const HubType = Text(40);
const upper = (text: string) => text.toUpperCase();
const Radius = NumericText.pipe(z.number().int().min(50).max(2000));

const NewHub = z.object({
  name: Text(120).optional(),
  address: also(Text(500), 'name'),
  ...{ lat, lng },
  hubType: HubType.default('OFFICE').transform(upper),
  city: Text(120).optional(),
  geofenceRadius: also(Radius.default(500), 'radius'),
});

/** What of a hub is changed. Half a place is none. */
const HubChange = requiring(
  z
    .object({
      name: Text(120).nullable().optional(),
      address: Text(500).optional(),
      ...{ lat: lat.optional(), lng: lng.optional() },
      hubType: HubType.transform(upper).optional(),
      geofenceRadius: also(Radius.optional(), 'radius'),
      status: Word(['ACTIVE', 'INACTIVE']).optional(),
    })
    .refine((sent) => Object.keys(sent).length > 0, 'needs at least one field'),
  '`lat` and `lng` come together',
  (sent) => {
    const missing = (['lat', 'lng'] as const).filter((field) => sent[field] === undefined);
    return missing.length === 1 ? missing : [];
  },
);

/** What an audit row says of a hub: where people may check in. */
const fenceOf = ({ name, address, lat, lng, geofenceRadius, hubType, status }: Hub) => ({
  ...{ name, address, lat, lng, geofenceRadius, hubType, status },
});

/** Nobody is left in a hub that closes. The hub must be locked. Source: vehicles-fleets.md rule 10. */
const requireEmpty = async (tx: Tx, hubId: string): Promise<void> => {
  const [drivers, vehicles] = [
    await tx.driver.count({ where: { hubId } }),
    await tx.vehicle.count({ where: { hubId } }),
  ];
  if (drivers + vehicles > 0) throw refusal('HUB_IN_USE', { drivers, vehicles });
};

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

  patch('/fleets/hubs/:id', {
    allow: 'hubs:change',
    summary: 'Change a hub; where it is counts for the next check-ins',
    says: 'Hub updated successfully',
    params: ById('hub'),
    body: HubChange,
    returns: HubView,
    refuses: ['HUB_IN_USE'],
    async handle({ hub: { id }, body, actor, db }) {
      const hub = await db.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT "id" FROM "hubs" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`;
        const known = await tx.hub.findUniqueOrThrow({ where: { id } });
        const data = differing(body, known);
        if (Object.keys(data).length === 0) return known;
        if (data.status === 'INACTIVE') await requireEmpty(tx, id);
        const changed = await tx.hub.update({ where: { id }, data });
        const audited = { action: 'hub.updated', subject: 'hub', subjectId: id };
        await audit(tx, actor, { ...audited, before: fenceOf(known), after: fenceOf(changed) });
        return changed;
      });
      return hubView(hub);
    },
  }),
];
