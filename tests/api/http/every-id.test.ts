import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { subjects } from '../../../api/subjects.ts';
import type { Role } from '../../../prisma/generated/enums.ts';
import { aFleet, aHub, aUser } from '../../world/factories.ts';
import { call, guarded, idFieldsOf, inputsOf, recordsIn, rolesOf, stateOf, withField } from './examples.ts';
import type { IdField, Ids } from './examples.ts';
import { expectInvalid, expectRefused } from './refused.ts';

type Records = Awaited<ReturnType<typeof recordsIn>>;

const callers = {} as Record<Role, string>;
let own: Records;
let foreign: Records;
let sibling: Records;
let fleetIds: string[];

beforeAll(async () => {
  const [fleet, otherFleet] = [await aFleet(), await aFleet()];
  const otherHub = await aHub(fleet.id);
  const colleague = await aUser('OPERATIONS', fleet.id, [otherHub.id]);
  own = await recordsIn(fleet, fleet.operations.id);
  foreign = await recordsIn(otherFleet, otherFleet.manager.id);
  sibling = await recordsIn({ id: fleet.id, hubId: otherHub.id }, colleague.id);
  fleetIds = [fleet.id, otherFleet.id];
  callers.SUPER_ADMIN = fleet.superAdmin.token;
  callers.FLEET_ADMIN = fleet.fleetAdmin.token;
  callers.MANAGER = fleet.manager.token;
  callers.OPERATIONS = fleet.operations.token;
  callers.DRIVER = own.driver.token;
});

const withIds = guarded.filter(([, endpoint]) => idFieldsOf(endpoint).length > 0);
type Declared = (typeof guarded)[number][1];

/** What an endpoint says by the contract instead of SCOPE_FORBIDDEN. */
const ownWords: Record<string, string> = { '/payments/rental': 'RENTAL_PLAN_OTHER_FLEET' };

/** Asks for a record that is not the caller's: by its id and by its short id, nothing of it may come or change. */
const expectOutside = async (endpoint: Declared, field: IdField, { ids, shortIds }: Records, token: string) => {
  const inputs = inputsOf(endpoint, own.ids);
  const ask = (from: Ids) => call(endpoint, withField(inputs, field, from[field.subject]), token);

  for (const answer of await Promise.all([ids, shortIds].map(ask)))
    if (field.filters && answer.status === 200) expect(JSON.stringify(answer.body)).not.toContain(ids[field.subject]);
    else expectRefused(answer, 403, ownWords[endpoint.path] ?? subjects[field.subject].outside ?? 'SCOPE_FORBIDDEN');
};

const states = () => Promise.all(fleetIds.map(stateOf));

test.each(withIds)('%s keeps to the fleet of its caller', async (_, endpoint) => {
  const before = await states();

  for (const role of rolesOf(endpoint).filter((role) => role !== 'SUPER_ADMIN'))
    for (const field of idFieldsOf(endpoint)) await expectOutside(endpoint, field, foreign, callers[role]);

  expect(await states()).toEqual(before);
});

const ofHubs: string[] = ['user', 'hub', 'vehicle', 'driver', 'assignment', 'shift'];
const withHubs = withIds.filter(
  ([, endpoint]) =>
    rolesOf(endpoint).includes('OPERATIONS') && idFieldsOf(endpoint).some(({ subject }) => ofHubs.includes(subject)),
);

test.each(withHubs)('%s keeps OPERATIONS to their hubs', async (_, endpoint) => {
  const before = await states();

  for (const field of idFieldsOf(endpoint).filter(({ subject }) => ofHubs.includes(subject)))
    await expectOutside(endpoint, field, sibling, callers.OPERATIONS);

  expect(await states()).toEqual(before);
});

const someCaller = (endpoint: Declared) =>
  callers[rolesOf(endpoint).find((role) => role !== 'SUPER_ADMIN') ?? 'SUPER_ADMIN'];

/** Asks with each of these ids in one field, where nothing may be found. */
const expectNothing = async (endpoint: Declared, field: IdField, ids: string[]) => {
  const inputs = inputsOf(endpoint, own.ids);
  const ask = (id: string) => call(endpoint, withField(inputs, field, id), someCaller(endpoint));

  for (const answer of await Promise.all(ids.map(ask))) {
    if (field.filters && answer.status === 200) continue;
    if (field.place === 'body' && answer.status === 400) expectInvalid(answer, field.name);
    else expectRefused(answer, 404, 'NOT_FOUND');
  }
};

test.each(withIds)('%s says that a record does not exist', async (_, endpoint) => {
  for (const field of idFieldsOf(endpoint)) await expectNothing(endpoint, field, [randomUUID(), 'XXX20200101999']);
});

test.each(withIds)('%s takes no record of another kind', async (_, endpoint) => {
  for (const field of idFieldsOf(endpoint)) {
    const other = field.subject === 'driver' ? 'hub' : 'driver';
    await expectNothing(endpoint, field, [own.ids[other], own.shortIds[other]]);
  }
});

const malformed = ['not-an-id', "' OR '1'='1", '../users', '0', 'DRV1', `${randomUUID()}0`, '{}', '%00'];

test.each(withIds)('%s takes no id that cannot be one', async (_, endpoint) => {
  for (const field of idFieldsOf(endpoint)) {
    const inputs = inputsOf(endpoint, own.ids);
    const ask = (id: string) => call(endpoint, withField(inputs, field, id), someCaller(endpoint));

    for (const answer of await Promise.all(malformed.map(ask)))
      if (field.place === 'params') expectRefused(answer, 404, 'NOT_FOUND');
      else expectInvalid(answer, field.name);
  }
});

const reading = withIds.filter(([, { method }]) => method === 'get');

test.each(reading)('%s finds by short id what it finds by id', async (_, endpoint) => {
  const token = callers[rolesOf(endpoint)[0]!];
  for (const field of idFieldsOf(endpoint)) {
    const ask = async ({ [field.subject]: id }: Ids) => {
      const { status, body } = await call(endpoint, withField(inputsOf(endpoint, own.ids), field, id), token);
      return { status, data: body.data as unknown, errorCode: body.errorCode as unknown };
    };

    expect(await ask(own.shortIds)).toEqual(await ask(own.ids));
  }
});
