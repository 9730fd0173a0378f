import { beforeAll, expect, test } from '@jest/globals';
import type { Tx } from '../../prisma/client.ts';
import { bookTrip, checkIn, granted, shiftCommands, tripCommands } from '../world/commands.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet } from '../world/factories.ts';
import { brokenAtRest } from '../world/health.ts';
import { brokenInvariants } from '../world/invariants.ts';
import { temporal } from '../world/temporal.ts';

/** A trip on the road, one with its driver, one that is over, a shift in its break and one that is over: by their ids. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  const fleet = await aFleet();
  const [driver, other] = [await aDriver(fleet), await aDriver(fleet)];
  const aTripAfter = async (...names: (keyof ReturnType<typeof tripCommands>)[]) => {
    const trip = await bookTrip(fleet);
    const commands = tripCommands(fleet, trip, driver, other);
    for (const name of names) granted(await commands[name]());
    return trip.id;
  };
  ids['over'] = await aTripAfter('assign', 'start', 'arrive', 'board', 'complete'); // First: a driver is on one trip at a time.
  ids['road'] = await aTripAfter('assign', 'start');
  ids['next'] = await aTripAfter('assign');
  ids['driver'] = driver.id;
  ids['idle'] = other.id;
  for (const one of [driver, other]) {
    const shift = await checkIn(one);
    const commands = shiftCommands(fleet, shift, one);
    granted(await commands.approve());
    granted(await commands.startBreak());
    if (one === other) granted(await commands.checkOut());
    ids[one === other ? 'ended' : 'shift'] = shift.id;
  }
});

test('after a day everything fits together', async () => {
  expect(await brokenAtRest()).toEqual([]);
});

class Undo extends Error {}

/** What is found broken after some statements, which are then undone. `:road` and so on stand for the ids of above. */
const brokenBy = async (statements: string[]): Promise<string[]> => {
  let broken: string[] = [];
  const corrupt = async (tx: Tx) => {
    for (const statement of statements)
      await tx.$executeRawUnsafe(statement.replace(/(?<=[ (]):(\w+)/g, (_, name: string) => `'${ids[name]}'`));
    broken = await brokenInvariants(tx, temporal);
    throw new Undo();
  };
  await db.$transaction(corrupt).catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error;
  });
  return broken;
};

const twin = (table: string, where: string, others: string) =>
  `INSERT INTO "${table}" SELECT (jsonb_populate_record(row, '${others}')).* FROM "${table}" row WHERE ${where}`;

const newId = '00000000-0000-4000-8000-000000000001';

test.each([
  [
    'a trip has one open assignment at most',
    [
      'DROP INDEX "trip_assignments_open_key"',
      twin('trip_assignments', '"tripId" = :road', `{"id": "${newId}", "shortId": "TAS0"}`),
    ],
  ],
  [
    'a trip has an open assignment exactly while a driver has it',
    [`UPDATE "trip_assignments" SET "status" = 'UNASSIGNED', "unassignedAt" = now() WHERE "tripId" = :road`],
  ],
  [
    'an assignment is open until the driver is released',
    ['UPDATE "trip_assignments" SET "unassignedAt" = now() WHERE "tripId" = :road'],
  ],
  [
    'a driver is available exactly when they may drive and has no trip',
    ['UPDATE "drivers" SET "isAvailable" = false WHERE "id" = :idle'],
  ],
  [
    'a driver is available exactly when they may drive and has no trip',
    ['UPDATE "drivers" SET "isAvailable" = true WHERE "id" = :driver'],
  ],
  [
    'airport trips of a driver are an hour apart, and a rental has its day to itself',
    [`UPDATE "trips" SET "tripType" = 'AIRPORT' WHERE "id" IN (:road, :next)`],
  ],
  [
    'airport trips of a driver are an hour apart, and a rental has its day to itself',
    [`UPDATE "trips" SET "tripType" = 'RENTAL' WHERE "id" = :next`],
  ],
  [
    'a driver has one open shift at most',
    [
      'DROP INDEX "attendances_open_driver_key"',
      twin('attendances', '"id" = :shift', `{"id": "${newId}", "shortId": "ATT0"}`),
    ],
  ],
  ['a break runs only in an open shift', ['UPDATE "breaks" SET "endTime" = NULL WHERE "attendanceId" = :ended']],
  [
    'one command is one event',
    [
      'DROP INDEX "trip_events_tripId_commandId_key"',
      twin('trip_events', `"tripId" = :road AND "type" = 'start'`, '{"id": -1}'),
    ],
  ],
  ['an event knows what became of its command', ['UPDATE "trip_events" SET "outcome" = NULL WHERE "tripId" = :road']],
  ['an assignment was made by one event', [`DELETE FROM "trip_events" WHERE "tripId" = :road AND "type" = 'assign'`]],
  ['an event that gives a trip away made its assignment', ['DELETE FROM "trip_assignments" WHERE "tripId" = :road']],
  [
    'a break was begun by one event',
    [`DELETE FROM "attendance_events" WHERE "attendanceId" = :shift AND "type" = 'startBreak'`],
  ],
  [
    'one cause is one message',
    [
      'DROP INDEX "notifications_dedupeKey_key"',
      twin('notifications', `"tripId" = :road AND "event" = 'passenger:assigned'`, `{"id": "${newId}"}`),
    ],
  ],
  [
    'a passenger is told of each step once',
    [`DELETE FROM "notifications" WHERE "tripId" = :road AND "event" = 'passenger:on_the_way'`],
  ],
  ['a trip is where its events lead', [`UPDATE "trips" SET "phase" = 'ARRIVED' WHERE "id" = :road`]],
  ['a trip is where its events lead', ['UPDATE "trips" SET "version" = "version" + 1 WHERE "id" = :road']],
  ['a trip is where its events lead', [`DELETE FROM "trip_events" WHERE "tripId" = :over AND "type" = 'arrive'`]],
  ['a shift is where its events lead', [`UPDATE "attendances" SET "approvalStatus" = 'PENDING' WHERE "id" = :shift`]],
  ['a shift is where its events lead', [`UPDATE "attendances" SET "cashStatus" = 'NONE' WHERE "id" = :ended`]],
  ['a shift is where its events lead', ['UPDATE "breaks" SET "endTime" = now() WHERE "attendanceId" = :shift']],
  ['whatever is open has a workflow', [`UPDATE "notifications" SET "status" = 'QUEUED' WHERE "tripId" = :over`]],
  ['whatever is open has a workflow', [`UPDATE "trips" SET "status" = 'CREATED' WHERE "id" = :over`]],
  ['whatever is over has none', [`UPDATE "trips" SET "status" = 'COMPLETED', "phase" = NULL WHERE "id" = :road`]],
  ['whatever is over has none', ['UPDATE "attendances" SET "cashStatus" = \'RECONCILED\' WHERE "id" = :ended']],
])('it is noticed when it is not true that %s', async (sentence, statements) => {
  const broken = await brokenBy(statements);

  expect(broken.join('\n')).toContain(`Not true: ${sentence} (`);
});
