import { beforeAll, expect, test } from '@jest/globals';
import { tripActivities } from '../../../activities/trips/trips.ts';
import type { TripFacts } from '../../../workflows/domain/trips/trips.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip } from '../../world/factories.ts';
import {
  assignmentOf,
  completionOf,
  deliver,
  delivered,
  factsOfTrip,
  orderOf,
  refusedWith,
  reportOf,
} from '../changes.ts';

const policy = { kycRequired: false, vehicleRequired: true };
const { assign } = tripActivities({ db, deliver, dispatch: policy });
/** The commits as they are at some moment. */
const at = (nowMs: number) => tripActivities({ db, deliver, dispatch: policy, now: () => nowMs });

/** Noon in India in ten days: no night charge, and far from the end of a business day. */
const noon = new Date(Math.ceil(Date.now() / 86_400_000 + 10) * 86_400_000 + 6.5 * 3_600_000);
const minutesTo = (at: Date, plus = 0) => (at.getTime() - Date.now()) / 60_000 + plus;

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

type Shape = NonNullable<Parameters<typeof aTrip>[1]>;
type Driver = Awaited<ReturnType<typeof aDriver>>;

const anAssignment = async (driverId: string, shape: Shape = {}) => {
  const trip = await aTrip(fleet, shape);
  return orderOf(await factsOfTrip(trip.id), assignmentOf(driverId));
};

const aTripOnBoard = async (driver: Driver, shape: Shape = {}) =>
  boarded(driver, (await assign(await anAssignment(driver.id, shape))).facts);

const boarded = async (driver: Driver, given: TripFacts) => {
  const { start, arrive, board } = at(Date.parse(given.pickupTime));
  const { facts: started } = await start(orderOf(given, reportOf(driver)));
  const { facts: arrived } = await arrive(orderOf(started, reportOf(driver)));
  return (await board(orderOf(arrived, { ...reportOf(driver), codeChecked: true }))).facts;
};

/** The end of the ride, at the time of the pickup. */
const completed = (facts: TripFacts, command: ReturnType<typeof completionOf>) =>
  at(Date.parse(facts.pickupTime)).complete(orderOf(facts, command));

const driverRow = (id: string) => db.driver.findUniqueOrThrow({ where: { id } });
const tripRow = (id: string) =>
  db.trip.findUniqueOrThrow({ where: { id }, include: { tripAssignments: true, events: { orderBy: { id: 'asc' } } } });
const messagesOf = (tripId: string) => db.notification.findMany({ where: { tripId }, orderBy: { createdAt: 'asc' } });

test('an assignment makes trip, driver, event, inbox and SMS true in one commit', async () => {
  const driver = await aDriver(fleet);
  const change = await anAssignment(driver.id, { passengerPhone: aPhone() });

  const made = await assign(change);

  const { tripId } = change.facts;
  const [sms] = await messagesOf(tripId);
  const { facts } = made;
  expect(facts).toMatchObject({ status: 'DRIVER_ASSIGNED', version: 1, hubId: fleet.hubId, fleetId: fleet.id });
  expect(made).toMatchObject({ labels: { state: 'DRIVER_ASSIGNED', driverId: driver.id }, over: false });
  expect(await factsOfTrip(tripId)).toEqual(facts);
  expect(delivered).toContain(sms!.id);
  expect(sms).toMatchObject({ event: 'passenger:assigned', status: 'QUEUED', channels: ['SMS'] });
  expect(await tripRow(tripId)).toMatchObject({
    ...{ status: 'DRIVER_ASSIGNED', version: 1, fleetId: fleet.id, hubId: fleet.hubId },
    tripAssignments: [{ id: change.command.assignmentId, vehicleId: driver.vehicleId, status: 'ASSIGNED' }],
    events: [{ type: 'assign', commandId: change.commandId, outcome: { set: { driverId: driver.id } } }],
  });
  expect(await driverRow(driver.id)).toMatchObject({ isAvailable: false });
  expect(await db.notification.findMany({ where: { userId: driver.userId } })).toMatchObject([
    { event: 'trip:assigned', status: 'SENT', channels: ['INBOX'] },
  ]);
});

test('passengers of a partner are told by the partner', async () => {
  const driver = await aDriver(fleet);
  const change = await anAssignment(driver.id, { passengerPhone: aPhone() });
  await db.trip.update({ where: { id: change.facts.tripId }, data: { source: 'MMT' } });

  await assign(change);

  expect(await messagesOf(change.facts.tripId)).toEqual([]);
});

