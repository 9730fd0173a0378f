import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip, aVehicle } from '../world/factories.ts';

const folder = new URL('../../prisma/models/', import.meta.url);
const models = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.prisma'))
  .map((file) => readFileSync(new URL(file, folder), 'utf8'))
  .join('\n');

const blocks = (word: 'model' | 'enum') =>
  [...models.matchAll(new RegExp(`^${word} (\\w+) \\{\\n([^]*?)^\\}`, 'gm'))].map(([, name, body]) => ({
    name: name!,
    lines: body!.split('\n').map((line) => line.trim()),
  }));

const types: Record<string, string> = {
  ...{ Boolean: 'boolean', Int: 'integer', BigInt: 'bigint', Float: 'double precision', Json: 'jsonb', String: 'text' },
  ...{ 'DateTime@db.Timestamptz(3)': 'timestamp(3) with time zone', 'DateTime@db.Date': 'date' },
  ...{ 'DateTime@db.Timestamptz(0)': 'timestamp(0) with time zone', 'String@db.Uuid': 'uuid' },
};

const modelNames = new Set(blocks('model').map(({ name }) => name));

/** `table.column type null?` of every scalar field of every model. */
const declaredColumns = () =>
  blocks('model').flatMap(({ lines }) => {
    const table = lines.map((line) => /^@@map\("(\w+)"\)/.exec(line)?.[1]).find(Boolean);
    return lines.flatMap((line) => {
      const [, name, type, mark] = /^(\w+)\s+(\w+)(\[\]|\?)?/.exec(line) ?? [];
      if (!name || !type || modelNames.has(type)) return [];
      const native = /@db\.\w+(?:\(\d\))?/.exec(line)?.[0] ?? '';
      const column = /@map\("(\w+)"\)/.exec(line)?.[1] ?? name;
      const sql = (types[`${type}${native}`] ?? `"${type}"`) + (mark === '[]' ? '[]' : '');
      return `${table}.${column} ${sql}${mark === '?' || mark === '[]' ? '' : ' not null'}`;
    });
  });

const columns = async () => {
  const rows = await db.$queryRaw<{ column: string }[]>`
    SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END AS "column"
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND c.relname <> '_prisma_migrations'`;
  return rows.map(({ column }) => column);
};

test('the migrated database has exactly the columns of the models', async () => {
  const migrated = await columns();

  expect(migrated.sort()).toEqual(declaredColumns().sort());
});

test('the enums of the database have exactly the words of the models', async () => {
  const rows = await db.$queryRaw<{ word: string }[]>`
    SELECT t.typname || '.' || e.enumlabel AS word FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
    JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = current_schema()`;

  const declared = blocks('enum').flatMap(({ name, lines }) =>
    lines.filter((line) => /^\w+$/.test(line)).map((word) => `${name}.${word}`),
  );
  expect(rows.map(({ word }) => word).sort()).toEqual(declared.sort());
});

test('every model can be read', async () => {
  const readers = [...modelNames].map((name) => name.replace(/^./, (first) => first.toLowerCase()));

  for (const reader of readers)
    await (db as unknown as Record<string, { findFirst(): Promise<unknown> }>)[reader]!.findFirst();

  expect(readers.length).toBeGreaterThan(15);
});

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** Whether the database takes the second of two rows of the same making. */
const twice = async (make: () => Promise<unknown>): Promise<string> => {
  await make();
  return make().then(
    () => 'taken',
    (error: unknown) => (/Unique constraint|duplicate key/.test(String(error)) ? 'refused' : String(error)),
  );
};

const aShiftOf = (driverId: string, closed: boolean) =>
  db.attendance.create({
    data: {
      ...{ id: randomUUID(), driverId, fleetId: fleet.id, checkInTime: new Date(), source: 'DRIVER' },
      ...(closed ? { status: 'CHECKED_OUT', checkOutTime: new Date() } : {}),
    },
  });

test('a driver has one open shift, and any number of closed ones', async () => {
  const driver = await aDriver(fleet);

  expect(await twice(() => aShiftOf(driver.id, true))).toBe('taken');
  expect(await twice(() => aShiftOf(driver.id, false))).toBe('refused');
});

