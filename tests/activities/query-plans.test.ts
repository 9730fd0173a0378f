import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { pino } from 'pino';
import type { z } from 'zod';
import { reconciliationActivities } from '../../activities/reconciliation.ts';
import { createApp } from '../../api/app.ts';
import { endpoints } from '../../api/endpoints.ts';
import { apiEnv } from '../../api/env.ts';
import type { Endpoint } from '../../api/http/endpoint.ts';
import { permissions } from '../../api/permissions.ts';
import type { Permission } from '../../api/permissions.ts';
import { createServices } from '../../api/services.ts';
import { openSession } from '../../api/people/sessions.ts';
import { connect } from '../../prisma/client.ts';
import type { Db } from '../../prisma/client.ts';
import type { Role } from '../../prisma/generated/enums.ts';
import { migrate } from '../../prisma/migrate.ts';
import { seals } from '../world/database.ts';
import { temporal } from '../world/temporal.ts';
import { fill } from '../world/volume.ts';
import { world } from '../world/world.ts';
import { filters } from './list-filters.ts';

const bigTables = new Set([
  ...['trips', 'trip_assignments', 'trip_events', 'trip_locations', 'attendances', 'breaks', 'notifications'],
  ...['audit_entries', 'assignments', 'drivers', 'vehicles', 'users', 'preference_requests'],
  ...['ledger_account', 'ledger_journal', 'ledger_entry', 'ledger_day_total', 'ledger_check_run'],
  ...['transactions', 'gateway_event', 'penalties', 'incentives', 'driver_due', 'due_write_offs'],
  ...['rentals', 'rental_subscriptions', 'refunds'],
  ...['virtual_accounts', 'virtual_credits', 'daily_collections', 'cash_declarations', 'payment_orders'],
  ...['payouts', 'bulk_payouts', 'bulk_payout_rows'],
]);

interface Statement {
  text: string;
  values: unknown[];
}

const database = `plans_${randomUUID().replaceAll('-', '')}`;
const databaseUrl = Object.assign(new URL(world.databaseUrl), { pathname: `/${database}` }).href;

const administer = async (statement: string) => {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
};

/** The statements of the pool, as they were sent. */
let sent: Statement[] = [];
let db: Db;
let pool: pg.Pool;
let server: Server;
let close: () => Promise<void>;
const tokens = new Map<Role, string>();
const ids: Record<string, string> = {};

beforeAll(async () => {
  await administer(`CREATE DATABASE ${database}`);
  await migrate(databaseUrl);
  const sealedPan = (fleetId: string) => seals.seal('identity-number', 'ABCDE1234F', fleetId);
  await fill(databaseUrl, { trips: 20_000, drivers: 4_000, sealedPan });
  ({ db, pool, close } = connect(databaseUrl, 5));
  const ask = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  pool.query = ((statement: Statement, ...rest: unknown[]) => {
    sent.push(statement);
    return ask(statement, ...rest);
  }) as never;
  const env = { ...world.apiEnvironment, RATE_LIMIT_MAX: '1000000', RATE_LIMIT_IP_MAX: '1000000' };
  const services = createServices(apiEnv(env), { db, pool, client: temporal, log: pino({ level: 'silent' }) });
  await new Promise<void>((resolve) => {
    server = createApp(services).listen(0, '127.0.0.1', () => resolve());
  });

  const phone = '9999999999';
  await db.user.create({ data: { id: randomUUID(), name: 'Sara', phone, role: 'SUPER_ADMIN' } });
  const { hubId, userId: operationsId } = await db.userHub.findFirstOrThrow();
  const driver = await db.driver.findFirstOrThrow({ where: { hubId, tripAssignments: { some: {} } } });
  const scope = { fleetId: driver.fleetId };
  const roles = {
    SUPER_ADMIN: {},
    FLEET_ADMIN: scope,
    MANAGER: scope,
    OPERATIONS: { id: operationsId },
    DRIVER: { id: driver.userId },
  };
  for (const [role, where] of Object.entries(roles) as [Role, object][]) {
    const include = { hubs: true, driver: true };
    const user = await db.user.findFirstOrThrow({ where: { role, ...where }, include });
    const device = { clientType: 'web' as const, ip: '127.0.0.1', userAgent: null };
    tokens.set(role, (await openSession(db, services, user, device)).accessToken);
  }
  const { tripId } = await db.tripAssignment.findFirstOrThrow({ where: { driverId: driver.id } });
  const { vehicleId } = await db.assignment.findFirstOrThrow({ where: { driverId: driver.id } });
  const account = await db.ledgerAccount.findFirstOrThrow({ where: { ownerId: driver.id } });
  const { fleetId, id: driverId } = driver;
  const { id: bulkPayoutId } = await db.bulkPayout.findFirstOrThrow({ where: { fleetId } });
  Object.assign(ids, { id: String(account.id), fleetId, hubId, driverId, vehicleId, tripId, bulkPayoutId });
}, 120_000);

