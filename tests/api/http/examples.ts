import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { endpoints } from '../../../api/endpoints.ts';
import { nameOf } from '../../../api/http/endpoint.ts';
import type { Endpoint } from '../../../api/http/endpoint.ts';
import { permissions } from '../../../api/http/permissions.ts';
import type { Permission } from '../../../api/http/permissions.ts';
import type { Subject } from '../../../api/http/scope.ts';
import { noteOf } from '../../../api/http/shapes.ts';
import type { FieldNotes } from '../../../api/http/shapes.ts';
import type { Role } from '../../../prisma/generated/enums.ts';
import { send } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aPhone, aTrip } from '../../world/factories.ts';

export const roles: Role[] = ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS', 'DRIVER'];

/** Every endpoint that speaks in envelopes, under its method and path. */
export const enveloped = endpoints.filter(({ raw }) => !raw).map((endpoint) => [nameOf(endpoint), endpoint] as const);

export const guarded = enveloped.filter(([, { allow }]) => allow !== 'public');

export const rolesOf = ({ allow }: Endpoint): readonly Role[] =>
  allow === 'public' ? roles : permissions[allow as Permission];

type Place = 'params' | 'query' | 'body';

export interface IdField {
  place: Place;
  name: string;
  subject: Subject;
  /** A filter of a list, which finds nothing instead of refusing. */
  filters: boolean;
  isRequired: boolean;
}

export const fieldsOf = (shape: z.ZodType | undefined): [string, z.ZodType][] =>
  Object.entries((shape as z.ZodObject | undefined)?.shape ?? {}) as [string, z.ZodType][];

const innerOf = (field: z.ZodType): z.ZodType =>
  field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault
    ? innerOf(field.unwrap() as z.ZodType)
    : field;

/** The note of an id field, also where it is one of several things that the field may be. */
const anyNoteOf = (field: z.ZodType): FieldNotes | undefined => {
  const inner = innerOf(field);
  return inner instanceof z.ZodUnion ? (inner.options as z.ZodType[]).map(anyNoteOf).find(Boolean) : noteOf(field);
};

export const idFieldsOf = (endpoint: Endpoint): IdField[] =>
  (['params', 'query', 'body'] as const).flatMap((place) =>
    fieldsOf(endpoint[place]).flatMap(([name, field]) => {
      const { subject, unloaded = false } = anyNoteOf(field) ?? {};
      const isRequired = !field.safeParse(undefined).success;
      const filters = unloaded && (place === 'query' || endpoint.list === true);
      return subject ? [{ place, name, subject, filters, isRequired }] : [];
    }),
  );

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** What a body (of GET: a query) needs besides ids; the only thing here that knows single routes. */
const needs: Record<string, () => Record<string, unknown>> = {
  'POST /auth/send-otp': () => ({ phone: aPhone() }),
  'POST /auth/verify-otp': () => ({ phone: aPhone(), otp: '000000' }),
  'POST /users': () => ({ name: 'Asha', phone: aPhone(), role: 'DRIVER' }),
  'POST /fleets': () => ({
    ...{ name: 'Fleet', mobile: aPhone(), city: 'Delhi', fleetType: 'COMPANY', panNumber: 'ABCDE1234F' },
  }),
  'POST /fleets/:id/hubs': () => ({ address: 'Saket, New Delhi', lat: 28.52, lng: 77.2 }),
  'POST /vehicles': () => ({ vehicleNumber: `DL${aPhone()}`, vehicleName: 'Tata' }),
  'POST /drivers': () => ({ firstName: 'Dinesh', mobile: aPhone() }),
  'POST /trips': () => ({
    ...{ pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram' },
    ...{ tripType: 'INTER_CITY', pickupTime: inAnHour() },
  }),
  'POST /attendance/check-in': () => ({ lat: 28.6, lng: 77.2 }),
  'PATCH /vehicles/:id/status': () => ({ status: 'ACTIVE' }),
  'PATCH /drivers/:id/status': () => ({ status: 'ACTIVE' }),
  'PATCH /drivers/:id/availability': () => ({ isAvailable: true }),
  'POST /trips/:id/location': () => ({ lat: 28.6, lng: 77.2 }),
  'POST /admin/trips/cancel': () => ({ reason: 'The passenger called' }),
  'GET /maps/autocomplete': () => ({ query: 'Saket' }),
  'GET /maps/geocode': () => ({ address: 'Saket, New Delhi' }),
  'POST /payments/admin/ledger/journals': () => ({
    reason: 'Bank charge of November',
    entries: [
      { code: 5020, side: 'D', amount: '12.50' },
      { code: 1010, side: 'C', amount: 12.5 },
    ],
  }),
  'POST /pricing/preview': () => ({ tripType: 'INTER_CITY', distanceKm: 20 }),
};

export type Ids = Record<Subject, string>;

/** Inputs that a route takes, with the records of `ids` where it needs some. */
export const inputsOf = (endpoint: Endpoint, ids: Ids) => {
  const needed = needs[nameOf(endpoint)]?.() ?? {};
  const [query, body] = endpoint.method === 'get' ? [needed, {}] : [{}, needed];
  const inputs: Record<Place, Record<string, unknown>> = { params: {}, query, body };
  for (const { place, name, subject, isRequired } of idFieldsOf(endpoint))
    if (isRequired) inputs[place][name] = ids[subject];
  return inputs;
};

type Inputs = ReturnType<typeof inputsOf>;

export const call = (endpoint: Endpoint, { params, query, body }: Inputs, token?: string) => {
  const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, String(one)]),
    ),
  );
  const target = search.size > 0 ? `${path}?${search.toString()}` : path;
  return send(endpoint.method.toUpperCase(), target, endpoint.method === 'get' ? undefined : body, { token });
};

