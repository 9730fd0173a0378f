import { expect, test } from '@jest/globals';
import { post } from '../world/api.ts';
import type { Answer } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aTrip } from '../world/factories.ts';
import { signal } from '../world/parts.ts';
import { until } from '../world/until.ts';

/** Another file of faults loads the machine at the same time; a command has ten seconds. `CROWD=100` is for a machine with nothing else to do. */
const crowd = Number(process.env['CROWD'] ?? 20);
/** Without a sign of life a command is given up before. */
const longerThanAwayMs = 5_000;
const many = <T>(make: (n: number) => Promise<T>) => Promise.all(Array.from({ length: crowd }, (_, n) => make(n)));

/** With the event of its booking, so that other tests of this system find a trip that its events explain. */
const aBookedTrip = async (fleet: Parameters<typeof aTrip>[0]) => {
  const trip = await aTrip(fleet);
  await db.tripEvent.create({
    data: { tripId: trip.id, commandId: 'create', type: 'create', actorType: 'USER', at: trip.createdAt },
  });
  return trip;
};

/** How often each outcome was answered. A command that takes longer than ten seconds is a 503. */
const outcomes = (answers: Answer[]) => {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = body.errorCode ? `${status} ${body.errorCode}` : String(status);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
};

test('many trips are given to as many drivers at the same instant, without keys', async () => {
  const fleet = await aFleet();
  const pairs = await many(async () => ({
    tripId: (await aBookedTrip(fleet)).id,
    driverId: (await aDriver(fleet)).id,
  }));

  const answers = await many((n) => post('/admin/trips/assign', pairs[n], fleet.superAdmin));

  expect(outcomes(answers)).toEqual({ 201: crowd });
  const held = await db.tripAssignment.findMany({ where: { trip: { fleetId: fleet.id }, unassignedAt: null } });
  const byTrip = new Map(held.map(({ tripId, driverId }) => [tripId, driverId]));
  expect(pairs.filter(({ tripId, driverId }) => byTrip.get(tripId) !== driverId)).toEqual([]);
});

test('many dispatchers give one trip to as many drivers: one of them gets it', async () => {
  const fleet = await aFleet();
  const { id: tripId } = await aBookedTrip(fleet);
  const drivers = await many(() => aDriver(fleet));

  const answers = await many((n) =>
    post('/admin/trips/assign', { tripId, driverId: drivers[n]!.id }, fleet.superAdmin),
  );

  expect(outcomes(answers)).toEqual({ 201: 1, '400 TRIP_ALREADY_ASSIGNED': crowd - 1 });
  expect(await db.tripAssignment.count({ where: { tripId } })).toBe(1);
});

test('a command waits for a worker that is held up, for as long as Temporal answers', async () => {
  const fleet = await aFleet();
  const [trip, driver] = [await aBookedTrip(fleet), await aDriver(fleet)];
  await signal('worker', 'SIGSTOP');
  const sentMs = performance.now();

  const assigning = post('/admin/trips/assign', { tripId: trip.id, driverId: driver.id }, fleet.manager);
  await until(
    () => Promise.resolve(performance.now() - sentMs > longerThanAwayMs),
    'a Temporal that is away to be given up',
  );
  await signal('worker', 'SIGCONT');

  expect((await assigning).status).toBe(201);
});
