import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { freePort } from '../../local/ports.ts';
import { patch } from '../world/api.ts';
import { bookTrip, checkIn, shiftCommands, tripCommands } from '../world/commands.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet } from '../world/factories.ts';
import { brokenAtRest, pauseReconciliation, resumeReconciliation, reconcile } from '../world/health.ts';
import type { Answered } from '../world/send-until-answered.ts';
import { startLink } from '../world/link.ts';
import { told } from '../world/load.ts';
import { whileHeld } from '../world/locks.ts';
import { startProcess } from '../world/processes.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';
import { everyCommand } from './every-command.ts';

let api: Awaited<ReturnType<typeof startProcess>>;
let link: Awaited<ReturnType<typeof startLink>>;
let fleet: Awaited<ReturnType<typeof aFleet>>;

/**
 * An API whose way to Temporal can be cut; the requests of this file go to it. The schedule runs only when a test asks for it, or
 * it might repair what a test has just broken before the test has seen it broken.
 */
beforeAll(async () => {
  await pauseReconciliation();
  const port = await freePort(0);
  link = await startLink(world.temporalAddress);
  const own = { TEMPORAL_ADDRESS: link.address, PORT: String(port) };
  api = await startProcess('api', { ...world.apiEnvironment, ...own }, join(world.folder, 'own-api.log'));
  world.api = `http://127.0.0.1:${port}`;
  fleet = await aFleet();
});
afterAll(async () => {
  // The files after this one have the same system.
  await resumeReconciliation();
  await api.stop();
  link.stop();
});

const killApi = () => Promise.resolve(process.kill(api.pid()!, 'SIGKILL'));

/** Asks again as long as nobody answers, which is how a client finds the API that was started again. */
const isUp = () =>
  until(
    () =>
      fetch(`${world.api}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    'the API',
  );

test('an API dies before it has answered: whoever repeats is answered, and nothing happens twice', async () => {
  const cases = await everyCommand(fleet);
  const newcomer = await aDriver(fleet);
  const bookedBefore = await db.trip.count();

  let sent: Promise<Answered>[] = [];
  await whileHeld(
    cases.length + 2,
    () => (sent = [bookTrip(fleet), checkIn(newcomer), ...cases.map(({ send }) => send())]),
    killApi,
  );
  const answers = await Promise.all(sent);
  const repeated = await Promise.all(answers.map(({ again }) => again()));

  expect(answers.filter(({ status, statuses }) => status >= 300 || statuses[0] !== 0).map(told)).toEqual([]);
  expect(repeated.map(({ body }) => body.data)).toEqual(answers.map(({ body }) => body.data));
  for (const { expected, events } of cases) expect((await events()).map(({ type }) => type)).toEqual(expected);
  expect(await db.trip.count()).toBe(bookedBefore + 1);
  expect(await db.attendance.count({ where: { driverId: newcomer.id } })).toBe(1);
  await reconcile();
  expect(await brokenAtRest()).toEqual([]);
});

test('an API dies between a row and its workflow: the schedule begins it', async () => {
  link.cut();
  const booked = await bookTrip(fleet);
  const shift = await checkIn(await aDriver(fleet));
  await killApi();
  link.mend();
  await isUp();
  const unbegun = await db.trip.findUniqueOrThrow({ where: { id: booked.id } });

  await reconcile();

  expect(unbegun.begunAt).toBeNull();
  await until(async () => (await db.trip.findUniqueOrThrow({ where: { id: booked.id } })).begunAt, 'the trip to begin');
  await until(async () => (await db.attendance.findUniqueOrThrow({ where: { id: shift.id } })).begunAt, 'the shift');
  expect(await brokenAtRest()).toEqual([]);
});

test('an API dies between a suspension and its news: the schedule tells trip and shift', async () => {
  const driver = await aDriver(fleet);
  const [trip, shift] = [await bookTrip(fleet), await checkIn(driver)];
  const [onTrip, onShift] = [tripCommands(fleet, trip, driver, driver), shiftCommands(fleet, shift, driver)];
  await Promise.all([onTrip.assign(), onShift.approve()]);
  await onShift.startBreak();
  link.cut();
  const suspended = await patch(`/drivers/${driver.id}/status`, { status: 'INACTIVE' }, fleet.manager);
  await killApi();
  link.mend();
  await isUp();
  const untold = await db.trip.findUniqueOrThrow({ where: { id: trip.id } });

  await reconcile();

  expect([suspended.status, untold.status]).toEqual([200, 'DRIVER_ASSIGNED']);
  const tripRow = () => db.trip.findUniqueOrThrow({ where: { id: trip.id } });
  const shiftRow = () => db.attendance.findUniqueOrThrow({ where: { id: shift.id }, include: { breaks: true } });
  await until(async () => (await tripRow()).status === 'CREATED', 'the trip to lose its driver');
  await until(async () => (await shiftRow()).flags.includes('DRIVER_DEACTIVATED'), 'the shift to be flagged');
  expect((await shiftRow()).breaks).toMatchObject([{ endedBy: 'SYSTEM' }]);
  expect(await brokenAtRest()).toEqual([]);
});