afterAll(async () => {
  server.close();
  await close();
  await administer(`DROP DATABASE ${database} WITH (FORCE)`);
});

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

const planOf = async (client: pg.PoolClient | pg.Pool, { text, values }: Statement): Promise<Plan[]> => {
  const explained = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`EXPLAIN (FORMAT JSON) ${text}`, values);
  return nodesOf(explained.rows[0]!['QUERY PLAN'][0]!.Plan);
};

/** The big tables that the database would read from end to end for a statement. */
const scannedBy = async (client: pg.PoolClient, statement: Statement): Promise<string[]> =>
  (await planOf(client, statement))
    .filter((node) => node['Node Type'] === 'Seq Scan' && bigTables.has(node['Relation Name']!))
    .map((node) => node['Relation Name']!);

/** Does something, and says which statements of it read a big table from end to end. */
const scansOf = async (what: string, work: () => Promise<unknown>): Promise<string[]> => {
  sent = [];
  await work();
  if (sent.length === 0) throw new Error(`No statement of ${what} was seen.`);
  const client = await pool.connect();
  const found: string[] = [];
  for (const statement of sent) {
    const tables = await scannedBy(client, statement);
    if (tables.length > 0) found.push(`${what} reads all of ${tables.join(', ')}: ${statement.text}`);
  }
  client.release();
  return found;
};

const read = async (role: Role, path: string): Promise<unknown> => {
  const { port } = server.address() as AddressInfo;
  const headers = { authorization: `Bearer ${tokens.get(role)}` };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  if (!response.ok && response.status !== 403)
    throw new Error(`${role} GET ${path}: ${response.status} ${await response.text()}`);
  return response.json();
};

const fieldsOf = (shape: z.ZodType | undefined): string[] =>
  Object.keys((shape as z.ZodObject | undefined)?.shape ?? {}).filter((name) => name !== 'page' && name !== 'limit');

const isList = ({ method, list, paged, path }: Endpoint) =>
  method === 'get' && (list || paged || path === '/admin/trips');
const lists = endpoints.filter(isList);

test('every filter of every list has its values here', () => {
  const declared = Object.fromEntries(lists.map(({ path, query }) => [path, fieldsOf(query)]));

  expect(Object.fromEntries(Object.entries(filters).map(([path, values]) => [path, Object.keys(values)]))).toEqual(
    declared,
  );
});

/** With the ids for which `:` and a name stand. */
const named = (text: string): string => text.replace(/:(\w+)/g, (_, name: string) => ids[name]!);

const pathOf = (path: string) =>
  named(
    path
      .replace('/fleets/:id', '/fleets/:fleetId')
      .replace('/vehicle/:id', '/vehicle/:vehicleId')
      .replace('/bulk-payout/:id', '/bulk-payout/:bulkPayoutId'),
  );

test.each(lists)('no list reads a table from end to end: $path', async ({ path, allow }) => {
  const queries = Object.entries(filters[path]!).flatMap(([name, values]) =>
    values.map((value) => ({ [name]: named(value) })),
  );
  const scans: string[] = [];
  for (const role of permissions[allow as Permission].filter((name) => name !== 'FLEET_ADMIN'))
    // It sees what a MANAGER sees.
    for (const query of [{}, ...queries]) {
      const url = `${pathOf(path)}?${new URLSearchParams({ ...query, limit: '50' }).toString()}`;
      scans.push(...(await scansOf(`${role} ${url}`, () => read(role, url))));
    }

  expect(scans).toEqual([]);
});

test('a page of the long lists takes three statements at most, and no more for more rows', async () => {
  const ofStaff = ['/admin/trips', '/attendance/history', '/drivers/fleet/:fleetId', '/vehicles/fleet/:fleetId'];
  const paths = { SUPER_ADMIN: ofStaff, MANAGER: ofStaff, DRIVER: ['/payments/balance', '/payments/transactions'] };
  const taken: string[] = [];
  for (const role of ['SUPER_ADMIN', 'MANAGER', 'DRIVER'] as const)
    for (const path of paths[role])
      for (const limit of [5, 50]) {
        await read(role, `${pathOf(path)}?limit=1`); // So that the caller is known.
        const counts: number[] = [];
        for (let tries = 0; tries < 2; tries += 1) {
          sent = []; // On a busy machine a caller is read anew in the middle.
          await read(role, `${pathOf(path)}?limit=${limit}`);
          counts.push(sent.length);
        }
        if (Math.min(...counts) > 3) taken.push(`${role} ${path} with ${limit} rows: ${Math.min(...counts)}`);
      }

  expect(taken).toEqual([]);
});