test('an assignment that runs again has its effect once and returns the same', async () => {
  const driver = await aDriver(fleet);
  const change = await anAssignment(driver.id, { passengerPhone: aPhone() });

  const [first, twin] = await Promise.all([assign(change), assign(change)]);
  const later = await assign(change);

  const trip = await tripRow(change.facts.tripId);
  expect([twin, later]).toEqual([first, first]);
  expect(trip).toMatchObject({ version: 1, events: [{}], tripAssignments: [{}] });
  expect(await messagesOf(trip.id)).toHaveLength(1);
});

test.each([
  ['a suspended driver', { status: 'SUSPENDED' }, 'DRIVER_NOT_ACTIVE'],
  ['a driver whose KYC was rejected', { kycStatus: 'REJECTED' }, 'DRIVER_NOT_ELIGIBLE'],
] as const)('%s gets no trip, and nothing is changed', async (_who, data, key) => {
  const driver = await aDriver(fleet);
  await db.driver.update({ where: { id: driver.id }, data });
  const change = await anAssignment(driver.id, { passengerPhone: aPhone() });

  const refused = await refusedWith(assign(change));

  expect(refused).toBe(key);
  expect(await tripRow(change.facts.tripId)).toMatchObject({
    ...{ status: 'CREATED', version: 0 },
    ...{ events: [], tripAssignments: [] },
  });
  expect(await messagesOf(change.facts.tripId)).toEqual([]);
  expect(await driverRow(driver.id)).toMatchObject({ isAvailable: true });
});

test('a driver without a vehicle gets no trip, unless the fleet works without that rule', async () => {
  const driver = await aDriver(fleet, { vehicle: false });
  const change = await anAssignment(driver.id);

  const strict = await refusedWith(assign(change));
  const relaxed = tripActivities({ db, deliver, dispatch: { kycRequired: false, vehicleRequired: false } });
  await relaxed.assign(change);

  expect(strict).toBe('DRIVER_NOT_ELIGIBLE');
  expect(await tripRow(change.facts.tripId)).toMatchObject({ tripAssignments: [{ vehicleId: null }] });
});

test('a driver with a pending KYC gets no trip where dispatch demands one', async () => {
  const driver = await aDriver(fleet);
  await db.driver.update({ where: { id: driver.id }, data: { kycStatus: 'PENDING' } });
  const strict = tripActivities({ db, deliver, dispatch: { kycRequired: true, vehicleRequired: true } });

  const refused = await refusedWith(strict.assign(await anAssignment(driver.id)));

  expect(refused).toBe('DRIVER_NOT_ELIGIBLE');
});

test('a driver of another fleet gets no trip of this one', async () => {
  const stranger = await aDriver(await aFleet());

  const refused = await refusedWith(assign(await anAssignment(stranger.id)));

  expect(refused).toBe('FLEET_MISMATCH');
});

test('two airport trips of one driver within the hour: also at the same moment only one is theirs', async () => {
  const driver = await aDriver(fleet);
  const trips = await Promise.all(
    [0, 30].map((plus) => anAssignment(driver.id, { tripType: 'AIRPORT', pickupInMinutes: minutesTo(noon, plus) })),
  );

  const keys = await Promise.all(trips.map((change) => refusedWith(assign(change))));

  expect(keys.sort()).toEqual(['SLOT_CONFLICT', 'no refusal']);
  expect(await db.tripAssignment.count({ where: { driverId: driver.id } })).toBe(1);
});

test('two airport trips of one driver an hour apart are both theirs', async () => {
  const driver = await aDriver(fleet);
  const trips = await Promise.all(
    [0, 60].map((plus) => anAssignment(driver.id, { tripType: 'AIRPORT', pickupInMinutes: minutesTo(noon, plus) })),
  );
  // The rows round to milliseconds, each from a clock of its own; the rule is about the exact hour.
  trips[1]!.facts.pickupTime = new Date(Date.parse(trips[0]!.facts.pickupTime) + 3_600_000).toISOString();

  const keys = [await refusedWith(assign(trips[0]!)), await refusedWith(assign(trips[1]!))];

  expect(keys).toEqual(['no refusal', 'no refusal']);
});

