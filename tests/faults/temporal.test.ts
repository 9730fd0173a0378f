import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../world/api.ts';
import { bookTrip, checkIn } from '../world/commands.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet } from '../world/factories.ts';
import { brokenAtRest, reconcile } from '../world/health.ts';
import { sendUntilAnswered } from '../world/send-until-answered.ts';
import type { Answered } from '../world/send-until-answered.ts';
import { told, underLoad, unexpectedIn } from '../world/load.ts';
import { whileHeld } from '../world/locks.ts';
import { kill, signal } from '../world/parts.ts';
import { until } from '../world/until.ts';
import { everyCommand } from './every-command.ts';

const patienceMs = 9_000;

test('Temporal hangs: booking and reading go on, commands are put off, and work goes on when it is back', async () => {
  const fleet = await aFleet();
  const [driver, other] = [await aDriver(fleet), await aDriver(fleet)];
  const trip = await bookTrip(fleet);
  const request = ['/admin/trips/assign', { tripId: trip.id, driverId: driver.id }] as const;
  const sender = { ...fleet.operations, key: randomUUID() };
  await signal('temporal', 'SIGSTOP');

  const [booked, shift] = [await bookTrip(fleet), await checkIn(other)];
  const read = await get(`/trips/${trip.id}`, fleet.operations);
  const sentMs = performance.now();
  const putOff = await post(...request, sender);
  const waitedMs = performance.now() - sentMs;
  await kill('temporal');
  const repeated = await sendUntilAnswered(...request, sender);
  await reconcile();

  expect([booked.statuses, shift.statuses, read.status]).toEqual([[201], [201], 200]);
  expect([putOff.status, putOff.headers.get('retry-after')]).toEqual([503, '2']);
  expect(waitedMs).toBeLessThan(patienceMs);
  expect(repeated.status).toBe(201);
  await until(async () => (await db.trip.findUniqueOrThrow({ where: { id: booked.id } })).begunAt, 'the trip to begin');
  expect(await brokenAtRest()).toEqual([]);
});

test('Temporal is killed in the middle of every kind of command: no workflow misses what its row went through', async () => {
  const cases = await everyCommand(await aFleet());

  let sent: Promise<Answered>[] = [];
  await whileHeld(
    cases.length,
    () => (sent = cases.map(({ send }) => send())),
    () => kill('temporal'),
  );
  const answers = await Promise.all(sent);

  expect(answers.filter(({ status }) => status >= 300).map(told)).toEqual([]);
  for (const { expected, events } of cases) expect((await events()).map(({ type }) => type)).toEqual(expected);
  expect(await brokenAtRest()).toEqual([]);
});

test('Temporal is killed under load: everything is done', async () => {
  const { answers, ...done } = await underLoad(8, () => kill('temporal'));
  await reconcile();

  expect(unexpectedIn(answers)).toEqual([]);
  expect(done).toEqual({ completed: 8, checkedOut: 8 });
  expect(await brokenAtRest()).toEqual([]);
});
