import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Endpoint } from '../../../api/http/endpoint.ts';
import { read } from '../../../api/http/input.ts';
import { permissions } from '../../../api/permissions.ts';
import type { Permission } from '../../../api/permissions.ts';
import type { Caller } from '../../../api/http/scope.ts';
import { noteOf } from '../../../api/http/shapes.ts';
import type { Role } from '../../../prisma/generated/enums.ts';
import { get } from '../../world/api.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { call, enveloped, fieldsOf, guarded, inputsOf, roles, rolesOf, unknownIds, withField } from './examples.ts';
import { expectInvalid, expectRefused } from './refused.ts';

const callers = {} as Record<Role, string>;

beforeAll(async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  callers.SUPER_ADMIN = fleet.superAdmin.token;
  callers.FLEET_ADMIN = fleet.fleetAdmin.token;
  callers.MANAGER = fleet.manager.token;
  callers.OPERATIONS = fleet.operations.token;
  callers.DRIVER = driver.token;
});

const someCaller = (endpoint: (typeof enveloped)[number][1]) =>
  endpoint.allow === 'public' ? undefined : callers[rolesOf(endpoint)[0]!];

test.each(guarded)('%s asks who is calling', async (_, endpoint) => {
  const answer = await call(endpoint, inputsOf(endpoint, unknownIds()));

  expectRefused(answer, 401, 'UNAUTHORIZED');
  expect(answer.body.error.details).toEqual({ reason: 'MISSING' });
});

const withOutsiders = guarded.filter(([, endpoint]) => rolesOf(endpoint).length < roles.length);

test.each(withOutsiders)('%s is closed to every other role', async (_, endpoint) => {
  for (const role of roles.filter((role) => !rolesOf(endpoint).includes(role)))
    expectRefused(await call(endpoint, inputsOf(endpoint, unknownIds()), callers[role]), 403, 'FORBIDDEN');
});

/** What operations may do to a stuck record; the contract asks for it and leaves the routes to us. */
const ours = { method: 'POST', roles_now: 'SUPER_ADMIN|FLEET_ADMIN|MANAGER|OPERATIONS' };
const nudges = [
  ...['/trips/:id/nudge', '/attendance/:id/nudge', '/payments/admin/penalty/:id/nudge'].map((path) => ({
    ...ours,
    path,
  })),
  { ...ours, roles_now: 'SUPER_ADMIN|FLEET_ADMIN|MANAGER', path: '/payments/admin/rentals/:id/nudge' },
  { ...ours, roles_now: 'SUPER_ADMIN|FLEET_ADMIN|MANAGER', path: '/payments/admin/collection/:id/nudge' },
  { ...ours, roles_now: 'SUPER_ADMIN|FLEET_ADMIN|MANAGER|OPERATIONS', path: '/payments/orders/:id/nudge' },
];

test('the access matrix is the one of the contract, route by route', () => {
  const folder = new URL('../../contract/routes/', import.meta.url);
  const rows = readdirSync(folder).flatMap((file) =>
    parse<Record<'method' | 'path' | 'roles_now', string>>(readFileSync(new URL(file, folder)), { columns: true }),
  );
  const rolesIn = (column: string) => {
    const listed = column.split('|').map((entry) => entry.replace(/ \(.*$/, ''));
    return listed.includes('public') ? ['public'] : listed;
  };
  const contract = new Map(
    [...rows, ...nudges].map(({ method, path, roles_now }) => [`${method} ${path}`, rolesIn(roles_now).sort()]),
  );

  const declared = enveloped.flatMap(([, { method, path, aliases, allow }]) =>
    [path, ...aliases].map((each) => ({
      route: `${method.toUpperCase()} ${each}`,
      roles: allow === 'public' ? ['public'] : [...permissions[allow as Permission]].sort(),
    })),
  );

  expect(declared).toEqual(declared.map(({ route }) => ({ route, roles: contract.get(route) })));
});

const withFields = enveloped.filter(([, endpoint]) => endpoint.body ?? endpoint.query);

test.each(withFields)('%s takes the example of this test', (_, endpoint) => {
  const { query, body } = inputsOf(endpoint, unknownIds());

  expect([...read(endpoint.query, query).issues, ...read(endpoint.body, body).issues]).toEqual([]);
});

/** Whether a field may be an object, or forgives whatever it is given. */
const takesObjects = (field: z.ZodType): boolean => {
  if (
    field instanceof z.ZodCatch ||
    field instanceof z.ZodUnknown ||
    field instanceof z.ZodObject ||
    field instanceof z.ZodRecord
  )
    return true;
  if (field instanceof z.ZodUnion) return (field.options as z.ZodType[]).some(takesObjects);
  if (field instanceof z.ZodPipe)
    return takesObjects((field.in instanceof z.ZodTransform ? field.out : field.in) as z.ZodType);
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault)
    return takesObjects(field.unwrap() as z.ZodType);
  return false;
};

/** What a request lacks because of what it has, and of who sends it. */
const lackedBy = (endpoint: Endpoint, { body }: { body?: object }): string[] => {
  const caller = { role: rolesOf(endpoint)[0]!, fleetId: null } as Caller;
  return (endpoint.body && noteOf(endpoint.body)?.missing?.({ ...body }, caller)) ?? [];
};

test.each(withFields)('%s names every field that is an object instead of a value', async (_, endpoint) => {
  const inputs = inputsOf(endpoint, unknownIds());
  const token = someCaller(endpoint);
  const wrong = [
    ...fieldsOf(endpoint.query).map(([name]) => ({ place: 'query' as const, name, value: ['1', '2'] })),
    ...fieldsOf(endpoint.body)
      .filter(([, field]) => !takesObjects(field))
      .map(([name]) => ({ place: 'body' as const, name, value: { unexpected: true } })),
  ];

  for (const field of wrong) {
    const oneWrong = withField(inputs, field, field.value);
    expectInvalid(await call(endpoint, oneWrong, token), field.name, ...lackedBy(endpoint, oneWrong));
  }
  const allWrong = wrong.reduce((all, field) => withField(all, field, field.value), inputs);
  const names = wrong.map(({ name }) => name);
  if (wrong.length > 0) expectInvalid(await call(endpoint, allWrong, token), ...names, ...lackedBy(endpoint, allWrong));
});

const withBody = enveloped.filter(([, { body }]) =>
  fieldsOf(body).some(([, field]) => !field.safeParse(undefined).success),
);

test.each(withBody)('%s without a body names everything that is required', async (_, endpoint) => {
  const { paths } = (await get('/openapi.json')).body;
  const operation = paths[endpoint.path.replace(/:(\w+)/g, '{$1}')][endpoint.method];
  const required = operation.requestBody.content['application/json'].schema.required as string[];
  const shapes = new Map(fieldsOf(endpoint.body));

  const answer = await call(endpoint, { ...inputsOf(endpoint, unknownIds()), body: {} }, someCaller(endpoint));

  expectInvalid(
    answer,
    ...[...required, ...lackedBy(endpoint, {})].map((name) => noteOf(shapes.get(name)!)?.called ?? name),
  );
  for (const { issue, message, field } of answer.body.error.details)
    expect({ issue, message }).toEqual({ issue: 'required', message: `${field} is required` });
});