test('a trip whose row moved without its workflow is judged by the row', async () => {
  const [driver, other] = [await aDriver(fleet), await aDriver(fleet)];
  const change = await anAssignment(driver.id);
  await db.trip.update({ where: { id: change.facts.tripId }, data: { version: 7 } });

  expect((await assign(change)).facts).toMatchObject({ status: 'DRIVER_ASSIGNED', version: 8 });

  const late = orderOf(change.facts, assignmentOf(other.id));
  expect(await refusedWith(assign(late))).toBe('TRIP_ALREADY_ASSIGNED');
  expect(await tripRow(change.facts.tripId)).toMatchObject({ version: 8, events: [{}], tripAssignments: [{}] });
  expect(await driverRow(other.id)).toMatchObject({ isAvailable: true });
});

test('a completed trip has its fare, its charges and its message, and its assignment is closed', async () => {
  const driver = await aDriver(fleet);
  const shape = { pickupInMinutes: minutesTo(noon), passengerPhone: aPhone() };
  const facts = await aTripOnBoard(driver, shape);

  const made = await completed(facts, completionOf(driver, { fare: 65_000, toll: 8_500 }));

  expect(made).toMatchObject({ facts: { status: 'COMPLETED', driverId: null, version: 5 }, due: [], over: true });
  const trip = await tripRow(facts.tripId);
  expect(trip).toMatchObject({ status: 'COMPLETED', pricePaise: 73_500, actualDistanceKm: 21.5 });
  expect(trip.fareBreakdown).toMatchObject({
    ...{ quotedFarePaise: 60_000, appliedFarePaise: 65_000, reportedFarePaise: 65_000, fareReview: false },
    ...{ extras: { waiting: 0, night: 0, toll: 8_500 }, extraTotalPaise: 8_500, totalPaise: 73_500 },
  });
  expect(trip.tripAssignments).toMatchObject([{ status: 'COMPLETED', closeReason: 'COMPLETED' }]);
  expect(trip.events.map(({ type }) => type)).toEqual(['assign', 'start', 'arrive', 'board', 'complete']);
  const events = (await messagesOf(facts.tripId)).map(({ event }) => event);
  expect(events).toEqual(['assigned', 'on_the_way', 'arrived', 'completed'].map((word) => `passenger:${word}`));
});

test('a fare that is far from the quote is not charged, but looked at', async () => {
  const driver = await aDriver(fleet);
  const facts = await aTripOnBoard(driver, { pickupInMinutes: minutesTo(noon) });

  await completed(facts, completionOf(driver, { fare: 72_001 }));

  const { fareBreakdown } = await tripRow(facts.tripId);
  expect(fareBreakdown).toMatchObject({ appliedFarePaise: 60_000, reportedFarePaise: 72_001, fareReview: true });
  const review = { event: 'trip:fare_review', payload: { path: ['tripId'], equals: facts.tripId } };
  const told = await db.notification.findMany({ where: review });
  expect(told.map(({ userId }) => userId)).toContain(fleet.manager.id);
});

test('a driver is free only when their last open trip is completed', async () => {
  const driver = await aDriver(fleet);
  const first = await aTripOnBoard(driver);
  const { facts: second } = await assign(await anAssignment(driver.id, { pickupInMinutes: 100 }));

  await completed(first, completionOf(driver));
  const between = await driverRow(driver.id);
  await completed(await boarded(driver, second), completionOf(driver));

  expect(between.isAvailable).toBe(false);
  expect(await driverRow(driver.id)).toMatchObject({ isAvailable: true });
});

test('a driver who was suspended during their trip is not free after it', async () => {
  const driver = await aDriver(fleet);
  const facts = await aTripOnBoard(driver);
  await db.driver.update({ where: { id: driver.id }, data: { status: 'SUSPENDED' } });

  await completed(facts, completionOf(driver));

  expect(await driverRow(driver.id)).toMatchObject({ isAvailable: false });
});

test('a command that had its effect has none in a later run, also where its rule would still allow it', async () => {
  const driver = await aDriver(fleet);
  const facts = await aTripOnBoard(driver);
  const lost = orderOf(facts, { driverId: driver.id });
  const { driverLost } = at(Date.now());

  const first = await driverLost(lost);
  const again = await driverLost({ ...lost, facts: first.facts });

  expect(again.facts).toEqual(first.facts);
  const { events } = await tripRow(facts.tripId);
  expect(events.filter(({ type }) => type === 'driverLost')).toHaveLength(1);
});
