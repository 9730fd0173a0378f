import { expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { hourMs, instant, istDay, istText } from '../../../workflows/domain/time.ts';
import type { TripFacts } from '../../../workflows/domain/trips/trips.ts';
import { tripProcess } from '../../../workflows/processes.ts';
import { attributes } from '../../../workflows/shared/search-attributes.ts';
import {
  arriveTrip,
  assignTrip,
  boardTrip,
  completeTrip,
  rescheduleTrip,
  startTrip,
} from '../../../workflows/trips/trips.ts';
import { asDriver, asStaff } from '../../world/actors.ts';
import { until } from '../../world/until.ts';
import { aTripFacts, databaseDown, fakeTransactions, here } from '../fakes.ts';
import { cardOf, eventsOf, gate, onTemporal, refusedWith, statusOf } from '../on-temporal.ts';

const rows = fakeTransactions(['assignDriver', 'recordTripMove', 'settleTrip', 'moveTripTime']);
const delivery = { begun: [] as string[], held: new Map<string, Promise<void>>() };

const { begin } = onTemporal({
  ...rows.activities,
  acknowledgeTrip: () => Promise.resolve(),
  readTrip: rows.read,
  raiseTripAlert: () => Promise.resolve(),
  beginNotifications: async (ids: string[]) => {
    for (const id of ids) await delivery.held.get(id);
    delivery.begun.push(...ids);
  },
});

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

const activitiesOf = (id: string) => rows.committed(id).map(({ activity }) => activity);

const updatesIn = async (trip: WorkflowHandle) =>
  (await eventsOf(trip)).flatMap(
    (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.protocolInstanceId ?? [],
  );

test('a trip is assigned, driven and completed, each step once and in its order', async () => {
  const { id, trip } = await aRunningTrip();

  await trip.executeUpdate(assignTrip, { args: [assignment()] });
  await trip.executeUpdate(startTrip, { args: [report] });
  await trip.executeUpdate(arriveTrip, { args: [report] });
  await trip.executeUpdate(boardTrip, { args: [{ ...report, codeChecked: false }] });
  const last = await trip.executeUpdate(completeTrip, { args: [completion] });

  expect(last.set).toMatchObject({ status: 'COMPLETED', version: 5 });
  expect(activitiesOf(id)).toEqual(['assignDriver', ...Array<string>(3).fill('recordTripMove'), 'settleTrip']);
  expect(rows.committed(id).map(({ facts }) => facts.version)).toEqual([0, 1, 2, 3, 4]);
  await trip.result();
});

test('a command in the wrong state is refused before it leaves a trace in the history', async () => {
  const { id, trip } = await aRunningTrip();

  const key = await refusedWith(trip.executeUpdate(startTrip, { args: [report] }));
  await trip.executeUpdate(assignTrip, { args: [assignment()], updateId: 'legal' });

  expect(key).toBe('TRIP_STATE_INVALID');
  expect(await updatesIn(trip)).toEqual(['legal']);
  expect(activitiesOf(id)).toEqual(['assignDriver']);
});

test('only the driver of the trip may move it', async () => {
  const { trip } = await anAssignedTrip();

  const stranger = { ...report, by: asDriver({ id: randomUUID(), userId: randomUUID() }) };

  expect(await refusedWith(trip.executeUpdate(startTrip, { args: [stranger] }))).toBe('NOT_TRIP_DRIVER');
});

test('two commands at once take turns, and the second is judged on the state that the first made', async () => {
  const { id, trip } = await anAssignedTrip({ status: 'STARTED', phase: 'EN_ROUTE' });
  const database = gate();
  rows.before(id, databaseDown, databaseDown, databaseDown, () => database.opened);

  const arriving = await trip.startUpdate(arriveTrip, { args: [report], waitForStage: 'ACCEPTED' });
  const boarding = await trip.startUpdate(boardTrip, {
    args: [{ ...report, codeChecked: false }],
    waitForStage: 'ACCEPTED',
  });
  database.open();

  expect((await arriving.result()).set.phase).toBe('ARRIVED');
  expect((await boarding.result()).set.phase).toBe('ONBOARD');
  expect(rows.committed(id)).toMatchObject([
    { facts: { phase: 'EN_ROUTE' }, flags: [] },
    { facts: { phase: 'ARRIVED' }, flags: [] },
  ]);
});

test('of two dispatchers who assign a trip at the same moment, one is told that he is late', async () => {
  const { id, trip } = await aRunningTrip();

  const calls = [assignment(), assignment()].map((command) => trip.executeUpdate(assignTrip, { args: [command] }));
  const keys = await Promise.all(calls.map(refusedWith));

  expect(keys.sort()).toEqual(['TRIP_ALREADY_ASSIGNED', 'no refusal']);
  expect(activitiesOf(id)).toEqual(['assignDriver']);
});

test('a refusal of the transaction reaches the caller, and the trip lives on as it was', async () => {
  const { id, trip } = await aRunningTrip();
  rows.before(id, () => {
    throw refusal('DRIVER_NOT_ACTIVE', { status: 'SUSPENDED' });
  });

  const key = await refusedWith(trip.executeUpdate(assignTrip, { args: [assignment()] }));

  expect(key).toBe('DRIVER_NOT_ACTIVE');
  expect(await statusOf(trip)).toBe('RUNNING');
  expect(await refusedWith(trip.executeUpdate(assignTrip, { args: [assignment()] }))).toBe('no refusal');
});

test('a command that is sent twice has one effect and one answer', async () => {
  const { id, trip } = await anAssignedTrip();
  const sent = { args: [report] as [typeof report], updateId: `startTrip:${randomUUID()}` };

  const [first, twin] = await Promise.all([trip.executeUpdate(startTrip, sent), trip.executeUpdate(startTrip, sent)]);
  const later = await trip.executeUpdate(startTrip, sent);

  expect(twin).toEqual(first);
  expect(later).toEqual(first);
  expect(rows.committed(id)).toMatchObject([{ activity: 'recordTripMove', commandId: sent.updateId }]);
});

test('while the database restarts a command waits for it, and others are still answered', async () => {
  const { id, trip } = await anAssignedTrip();
  const database = gate();
  rows.before(id, databaseDown, databaseDown, databaseDown, () => database.opened);

  const waiting = await trip.startUpdate(startTrip, { args: [report], waitForStage: 'ACCEPTED' });
  const meanwhile = await refusedWith(trip.executeUpdate(completeTrip, { args: [completion] }));
  database.open();

  expect(meanwhile).toBe('TRIP_STATE_INVALID');
  expect((await waiting.result()).set.phase).toBe('EN_ROUTE');
  expect(activitiesOf(id)).toEqual(['recordTripMove']);
});

test('operations find a trip by its state and its driver as they are now', async () => {
  const { trip } = await aRunningTrip();

  await trip.executeUpdate(assignTrip, { args: [assignment()] });

  const found = await until(async () => {
    const { typedSearchAttributes } = await trip.describe();
    return typedSearchAttributes.get(attributes.State) === 'DRIVER_ASSIGNED' && typedSearchAttributes;
  });
  expect(found.get(attributes.DriverId)).toBe(driver.driverId);
});

test('a trip that is moved to another day waits for the new time, and is found under the new day', async () => {
  const { trip } = await anAssignedTrip();
  const inTwoDays = new Date(Date.now() + 2 * 86_400_000);

  await trip.executeUpdate(rescheduleTrip, { args: [{ pickupTime: inTwoDays.toISOString() }] });

  const day = istDay(inTwoDays.getTime());
  await until(async () => (await trip.describe()).typedSearchAttributes.get(attributes.BusinessDay) === day);
  expect(await refusedWith(trip.executeUpdate(startTrip, { args: [report] }))).toBe('TOO_EARLY_START');
  const timers = (await eventsOf(trip)).flatMap((event) => event.timerStartedEventAttributes?.startToFireTimeout ?? []);
  const dayAndAHalf = 36 * 3600;
  expect(Number(timers.at(-1)!.seconds)).toBeGreaterThan(dayAndAHalf);
});

test('the card of a trip says what it waits for, until when, and what one may do', async () => {
  const pickupMs = Date.now() + 5 * hourMs;
  const { trip } = await aRunningTrip({ pickupTime: instant(pickupMs) });
  const then = (name: string, atMs: number) => `, until ${istText(instant(atMs))} IST (then \`${name}\`) |`;

  const before = await cardOf(trip);
  await trip.executeUpdate(assignTrip, { args: [assignment()] });
  const after = await cardOf(trip);

  expect(before).toContain(`Waits for** | a driver${then('unassignedEarly', pickupMs - 3 * hourMs)}`);
  expect(before).toContain('POST /admin/trips/assign');
  expect(after).toContain(`the driver to start${then('startWindowOpen', pickupMs - 2.5 * hourMs)}`);
  expect(after).toMatch(new RegExp(`DRIVER_ASSIGNED, driver \`${driver.driverId}\``));
});

test('a completed trip ends only after the delivery of its last message was begun', async () => {
  const { trip } = await anAssignedTrip({ status: 'STARTED', phase: 'ONBOARD' });
  const [updateId, message, partner] = [`completeTrip:${randomUUID()}`, randomUUID(), gate()];
  rows.notifies(updateId, [message]);
  delivery.held.set(message, partner.opened);

  await trip.executeUpdate(completeTrip, { args: [completion], updateId });
  const whileHeld = await statusOf(trip);
  partner.open();
  await trip.result();

  expect(whileHeld).toBe('RUNNING');
  expect(delivery.begun).toContain(message);
  expect(await statusOf(trip)).toBe('COMPLETED');
});
