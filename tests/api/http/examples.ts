import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { endpoints } from '../../../api/endpoints.ts';
import { nameOf } from '../../../api/http/endpoint.ts';
import type { Endpoint } from '../../../api/http/endpoint.ts';
import { permissions } from '../../../api/permissions.ts';
import type { Permission } from '../../../api/permissions.ts';
import { subjects } from '../../../api/subjects.ts';
import type { Subject } from '../../../api/subjects.ts';
import { noteOf } from '../../../api/http/shapes.ts';
import type { FieldNotes } from '../../../api/http/shapes.ts';
import type { Role } from '../../../prisma/generated/enums.ts';
import { send } from '../../world/api.ts';
import { aDriver } from '../../world/factories.ts';
import { fleetInputs, fleetRecords, fleetState } from '../fleet/situations.ts';
import { messagesRecords, messagesState } from '../messages/situations.ts';
import { moneyInputs, moneyRecords, moneyState } from '../money/situations.ts';
import { peopleInputs, peopleRecords, peopleState } from '../people/situations.ts';
import { shiftsInputs, shiftsRecords, shiftsState } from '../shifts/situations.ts';
import { tripsInputs, tripsRecords, tripsState } from '../trips/situations.ts';
import type { InputsByRoute, OfFleet } from './scenes.ts';

export const roles: Role[] = ['SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS', 'DRIVER'];

/** Every endpoint that speaks in envelopes, under its method and path. */
export const enveloped = endpoints.filter(({ bare }) => !bare).map((endpoint) => [nameOf(endpoint), endpoint] as const);

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

const needs: InputsByRoute = { ...peopleInputs, ...fleetInputs, ...shiftsInputs, ...tripsInputs, ...moneyInputs };

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

const idsOf = (idOf: (subject: Subject) => string): Ids =>
  Object.fromEntries((Object.keys(subjects) as Subject[]).map((subject) => [subject, idOf(subject)])) as Ids;

export const unknownIds = (): Ids => idsOf(() => randomUUID());

/** One record of every subject in a hub, by id and by short id, and the driver to whom they belong. */
export const recordsIn = async (fleet: { id: string; hubId: string }, userId: string) => {
  const driver = await aDriver(fleet);
  const cast = { fleet, driver, userId };
  const rows: Record<Subject, { id: string; shortId: string }> = {
    ...(await peopleRecords(cast)),
    ...(await fleetRecords(cast)),
    ...(await shiftsRecords(cast)),
    ...(await tripsRecords(cast)),
    ...(await moneyRecords(cast)),
    ...(await messagesRecords(cast)),
  };
  return { ids: idsOf((subject) => rows[subject].id), shortIds: idsOf((subject) => rows[subject].shortId), driver };
};

/** Everything that a fleet has, to see that a refused request left it alone. */
export const stateOf = async (fleetId: string) => {
  const ofFleet: OfFleet = { where: { fleetId }, orderBy: { id: 'asc' } };
  return {
    ...(await peopleState(ofFleet)),
    ...(await fleetState(ofFleet)),
    ...(await shiftsState(ofFleet)),
    ...(await tripsState(ofFleet)),
    ...(await moneyState(ofFleet)),
    ...(await messagesState(ofFleet)),
  };
};