test('what a driver sees of their money is found by an index', async () => {
  for (const path of ['/payments/balance', '/payments/transactions'])
    expect(await scansOf(path, () => read('DRIVER', path))).toEqual([]);
});

const ofTheDay = ['daily_collections', 'payment_orders', 'virtual_credits'];

test('what the schedule looks for every minute is found by an index', async () => {
  const { beginMissing, tellDriversLost, restartLost, purgeExpired } = reconciliationActivities({
    db,
    client: temporal,
  });

  // At the end of the ids, so that no workflow begins for these rows.
  const last = { afterId: 'ffffffff-ffff-ffff-ffff-ffffffffffff', roundBegunAt: new Date() };
  await db.sweep.createMany({
    data: ['trips', 'attendances', 'transactions', 'penalties', 'rental_subscriptions', 'refunds', ...ofTheDay].map(
      (name) => ({
        name,
        ...last,
      }),
    ),
  });

  expect(await scansOf('beginMissing', beginMissing)).toEqual([]);
  expect(await scansOf('tellDriversLost', tellDriversLost)).toEqual([]);
  expect(await scansOf('restartLost', restartLost)).toEqual([]);
  expect(await scansOf('purgeExpired', purgeExpired)).toEqual([]);
});

test('what is unread of a long inbox is found without what is read', async () => {
  const { id } = await db.user.findFirstOrThrow({ where: { name: 'Sara' } });
  await db.$executeRaw`
    INSERT INTO "notifications" ("id", "userId", "event", "channels", "status", "dedupeKey", "expiresAt", "readAt")
    SELECT gen_random_uuid(), ${id}::uuid, 'wallet:low', '{INBOX}', 'SENT', 'long:' || n, now() + interval '90 days',
      CASE WHEN n % 200 <> 0 THEN now() END
    FROM generate_series(1, 20000) n`;
  await db.$executeRaw`ANALYZE "notifications"`;
  await read('SUPER_ADMIN', '/notifications?limit=1'); // So that the caller is known.

  sent = [];
  await read('SUPER_ADMIN', '/notifications?unread=true&limit=1');
  const plans = await Promise.all([...sent].map((statement) => planOf(pool, statement)));

  const indexes = plans.flat().flatMap((node) => node['Index Name'] ?? []);
  expect(indexes).toEqual(['notifications_unread_idx', 'notifications_unread_idx']);
});

const totalOf = async (role: Role, path: string): Promise<number> =>
  ((await read(role, path)) as { data: { total: number } }).data.total;

test('totals are exact for every scope, whether the records were there when they were first counted or came since', async () => {
  const { fleetId } = ids as { fleetId: string };
  const scopes = { SUPER_ADMIN: {}, FLEET_ADMIN: { fleetId }, MANAGER: { fleetId } };
  const { providerMeta: _, fareBreakdown: __, ...trip } = await db.trip.findFirstOrThrow({ where: { fleetId } });
  const { id: ___, shortId: ____, ...shift } = await db.attendance.findFirstOrThrow({ where: { fleetId } });
  const add = async (n: number) => {
    for (const [at, owner] of [fleetId, null].entries()) {
      const own = { id: randomUUID(), shortId: `TRP20260103${n}${at}`, providerBookingId: null, fleetId: owner };
      await db.trip.create({ data: { ...trip, ...own, createdAt: new Date() } });
    }
    await db.attendance.create({
      data: { ...shift, id: randomUUID(), checkOutTime: new Date(), createdAt: new Date() },
    });
  };

  for (let n = 0; n < 3; n += 1) {
    for (const [role, scope] of Object.entries(scopes) as [Role, { fleetId?: string }][]) {
      const trips = 'fleetId' in scope ? { OR: [scope, { fleetId: null }] } : {};
      expect(await totalOf(role, '/admin/trips')).toBe(await db.trip.count({ where: trips }));
      expect(await totalOf(role, '/attendance/history')).toBe(await db.attendance.count({ where: scope }));
    }
    await add(n);
  }
});