test('a shift has one open break, and any number of ended ones', async () => {
  const shift = await aShiftOf((await aDriver(fleet)).id, false);
  const aBreak = (endTime: Date | null) => () =>
    db.break.create({ data: { id: randomUUID(), attendanceId: shift.id, startTime: new Date(), endTime } });

  expect(await twice(aBreak(new Date(Date.now() + 60_000)))).toBe('taken');
  expect(await twice(aBreak(null))).toBe('refused');
});

test('a driver is on one roster link, and so is a vehicle', async () => {
  const link = async (driverId: string, vehicleId: string, status: 'ACTIVE' | 'ENDED') => {
    const ended = status === 'ENDED' ? { endTime: new Date(Date.now() + 60_000) } : {};
    const pair = { id: randomUUID(), fleetId: fleet.id, driverId, vehicleId, status, ...ended };
    return db.assignment.create({ data: { ...pair, startTime: new Date() } });
  };
  const newDriver = async () => (await aDriver(fleet, { vehicle: false })).id;
  const newVehicle = async () => (await aVehicle(fleet.id, fleet.hubId)).id;
  const [driver, vehicle] = [await newDriver(), await newVehicle()];

  expect(await twice(async () => link(driver, await newVehicle(), 'ENDED'))).toBe('taken');
  expect(await twice(async () => link(driver, await newVehicle(), 'ACTIVE'))).toBe('refused');
  expect(await twice(async () => link(await newDriver(), vehicle, 'ACTIVE'))).toBe('refused');
});

test('a trip has one open assignment, and any number of closed ones', async () => {
  const [trip, driver] = [await aTrip(fleet), await aDriver(fleet)];
  const assign = (status: 'ASSIGNED' | 'ACTIVE' | 'UNASSIGNED') => () =>
    db.tripAssignment.create({
      data: { id: randomUUID(), tripId: trip.id, driverId: driver.id, status, assignedAt: new Date() },
    });

  expect(await twice(assign('UNASSIGNED'))).toBe('taken');
  expect(await twice(assign('ASSIGNED'))).toBe('refused');
});

test('a phone has one live login code, and any number of used or replaced ones', async () => {
  const phone = aPhone();
  const code = (over: { consumedAt?: Date; supersededAt?: Date }) => () =>
    db.otpChallenge.create({
      data: { id: randomUUID(), phone, purpose: 'LOGIN', codeHash: 'hash', expiresAt: new Date(), ...over },
    });

  expect(await twice(code({ consumedAt: new Date() }))).toBe('taken');
  expect(await twice(code({ supersededAt: new Date() }))).toBe('taken');
  expect(await twice(code({}))).toBe('refused');
});

const draw = async (prefix: string, at: string): Promise<string> => {
  const [row] = await db.$queryRaw<{ id: string }[]>`SELECT next_short_id(${prefix}, ${at}::timestamptz) AS id`;
  return row!.id;
};

/** A prefix that nothing else counts. */
const ownPrefix = () => randomUUID().slice(0, 8);

test('short ids are counted by the Indian day, without a gap and without a twin', async () => {
  const prefix = ownPrefix();

  const drawn = await Promise.all(Array.from({ length: 20 }, () => draw(prefix, '2026-03-09T18:30:00Z')));

  const serials = Array.from({ length: 20 }, (_, n) => `${prefix}20260310${String(n + 1).padStart(3, '0')}`);
  expect(drawn.sort()).toEqual(serials);
  expect(await draw(prefix, '2026-03-09T18:29:59Z')).toBe(`${prefix}20260309001`);
});

test('the thousandth short id of a day has four digits', async () => {
  const entity = ownPrefix();
  await db.idSequence.create({ data: { entity, date: '20260310', lastValue: 998 } });

  const drawn = [await draw(entity, '2026-03-10T06:00:00Z'), await draw(entity, '2026-03-10T06:00:00Z')];

  expect(drawn).toEqual([`${entity}20260310999`, `${entity}202603101000`]);
});
