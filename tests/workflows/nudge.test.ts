import { expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { tripRecord } from '../../workflows/domain/trips/trip-record.ts';
import { commandOf, nudge } from '../../workflows/shared/record.ts';
import { tripProcess } from '../../workflows/processes.ts';
import { attributes } from '../../workflows/shared/search-attributes.ts';
import { asDriver, asStaff } from '../world/actors.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';
import { aTripFacts, databaseDown, fakeCommits, here } from './fakes.ts';
import { cardOf, onTemporal, refusedWith, statusOf, timersOf } from './on-temporal.ts';

const rows = fakeCommits(tripRecord);
const { begin, beginWith } = onTemporal(rows.activities);

const driver = asDriver({ id: randomUUID(), userId: randomUUID() });
const report = { by: driver, ...here };
const operations = { args: [{ by: asStaff(randomUUID()) }] as [{ by: ReturnType<typeof asStaff> }] };
const impatientMs = 1_000;

/** A trip that shows after a second what does not get through. */
const anImpatientTrip = async () => {
  const facts = aTripFacts({ status: 'DRIVER_ASSIGNED', driverId: driver.driverId });
  rows.insert(facts);
  return { facts, trip: await begin({ ...tripProcess(facts), args: [facts, null, impatientMs] }) };
};

const needsHuman = async (trip: WorkflowHandle) =>
  (await trip.describe()).typedSearchAttributes.get(attributes.NeedsHuman) ?? false;

/** A start whose commit fails for as long as nobody looks. */
const aStuckStart = async () => {
  const { facts, trip } = await anImpatientTrip();
  rows.before(facts.tripId, ...Array<() => never>(100).fill(databaseDown));
  const start = await trip.startUpdate('start', { args: [report], waitForStage: 'ACCEPTED' });
  await until(() => needsHuman(trip), 'the trip to need a human');
  return { facts, trip, start };
};

test('what does not get through is shown on the card and found by one search attribute, and the trip lives on', async () => {
  const { trip } = await aStuckStart();

  expect(await cardOf(trip)).toMatch(/\*\*Stuck\*\* \| needs a human: `start` since .* IST/);
  expect(await statusOf(trip)).toBe('RUNNING');
  expect(await timersOf(trip)).toContain('patience with start');
});

test('a command that comes with the start and is stuck before anything is committed needs a human too', async () => {
  const facts = aTripFacts({ status: 'DRIVER_ASSIGNED', driverId: driver.driverId });
  rows.insert(facts);
  rows.before(facts.tripId, ...Array<() => never>(100).fill(databaseDown));
  const process = { ...tripProcess(facts), args: [facts, null, impatientMs] as never };
  const starting = beginWith(process, commandOf<typeof report>('start'), report);

  const trip = temporal.workflow.getHandle(process.workflowId);
  await until(() => needsHuman(trip).catch(() => false), 'the trip to need a human');
  rows.before(facts.tripId);
  await trip.executeUpdate(nudge, operations);

  await starting;
  await until(async () => !(await needsHuman(trip)), 'the trip to need nobody');
});

test('after a repair of the row a nudge lets the command go on from there', async () => {
  const { facts, trip, start } = await aStuckStart();
  rows.insert({ ...facts, version: 7 });

  expect(await trip.executeUpdate(nudge, operations)).toEqual({ retried: ['start'] });
  rows.before(facts.tripId);

  await start.result();
  expect(rows.row(facts.tripId)).toMatchObject({ status: 'STARTED', version: 8 });
  expect(rows.committed(facts.tripId)).toMatchObject([{ name: 'start', facts: { version: 7 } }]);
  await until(async () => !(await needsHuman(trip)), 'the trip to need nobody');
  expect(await cardOf(trip)).not.toMatch('needs a human');
});

test('a repair may make the command impossible; then its caller is refused', async () => {
  const { facts, trip, start } = await aStuckStart();
  rows.insert({ ...facts, driverId: randomUUID() });
  rows.before(facts.tripId);

  await trip.executeUpdate(nudge, operations);

  expect(await refusedWith(start.result())).toBe('NOT_TRIP_DRIVER');
});

test('a trip that waits for nobody only reads its row again; one that was closed there ends', async () => {
  const { facts, trip } = await anImpatientTrip();
  await until(() => Promise.resolve(rows.begun.includes(facts.tripId)), 'the trip to begin');
  rows.insert({ ...facts, status: 'CANCELLED', driverId: null });

  expect(await trip.executeUpdate(nudge, operations)).toEqual({ retried: [] });

  await trip.result();
});

test('what gets through by itself leaves no timer behind', async () => {
  const { trip } = await anImpatientTrip();

  await trip.executeUpdate('start', { args: [report] });

  expect(await timersOf(trip)).not.toContain('patience with start');
});
