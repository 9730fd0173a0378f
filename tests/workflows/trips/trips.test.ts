import { expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { hourMs, instant, istDay } from '../../../workflows/domain/time.ts';
import type { TripFacts } from '../../../workflows/domain/trips/trips.ts';
import { tripProcess } from '../../../workflows/processes.ts';
import { momentText } from '../../../workflows/shared/card.ts';
import { attributes } from '../../../workflows/shared/search-attributes.ts';
import { tripRecord } from '../../../workflows/domain/trips/trip-record.ts';
import { asDriver, asStaff } from '../../world/actors.ts';
import { until } from '../../world/until.ts';
import { aTripFacts, databaseDown, fakeCommits, here } from '../fakes.ts';
import { cardOf, eventsOf, gate, onTemporal, refusedWith, statusOf } from '../on-temporal.ts';

const rows = fakeCommits(tripRecord);
const { begin } = onTemporal(rows.activities);

const driver = asDriver({ id: randomUUID(), userId: randomUUID() });
const dispatcher = asStaff(randomUUID());
const report = { by: driver, ...here };
const assignment = () => ({ by: dispatcher, driverId: driver.driverId, assignmentId: randomUUID() });
const completion = {
  ...report,
  ...{ reportedFarePaise: null, actualDistanceKm: null, extraKms: null, extraMinutes: null },
  ...{ tollPaise: 0 as never, parkingPaise: 0 as never, stateTaxPaise: 0 as never },
};

const aRunningTrip = async (shape: Partial<TripFacts> = {}) => {
  const facts = aTripFacts(shape);
  rows.insert(facts);
  return { id: facts.tripId, trip: await begin(tripProcess(facts)) };
};

const anAssignedTrip = (shape: Partial<TripFacts> = {}) =>
  aRunningTrip({ status: 'DRIVER_ASSIGNED', driverId: driver.driverId, ...shape });

const commitsOf = (id: string) => rows.committed(id).map(({ name }) => name);

const updatesIn = async (trip: WorkflowHandle) =>
  (await eventsOf(trip)).flatMap(
    (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.protocolInstanceId ?? [],
  );

test('a trip is assigned, driven and completed, each step once and in its order', async () => {
  const { id, trip } = await aRunningTrip();

  await trip.executeUpdate('assign', { args: [assignment()] });
  await trip.executeUpdate('start', { args: [report] });
  await trip.executeUpdate('arrive', { args: [report] });
  await trip.executeUpdate('board', { args: [{ ...report, codeChecked: false }] });
  await trip.executeUpdate('complete', { args: [completion] });

  expect(rows.row(id)).toMatchObject({ status: 'COMPLETED', version: 5 });
  expect(commitsOf(id)).toEqual(['assign', 'start', 'arrive', 'board', 'complete']);
  expect(rows.committed(id).map(({ facts }) => facts.version)).toEqual([0, 1, 2, 3, 4]);
  await trip.result();
});

test('a command in the wrong state is refused before it leaves a trace in the history', async () => {
  const { id, trip } = await aRunningTrip();

  const key = await refusedWith(trip.executeUpdate('start', { args: [report] }));
  await trip.executeUpdate('assign', { args: [assignment()], updateId: 'legal' });

  expect(key).toBe('TRIP_STATE_INVALID');
  expect(await updatesIn(trip)).toEqual(['legal']);
  expect(commitsOf(id)).toEqual(['assign']);
});

test('only the driver of the trip may move it', async () => {
  const { trip } = await anAssignedTrip();

  const stranger = { ...report, by: asDriver({ id: randomUUID(), userId: randomUUID() }) };

  expect(await refusedWith(trip.executeUpdate('start', { args: [stranger] }))).toBe('NOT_TRIP_DRIVER');
});

test('two commands at once take turns, and the second is judged on the state that the first made', async () => {
  const { id, trip } = await anAssignedTrip({ status: 'STARTED', phase: 'EN_ROUTE' });
  const database = gate();
  rows.before(id, databaseDown, databaseDown, databaseDown, () => database.opened);

  const arriving = await trip.startUpdate('arrive', { args: [report], waitForStage: 'ACCEPTED' });
  const boarding = await trip.startUpdate('board', {
    args: [{ ...report, codeChecked: false }],
    waitForStage: 'ACCEPTED',
  });
  database.open();

  await Promise.all([arriving.result(), boarding.result()]);
  expect(rows.row(id).phase).toBe('ONBOARD');
  expect(rows.committed(id)).toMatchObject([
    { facts: { phase: 'EN_ROUTE' }, flags: [] },
    { facts: { phase: 'ARRIVED' }, flags: [] },
  ]);
});

test('of two dispatchers who assign a trip at the same moment, one is told that they are late', async () => {
  const { id, trip } = await aRunningTrip();

  const calls = [assignment(), assignment()].map((command) => trip.executeUpdate('assign', { args: [command] }));
  const keys = await Promise.all(calls.map(refusedWith));

  expect(keys.sort()).toEqual(['TRIP_ALREADY_ASSIGNED', 'no refusal']);
  expect(commitsOf(id)).toEqual(['assign']);
});

test('a refusal of the transaction reaches the caller, and the trip lives on as it was', async () => {
  const { id, trip } = await aRunningTrip();
  rows.before(id, () => {
    throw refusal('DRIVER_NOT_ACTIVE', { status: 'SUSPENDED' });
  });

  const key = await refusedWith(trip.executeUpdate('assign', { args: [assignment()] }));

  expect(key).toBe('DRIVER_NOT_ACTIVE');
  expect(await statusOf(trip)).toBe('RUNNING');
  expect(await refusedWith(trip.executeUpdate('assign', { args: [assignment()] }))).toBe('no refusal');
});

test('a command that is sent twice has one effect and one answer', async () => {
  const { id, trip } = await anAssignedTrip();
  const sent = { args: [report] as [typeof report], updateId: `start:${randomUUID()}` };

  await Promise.all([trip.executeUpdate('start', sent), trip.executeUpdate('start', sent)]);
  await trip.executeUpdate('start', sent);

  expect(rows.committed(id)).toMatchObject([{ name: 'start', commandId: sent.updateId }]);
});

test('while the database restarts a command waits for it, and others are still answered', async () => {
  const { id, trip } = await anAssignedTrip();
  const database = gate();
  rows.before(id, databaseDown, databaseDown, databaseDown, () => database.opened);

  const waiting = await trip.startUpdate('start', { args: [report], waitForStage: 'ACCEPTED' });
  const meanwhile = await refusedWith(trip.executeUpdate('complete', { args: [completion] }));
  database.open();

  expect(meanwhile).toBe('TRIP_STATE_INVALID');
  await waiting.result();
  expect(rows.row(id).phase).toBe('EN_ROUTE');
  expect(commitsOf(id)).toEqual(['start']);
});

test('operations find a trip by its state and its driver as they are now', async () => {
  const { trip } = await aRunningTrip();

  await trip.executeUpdate('assign', { args: [assignment()] });

  const found = await until(async () => {
    const { typedSearchAttributes } = await trip.describe();
    return typedSearchAttributes.get(attributes.State) === 'DRIVER_ASSIGNED' && typedSearchAttributes;
  });
  expect(found.get(attributes.DriverId)).toBe(driver.driverId);
});

test('a trip that is moved to another day waits for the new time, and is found under the new day', async () => {
  const { trip } = await anAssignedTrip();
  const inTwoDays = new Date(Date.now() + 2 * 86_400_000);

  await trip.executeUpdate('reschedule', { args: [{ pickupTime: inTwoDays.toISOString() }] });

  const day = istDay(inTwoDays.getTime());
  await until(async () => (await trip.describe()).typedSearchAttributes.get(attributes.BusinessDay) === day);
  expect(await refusedWith(trip.executeUpdate('start', { args: [report] }))).toBe('TOO_EARLY_START');
  const windowOpens = momentText(instant(inTwoDays.getTime() - 2.5 * hourMs));
  expect(await cardOf(trip)).toContain(`| **Until** | ${windowOpens}; then the driver is told that they may start |`);
});

test('the card of a trip says what it waits for, from when and until when, and what one may call', async () => {
  const pickupMs = Date.now() + 5 * hourMs;
  const { id, trip } = await aRunningTrip({ pickupTime: instant(pickupMs) });
  const untilRow = (atMs: number, then: string) => `| **Until** | ${momentText(instant(atMs))}; then ${then} |`;

  await until(async () => (await cardOf(trip)).includes('**Until**'), 'the deadline on the card');
  const before = await cardOf(trip);
  await trip.executeUpdate('assign', { args: [assignment()] });
  const after = await cardOf(trip);

  expect(before).toContain('| **Waits for** | a driver |');
  expect(before).toContain(untilRow(pickupMs - 3 * hourMs, 'dispatch is told that nobody has the trip'));
  expect(before).toContain(`POST /admin/trips/assign\` \`{"tripId":"${id}"`);
  expect(after).toContain(`| **From** | starting is possible from ${momentText(instant(pickupMs - 2.5 * hourMs))} |`);
  expect(after).toContain(untilRow(pickupMs - 2.5 * hourMs, 'the driver is told that they may start'));
  expect(after).toMatch(new RegExp(`DRIVER_ASSIGNED, driver \`${driver.driverId}\``));
});

test('a workflow that is begun for a trip that is over ends at once, and refuses what comes too late', async () => {
  const { id, trip } = await anAssignedTrip({ status: 'STARTED', phase: 'ONBOARD' });
  const facts = { ...rows.row(id) };
  await trip.executeUpdate('complete', { args: [completion] });
  await trip.result();

  const again = await begin(tripProcess(facts));
  await again.result();

  expect(rows.committed(id)).toHaveLength(1);
  expect((await again.describe()).runId).not.toBe(trip.firstExecutionRunId);
});
