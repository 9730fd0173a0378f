import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip, hubPoint } from '../../world/factories.ts';
import { smsWith } from '../../world/sms.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import {
  aBoardedTrip,
  anAssignedTrip,
  assign,
  assignmentsOf,
  aStartedTrip,
  inboxOf,
  isAvailable,
  tripOf,
} from './rides.ts';

type Driver = Awaited<ReturnType<typeof aDriver>>;

const reassign = (tripId: string, driver: { id: string }, by: Sent) =>
  post('/admin/trips/reassign', { tripId, driverId: driver.id }, by);

const unassign = (tripId: string, by: Sent) => post('/admin/trips/unassign', { tripId }, by);

const cancel = (tripId: string, by: Sent) =>
  post('/admin/trips/cancel', { tripId, reason: 'Flight was cancelled' }, by);

const start = (tripId: string, driver: Driver) => post(`/trips/${tripId}/start`, hubPoint, driver);

test('a dispatcher gives a trip to a driver, who is told, is busy, and keeps the vehicle of that moment', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const trip = await aTrip(fleet, { passengerPhone: aPhone() });

  const answer = await assign(trip.id, driver, fleet.operations);

  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        assignment: { tripId: trip.id, driverId: driver.id, vehicleId: driver.vehicleId, status: 'ASSIGNED' },
        trip: { status: 'DRIVER_ASSIGNED', driver: { id: driver.id }, vehicle: { id: driver.vehicleId } },
      },
    },
  });
  expect(await tripOf(trip.id)).toMatchObject({ status: 'DRIVER_ASSIGNED', fleetId: fleet.id, hubId: fleet.hubId });
  expect(await assignmentsOf(trip.id)).toMatchObject([{ status: 'ASSIGNED', assignedBy: fleet.operations.id }]);
  expect(await isAvailable(driver)).toBe(false);
  expect(await inboxOf(driver)).toEqual(['trip:assigned']);
  expect(await smsWith(trip.passengerPhone!, /: (\w+), .*picks you up/)).toBe('Dinesh');
});

test('of two dispatchers who give a trip away at the same moment, one is told that they are late', async () => {
  const fleet = await aFleet();
  const [one, other] = [await aDriver(fleet), await aDriver(fleet)];
  const { id } = await aTrip(fleet);

  const answers = await Promise.all([assign(id, one, fleet.manager), assign(id, other, fleet.operations)]);

  expect(answers.map(({ status }) => status).sort()).toEqual([201, 400]);
  expectRefused(
    answers.find(({ status }) => status === 400)!,
    400,
    'TRIP_ALREADY_ASSIGNED',
  );
  const granted = answers.find(({ status }) => status === 201)!.body.data.assignment;
  expect(await assignmentsOf(id)).toMatchObject([{ id: granted.id, status: 'ASSIGNED', unassignedAt: null }]);
  const free = [one, other].find((driver) => driver.id !== granted.driverId)!;
  expect([await isAvailable(free), await inboxOf(free)]).toEqual([true, []]);
});

test('fifty times the same assignment under one key is one assignment', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const trip = await aTrip(fleet, { passengerPhone: aPhone() });
  const sent = { ...fleet.manager, key: randomUUID() };

  const answers = await Promise.all(Array.from({ length: 50 }, () => assign(trip.id, driver, sent)));

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  const [row, ...more] = await assignmentsOf(trip.id);
  expect(more).toEqual([]);
  expect(new Set(answers.map(({ body }) => body.data.assignment.id))).toEqual(new Set([row!.id]));
  expect(await db.tripEvent.count({ where: { tripId: trip.id } })).toBe(1);
  expect(await inboxOf(driver)).toEqual(['trip:assigned']);
  expect(await db.notification.count({ where: { tripId: trip.id, event: 'passenger:assigned' } })).toBe(1);
});

test('a trip may also be assigned by its path', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await aTrip(fleet);

  const answer = await post(`/trips/${id}/assign`, { driverId: driver.id }, fleet.manager);

  expect(answer.status).toBe(200);
  expect(answer.body.data).toMatchObject({ tripId: id, driverId: driver.id, status: 'DRIVER_ASSIGNED' });
  expect(await assignmentsOf(id)).toMatchObject([{ driverId: driver.id, status: 'ASSIGNED' }]);
});

