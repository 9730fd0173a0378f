import { expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { silenceTiming, tripTimings } from '../../workflows/domain/deadlines.ts';
import type { Outcome } from '../../workflows/domain/commands.ts';
import type { TripFacts } from '../../workflows/domain/trips/trips.ts';
import { nudge } from '../../workflows/shared/entity.ts';
import { tripProcess } from '../../workflows/processes.ts';
import { attributes } from '../../workflows/shared/search-attributes.ts';
import { arriveTrip, startTrip } from '../../workflows/trips/trips.ts';
import { asDriver, asStaff } from '../world/actors.ts';
import { until } from '../world/until.ts';
import { aTripFacts, fakeTransactions, here } from './fakes.ts';
import { cardOf, onTemporal, refusedWith, statusOf, timersOf } from './on-temporal.ts';

const rows = fakeTransactions(['recordTripMove']);
/** The rows as they are by now, and what their commands had become. */
const repaired = new Map<string, { facts: TripFacts; outcome: Outcome<TripFacts> | null }>();

const { begin } = onTemporal({
  ...rows.activities,
  acknowledgeTrip: () => Promise.resolve(),
  beginNotifications: () => Promise.resolve(),
  raiseTripAlert: () => Promise.resolve(),
  checkSilence: () => Promise.resolve(Date.now()),
  readTrip: ({ tripId }: { tripId: string }) => Promise.resolve(repaired.get(tripId)),
});

const driver = asDriver({ id: randomUUID(), userId: randomUUID() });
const report = { by: driver, ...here };
const operations = { args: [{ by: asStaff(randomUUID()) }] as [{ by: ReturnType<typeof asStaff> }] };
const versionDrifted = () => {
  throw new Error('The trip is not at version 0.');
};

/** A trip that shows after a second what does not get through. */
const anImpatientTrip = async () => {
  const facts = aTripFacts({ status: 'DRIVER_ASSIGNED', driverId: driver.driverId });
  const process = tripProcess(facts);
  const patience = { alerts: tripTimings, silence: silenceTiming, patienceMs: 1_000 };
  repaired.set(facts.tripId, { facts, outcome: null });
  return { facts, trip: await begin({ ...process, args: [facts, patience] }) };
};

const needsHuman = async (trip: WorkflowHandle) =>
  (await trip.describe()).typedSearchAttributes.get(attributes.NeedsHuman) ?? false;

/** A start whose transaction fails for as long as nobody looks. */
const aStuckStart = async () => {
  const { facts, trip } = await anImpatientTrip();
  rows.before(facts.tripId, ...Array<() => never>(100).fill(versionDrifted));
  const start = await trip.startUpdate(startTrip, { args: [report], waitForStage: 'ACCEPTED' });
  await until(() => needsHuman(trip), 'the trip to need a human');
  return { facts, trip, start };
};

test('what does not get through is shown on the card and found by one search attribute, and the trip lives on', async () => {
  const { trip } = await aStuckStart();

  expect(await cardOf(trip)).toMatch(/\*\*Stuck\*\* \| needs a human: `startTrip` since .* IST/);
  expect(await statusOf(trip)).toBe('RUNNING');
  expect(await timersOf(trip)).toContain('patience with startTrip');
});

test('after a repair of the row a nudge lets the command go on from there', async () => {
  const { facts, trip, start } = await aStuckStart();
  repaired.set(facts.tripId, { facts: { ...facts, version: 7 }, outcome: null });
  rows.before(facts.tripId);

  expect(await trip.executeUpdate(nudge, operations)).toEqual({ retried: ['startTrip'] });

  expect((await start.result()).set).toMatchObject({ status: 'STARTED', version: 8 });
  expect(rows.committed(facts.tripId)).toMatchObject([{ activity: 'recordTripMove', facts: { version: 7 } }]);
  await until(async () => !(await needsHuman(trip)), 'the trip to need nobody');
  expect(await cardOf(trip)).not.toMatch('needs a human');
});

test('a command that had committed before is not done again: its caller gets the outcome that it had', async () => {
  const { facts, trip, start } = await aStuckStart();
  const set = { status: 'STARTED', phase: 'EN_ROUTE', startedAt: facts.since, version: 1 } as const;
  repaired.set(facts.tripId, { facts: { ...facts, ...set }, outcome: { set, notificationIds: [] } });

  await trip.executeUpdate(nudge, operations);

  expect((await start.result()).set).toEqual(set);
  expect(rows.committed(facts.tripId)).toEqual([]);
  rows.before(facts.tripId);
  expect((await trip.executeUpdate(arriveTrip, { args: [report] })).set.phase).toBe('ARRIVED');
});

test('a repair may make the command impossible; then its caller is refused', async () => {
  const { facts, trip, start } = await aStuckStart();
  repaired.set(facts.tripId, { facts: { ...facts, driverId: randomUUID() }, outcome: null });

  await trip.executeUpdate(nudge, operations);

  expect(await refusedWith(start.result())).toBe('NOT_TRIP_DRIVER');
});

test('a trip that missed what its row went through finds it out before anybody is needed', async () => {
  const { facts, trip } = await anImpatientTrip();
  const isBehind = (change: { facts: { version?: number } }) => change.facts.version === 0 && versionDrifted();
  rows.before(facts.tripId, ...Array<typeof isBehind>(100).fill(isBehind));
  repaired.set(facts.tripId, { facts: { ...facts, version: 3 }, outcome: null });

  const { set } = await trip.executeUpdate(startTrip, { args: [report] });

  expect(set).toMatchObject({ status: 'STARTED', version: 4 });
  expect(rows.committed(facts.tripId)).toMatchObject([{ facts: { version: 3 } }]);
});

test('a trip that waits for nobody only reads its row again; one that was closed there ends', async () => {
  const { facts, trip } = await anImpatientTrip();
  repaired.set(facts.tripId, { facts: { ...facts, status: 'CANCELLED', driverId: null }, outcome: null });

  expect(await trip.executeUpdate(nudge, operations)).toEqual({ retried: [] });

  await trip.result();
});

test('what gets through by itself leaves no timer behind', async () => {
  const { trip } = await anImpatientTrip();

  await trip.executeUpdate(startTrip, { args: [report] });

  expect(await timersOf(trip)).not.toContain('patience with startTrip');
});
