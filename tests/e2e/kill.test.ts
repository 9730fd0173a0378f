import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../local/ports.ts';
import { supervise } from '../../local/supervise.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { untilWaiting } from '../activities/locks.ts';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip, hubPoint } from '../world/factories.ts';
import { loseAnswer } from '../world/stored-answers.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';

type Child = Awaited<ReturnType<typeof supervise>>;

/** A namespace of its own on the server of the run, since the worker that is killed here must not be the one of other tests. */
const aNamespace = async (): Promise<string> => {
  const namespace = `kill-${randomUUID()}`;
  const connection = await Connection.connect({ address: world.temporalAddress });
  const retention = { seconds: 86_400 as never };
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
  const keyword = 2;
  const wanted = Object.fromEntries(searchAttributes.map(({ name }) => [name, keyword]));
  const register = () => connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
  await until(() => register().catch(() => null), 'the namespace');
  await connection.close();
  return namespace;
};

const startProcess = (name: 'api' | 'workers', env: NodeJS.ProcessEnv): Promise<Child> =>
  supervise({
    ...{ name, env, command: process.execPath, onEvent: () => undefined },
    args: [fileURLToPath(new URL(`../../${name}/main.ts`, import.meta.url))],
    logFile: join(world.folder, `kill-${name}.log`),
  });

let worker: Child;
let api: Child;

beforeAll(async () => {
  const port = await freePort(0);
  const own = { TEMPORAL_NAMESPACE: await aNamespace() };
  [worker, api] = await Promise.all([
    startProcess('workers', { ...world.workerEnvironment, ...own }),
    startProcess('api', { ...world.apiEnvironment, ...own, PORT: String(port) }),
  ]);
  world.api = `http://127.0.0.1:${port}`; // The helpers of this file speak to this API; other files have a world of their own.
});
afterAll(() => Promise.all([api.stop(), worker.stop()]));

/** With a worker that must start again on a busy machine; with a second one, as in production, it is seconds. */
const patienceMs = 25_000;
const code = '4711';

/** As an app does it: the same key until there is an answer that is one. */
const insist = async (path: string, body: object, token: string, key: string = randomUUID()) => {
  const startedMs = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    const { status, body: answer } = await post(path, body, { token, key });
    if (status !== 503 || attempt === 10)
      return { path, status, answer: answer.error?.code, waitedMs: performance.now() - startedMs };
  }
};

type Fleet = Awaited<ReturnType<typeof aFleet>>;

/** The life of a trip: where a command finds it, and what the command makes of it. */
const steps = [
  { type: 'assign', from: 'CREATED', phase: null, makes: 'DRIVER_ASSIGNED', tells: 'passenger:assigned' },
  { type: 'start', from: 'DRIVER_ASSIGNED', phase: null, makes: 'EN_ROUTE', tells: 'passenger:on_the_way' },
  { type: 'arrive', from: 'STARTED', phase: 'EN_ROUTE', makes: 'ARRIVED', tells: 'passenger:arrived' },
  { type: 'board', from: 'STARTED', phase: 'ARRIVED', makes: 'ONBOARD', tells: null },
  { type: 'complete', from: 'STARTED', phase: 'ONBOARD', makes: 'COMPLETED', tells: 'passenger:completed' },
] as const;

type Step = (typeof steps)[number];

/** A trip of which only the row exists, where the step finds it, and the command that takes the step. */
const aJourneyAt = async (fleet: Fleet, step: Step) => {
  const driver = await aDriver(fleet);
  const { id } = await aTrip(fleet, { code, passengerPhone: aPhone() });
  await db.trip.update({ where: { id }, data: { status: step.from, phase: step.phase } });
  if (step.type !== 'assign') {
    const links = { id: randomUUID(), tripId: id, driverId: driver.id, vehicleId: driver.vehicleId };
    await db.tripAssignment.create({ data: { ...links, status: 'ASSIGNED', assignedAt: new Date() } });
    await db.driver.update({ where: { id: driver.id }, data: { isAvailable: false } });
  }
  const send = {
    assign: () => insist('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.operations.token),
    start: () => insist(`/trips/${id}/start`, hubPoint, driver.token),
    arrive: () => insist(`/trips/${id}/arrived`, hubPoint, driver.token),
    board: () => insist(`/trips/${id}/onboard`, { otp: code }, driver.token),
    complete: () => insist(`/trips/${id}/complete`, hubPoint, driver.token),
  };
  return { id, step, driverId: driver.id, command: send[step.type] };
};

const readTrip = (id: string) =>
  db.trip.findUniqueOrThrow({
    where: { id },
    include: { events: true, tripAssignments: { include: { driver: true } } },
  });

test('a worker dies in the middle of fifteen commands: nothing is lost, nothing happens twice', async () => {
  const fleet = await aFleet();
  const journeys = await Promise.all(Array.from({ length: 15 }, (_, index) => aJourneyAt(fleet, steps[index % 5]!)));
  const before = worker.pid()!;

  const held = journeys.filter((_, index) => index % 3 === 0).map(({ id }) => id); // One of each kind.
  const calls = await db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM "trips" WHERE "id" = ANY(${held}::uuid[]) FOR NO KEY UPDATE`;
      const sent = journeys.map(({ command }) => command());
      await untilWaiting(held.length);
      process.kill(before, 'SIGKILL');
      return sent;
    },
    { timeout: 20_000 },
  );
  const answers = await Promise.all(calls);

  expect(worker.pid()).not.toBe(before);
  expect(answers.filter(({ status, waitedMs }) => status >= 300 || waitedMs > patienceMs)).toEqual([]);
  for (const { id, step, driverId } of journeys) {
    const isAvailable = step.makes === 'COMPLETED';
    const row = await readTrip(id);
    expect(row.phase ?? row.status).toBe(step.makes);
    expect(row.version).toBe(1);
    expect(row.events.map(({ type }) => type)).toEqual([step.type]);
    expect(row.tripAssignments).toMatchObject([{ driverId, driver: { isAvailable } }]);
    const told = await db.notification.findMany({ where: { tripId: id } });
    expect(told.map(({ event }) => event)).toEqual(step.tells ? [step.tells] : []);
  }
}, 60_000);

test('a check-out whose answer was lost is answered when the app repeats it', async () => {
  const driver = await aDriver(await aFleet());
  expect((await insist('/attendance/check-in', { ...hubPoint, odometer: 1000 }, driver.token)).status).toBe(201);
  const key = randomUUID();

  const first = await insist('/attendance/check-out', { odometer: 1040 }, driver.token, key);
  const lost = await loseAnswer(driver.userId, 'POST /attendance/check-out', key);
  const repeated = await insist('/attendance/check-out', { odometer: 1040 }, driver.token, key);

  expect(lost.count).toBe(1);
  expect([first, repeated]).toMatchObject([{ status: 200 }, { status: 200, answer: undefined }]);
});