test('a driver may not give trips away', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await aTrip(fleet);

  expectRefused(await post(`/trips/${id}/assign`, { driverId: driver.id }, driver), 403, 'FORBIDDEN');

  expect(await assignmentsOf(id)).toEqual([]);
});

test('a driver of another fleet gets no trip of ours', async () => {
  const [fleet, others] = [await aFleet(), await aFleet()];
  const stranger = await aDriver(others);
  const { id } = await aTrip(fleet);

  expectRefused(await assign(id, stranger, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await assign(id, stranger, fleet.superAdmin), 400, 'FLEET_MISMATCH');

  expect(await assignmentsOf(id)).toEqual([]);
  expect(await isAvailable(stranger)).toBe(true);
});

test('a trip of another fleet cannot be dispatched, taken or cancelled by us', async () => {
  const [fleet, others] = [await aFleet(), await aFleet()];
  const [ours, theirs] = [await aDriver(fleet), await aDriver(others)];
  const { id } = await anAssignedTrip(others, theirs);

  for (const answer of [
    await assign(id, ours, fleet.manager),
    await reassign(id, ours, fleet.manager),
    await unassign(id, fleet.manager),
    await cancel(id, fleet.manager),
  ])
    expectRefused(answer, 403, 'SCOPE_FORBIDDEN');

  expect(await tripOf(id)).toMatchObject({ status: 'DRIVER_ASSIGNED', version: 1 });
});

test.each([
  ['is not active', { status: 'SUSPENDED' as const }, 'DRIVER_NOT_ACTIVE', { status: 'SUSPENDED' }],
  ['was refused by KYC', { kycStatus: 'REJECTED' as const }, 'DRIVER_NOT_ELIGIBLE', { reason: 'KYC_REJECTED' }],
])('a driver who %s gets no trip', async (_, data, code, details) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await db.driver.update({ where: { id: driver.id }, data });
  const { id } = await aTrip(fleet);

  const answer = await assign(id, driver, fleet.manager);

  expectRefused(answer, 409, code);
  expect(answer.body.error.details).toMatchObject(details);
  expect(await tripOf(id)).toMatchObject({ status: 'CREATED', version: 0 });
});

test('a driver without a vehicle gets no trip', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet, { vehicle: false });
  const { id } = await aTrip(fleet);

  const answer = await assign(id, driver, fleet.manager);

  expectRefused(answer, 409, 'DRIVER_NOT_ELIGIBLE');
  expect(answer.body.error.details).toEqual({ reason: 'NO_ACTIVE_VEHICLE' });
});

test('a driver with an airport pickup gets no other one less than an hour later', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id: taken } = await anAssignedTrip(fleet, driver, { tripType: 'AIRPORT', pickupInMinutes: 120 });
  const [close, later] = [
    await aTrip(fleet, { tripType: 'AIRPORT', pickupInMinutes: 170 }),
    await aTrip(fleet, { tripType: 'AIRPORT', pickupInMinutes: 181 }),
  ];

  const refused = await assign(close.id, driver, fleet.manager);
  const granted = await assign(later.id, driver, fleet.manager);

  expectRefused(refused, 409, 'SLOT_CONFLICT');
  expect(refused.body.error.details).toEqual({ conflictingTripId: taken, rule: 'AIRPORT_SPACING' });
  expect(granted.status).toBe(201);
  expect(await assignmentsOf(close.id)).toEqual([]);
});

test('a driver with a rental gets no other trip of that day, and two such trips at once become one', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const trips = [await aTrip(fleet, { tripType: 'RENTAL' }), await aTrip(fleet, { pickupInMinutes: 10 })];
  await db.trip.updateMany({ where: { fleetId: fleet.id }, data: { pickupTime: trips[0]!.pickupTime } });

  const answers = await Promise.all(trips.map(({ id }) => assign(id, driver, fleet.manager)));

  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  const refused = answers.findIndex(({ status }) => status === 409);
  expectRefused(answers[refused]!, 409, 'SLOT_CONFLICT');
  expect(answers[refused]!.body.error.details).toEqual({
    conflictingTripId: trips[1 - refused]!.id,
    rule: 'RENTAL_DAY',
  });
});