/** The same inputs with one field changed. */
export const withField = (
  inputs: Inputs,
  { place, name }: Pick<IdField, 'place' | 'name'>,
  value: unknown,
): Inputs => ({
  ...inputs,
  [place]: { ...inputs[place], [name]: value },
});

export const unknownIds = (): Ids =>
  Object.fromEntries(subjects.map((subject) => [subject, randomUUID()])) as unknown as Ids;

const subjects: Subject[] = ['user', 'fleet', 'hub', 'vehicle', 'driver', 'assignment', 'shift', 'trip', 'drivenTrip'];

/** One record of every subject in a hub, by id and by short id, and the driver to whom they belong. */
export const recordsIn = async (fleet: { id: string; hubId: string }, userId: string) => {
  const driver = await aDriver(fleet);
  // With its vehicle, or the schedule would give it one while a test looks whether anything has changed.
  const at = { driverId: driver.id, vehicleId: driver.vehicleId, fleetId: fleet.id, hubId: fleet.hubId };
  const shift = await db.attendance.create({
    data: { id: randomUUID(), ...at, checkInTime: new Date(), source: 'DRIVER', begunAt: new Date() },
  });
  const trip = await aTrip(fleet as never);
  const rows = {
    user: await db.user.findUniqueOrThrow({ where: { id: userId } }),
    fleet: await db.fleet.findUniqueOrThrow({ where: { id: fleet.id } }),
    hub: await db.hub.findUniqueOrThrow({ where: { id: fleet.hubId } }),
    vehicle: await db.vehicle.findUniqueOrThrow({ where: { id: driver.vehicleId! } }),
    driver: await db.driver.findUniqueOrThrow({ where: { id: driver.id } }),
    assignment: await db.assignment.findFirstOrThrow({ where: { driverId: driver.id } }),
    shift,
    trip,
    drivenTrip: trip,
  };
  const pick = (key: 'id' | 'shortId') =>
    Object.fromEntries(subjects.map((subject) => [subject, rows[subject][key]])) as unknown as Ids;
  return { ids: pick('id'), shortIds: pick('shortId'), driver };
};

/** Everything that a fleet has, to see that a refused request left it alone. */
export const stateOf = async (fleetId: string) => {
  const where = { fleetId };
  const omit = { updatedAt: true, begunAt: true } as const;
  const orderBy = { id: 'asc' } as const;
  return {
    users: await db.user.findMany({ where, orderBy, include: { hubs: true } }),
    hubs: await db.hub.findMany({ where, orderBy }),
    vehicles: await db.vehicle.findMany({ where, orderBy }),
    drivers: await db.driver.findMany({ where, orderBy }),
    assignments: await db.assignment.findMany({ where, orderBy }),
    shifts: await db.attendance.findMany({ where, orderBy, omit, include: { breaks: true } }),
    trips: await db.trip.findMany({ where, orderBy, omit, include: { tripAssignments: true } }),
  };
};