test('a trip changes hands at once: the former driver is free and told, the new one is busy and told', async () => {
  const fleet = await aFleet();
  const [former, next] = [await aDriver(fleet), await aDriver(fleet)];
  const { id } = await anAssignedTrip(fleet, former);

  const answer = await reassign(id, next, fleet.operations);

  expect(answer).toMatchObject({ status: 200, body: { data: { assignment: { driverId: next.id } } } });
  expect(await assignmentsOf(id)).toMatchObject([
    { driverId: former.id, status: 'UNASSIGNED', unassignedAt: expect.any(Date) },
    { driverId: next.id, status: 'ASSIGNED', unassignedAt: null },
  ]);
  expect([await isAvailable(former), await isAvailable(next)]).toEqual([true, false]);
  expect(await inboxOf(former)).toEqual(['trip:assigned', 'trip:unassigned']);
  expect(await inboxOf(next)).toEqual(['trip:assigned']);
});

test('when the new driver cannot take a trip, the former one keeps it', async () => {
  const fleet = await aFleet();
  const [former, next] = [await aDriver(fleet), await aDriver(fleet, { vehicle: false })];
  const { id } = await anAssignedTrip(fleet, former);

  expectRefused(await reassign(id, next, fleet.manager), 409, 'DRIVER_NOT_ELIGIBLE');

  expect(await assignmentsOf(id)).toMatchObject([{ driverId: former.id, status: 'ASSIGNED' }]);
  expect([await isAvailable(former), await isAvailable(next)]).toEqual([false, true]);
  expect(await tripOf(id)).toMatchObject({ status: 'DRIVER_ASSIGNED', version: 1 });
});

test('a trip is not reassigned to the driver who has it', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await anAssignedTrip(fleet, driver);

  expectInvalid(await reassign(id, driver, fleet.manager), 'driverId');

  expect(await assignmentsOf(id)).toMatchObject([{ driverId: driver.id, status: 'ASSIGNED' }]);
});

test('a trip that nobody has cannot be reassigned', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await aTrip(fleet);

  expectRefused(await reassign(id, driver, fleet.manager), 400, 'NO_ACTIVE_ASSIGNMENT');

  expect([await assignmentsOf(id), await isAvailable(driver)]).toEqual([[], true]);
});

test('after a breakdown another driver takes over from the beginning', async () => {
  const fleet = await aFleet();
  const [broken, next] = [await aDriver(fleet), await aDriver(fleet)];
  const { id } = await aStartedTrip(fleet, broken);
  await post(`/trips/${id}/arrived`, hubPoint, broken);

  const answer = await reassign(id, next, fleet.manager);

  expect(answer.body.data.trip).toMatchObject({ status: 'DRIVER_ASSIGNED', phase: null, startedAt: null });
  expect(await tripOf(id)).toMatchObject({ startedAt: null, arrivedAt: null, boardedAt: null, phase: null });
  expectRefused(await post(`/trips/${id}/start`, {}, broken), 403, 'NOT_TRIP_DRIVER');
  expect((await start(id, next)).body.data).toMatchObject({ status: 'STARTED', phase: 'EN_ROUTE' });
});

test('a passenger on board is not taken from their driver, nor their trip cancelled', async () => {
  const fleet = await aFleet();
  const [driver, other] = [await aDriver(fleet), await aDriver(fleet)];
  const { id } = await aBoardedTrip(fleet, driver);

  for (const answer of [
    await unassign(id, fleet.manager),
    await reassign(id, other, fleet.manager),
    await cancel(id, fleet.manager),
  ]) {
    expectRefused(answer, 400, 'TRIP_STATE_INVALID');
    expect(answer.body.error.details).toEqual({
      currentStatus: 'STARTED',
      phase: 'ONBOARD',
      possible: expect.any(Array),
    });
  }

  expect(await tripOf(id)).toMatchObject({ status: 'STARTED', phase: 'ONBOARD' });
  expect(await assignmentsOf(id)).toMatchObject([{ driverId: driver.id, status: 'ASSIGNED' }]);
});
