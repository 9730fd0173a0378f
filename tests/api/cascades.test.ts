import { expect, test } from '@jest/globals';
import { get, patch, post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aTrip, aVehicle, hubPoint } from '../world/factories.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';
import { expectRefused } from './refused.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Awaited<ReturnType<typeof aDriver>>;

const anAssignedTrip = async (fleet: Fleet, driver: Driver) => {
  const { id } = await aTrip(fleet);
  const answer = await post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager);
  expect(answer.status).toBe(201);
  return id;
};

const aStartedTrip = async (fleet: Fleet, driver: Driver) => {
  const id = await anAssignedTrip(fleet, driver);
  expect((await post(`/trips/${id}/start`, {}, driver)).status).toBe(200);
  return id;
};

/** A driver at work: an approved shift and, unless told otherwise, a break. */
const aShiftOnBreak = async (fleet: Fleet, driver: Driver) => {
  const { id } = (await post('/attendance/check-in', hubPoint, driver)).body.data as { id: string };
  await post(`/attendance/${id}/approve`, {}, fleet.manager);
  expect((await post('/attendance/start-break', {}, driver)).status).toBe(200);
  return id;
};

const setStatus = (driver: Driver, body: { status: string; reason?: string }, by: { token: string }) =>
  patch(`/drivers/${driver.id}/status`, body, by);

const driverOf = ({ id }: Driver) => db.driver.findUniqueOrThrow({ where: { id } });
const tripOf = (id: string) => db.trip.findUniqueOrThrow({ where: { id } });
const linksOf = ({ id }: Driver) => db.assignment.findMany({ where: { driverId: id } });
const shiftOf = (id: string) => db.attendance.findUniqueOrThrow({ where: { id }, include: { breaks: true } });
const backInDispatch = (id: string) =>
  until(async () => (await tripOf(id)).status === 'CREATED', 'the trip to go back to dispatch');
const inboxOf = async (userId: string) =>
  (await db.notification.findMany({ where: { userId } })).map(({ event }) => event);

const flagged = (id: string) =>
  until(async () => {
    const shift = await shiftOf(id);
    return shift.flags.includes('DRIVER_DEACTIVATED') && shift;
  }, 'the flag of the shift');

test('a driver who is deactivated leaves the roster, his coming trip goes back to dispatch, his ride goes on', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const [riding, coming] = [await aStartedTrip(fleet, driver), await anAssignedTrip(fleet, driver)];

  const answer = await setStatus(driver, { status: 'INACTIVE', reason: 'Left the company' }, fleet.manager);

  expect(answer).toMatchObject({ status: 200, body: { data: { status: 'INACTIVE', isAvailable: false } } });
  expect(await linksOf(driver)).toMatchObject([
    { status: 'ENDED', endReason: 'DRIVER_STATUS', endedBy: fleet.manager.id, endTime: expect.any(Date) },
  ]);
  await backInDispatch(coming);
  expect(await db.tripAssignment.findMany({ where: { tripId: coming } })).toMatchObject([
    { status: 'UNASSIGNED', unassignedAt: expect.any(Date) },
  ]);
  await until(async () => (await inboxOf(fleet.manager.id)).filter((e) => e === 'trip:unassigned_alert').length === 2);
  expect(await tripOf(riding)).toMatchObject({ status: 'STARTED', phase: 'EN_ROUTE' });
  expect((await post(`/trips/${riding}/complete`, {}, driver)).body.data.status).toBe('COMPLETED');
  expect(await driverOf(driver)).toMatchObject({ status: 'INACTIVE', isAvailable: false });
});

test('the open shift of a deactivated driver is flagged and its break ends', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const id = await aShiftOnBreak(fleet, driver);

  await db.break.updateMany({ where: { attendanceId: id }, data: { startTime: new Date(Date.now() - 3 * 3_600_000) } });
  await db.attendance.update({ where: { id }, data: { checkInTime: new Date(Date.now() - 4 * 3_600_000) } });

  await setStatus(driver, { status: 'INACTIVE' }, fleet.manager);

  const shift = await flagged(id);
  expect(shift.flags.sort()).toEqual(['DRIVER_DEACTIVATED', 'LONG_BREAK']);
  expect(shift).toMatchObject({ status: 'APPROVED', checkOutTime: null });
  expect(shift.breaks).toMatchObject([{ endTime: expect.any(Date) }]);
  await setStatus(driver, { status: 'ACTIVE' }, fleet.manager);
  const refused = await post('/attendance/start-break', {}, driver);
  expectRefused(refused, 403, 'DRIVER_NOT_ACTIVE');
  expect(refused.body.message).toContain('deactivated during this shift');
  const out = await post('/attendance/check-out', { odometer: 10, cashDeposited: 100 }, driver);
  expect(out.body.data).toMatchObject({ status: 'CHECKED_OUT', cashDeposited: 100 });
});

test('a deactivated driver opens no shift and no break', async () => {
  const fleet = await aFleet();
  const [driver, working] = [await aDriver(fleet), await aDriver(fleet)];
  const id = await aShiftOnBreak(fleet, working);
  await setStatus(driver, { status: 'INACTIVE' }, fleet.manager);
  await setStatus(working, { status: 'INACTIVE' }, fleet.manager);
  await flagged(id);

  expectRefused(await post('/attendance/check-in', hubPoint, driver), 403, 'DRIVER_NOT_ACTIVE');
  expectRefused(await post('/attendance/start-break', {}, working), 403, 'DRIVER_NOT_ACTIVE');
});

test.each(['SUSPENDED', 'BLACKLISTED'] as const)('saving a %s driver as INACTIVE does not lift it', async (status) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await db.driver.update({ where: { id: driver.id }, data: { status, isAvailable: false } });

  const saved = await setStatus(driver, { status: 'INACTIVE' }, fleet.manager);
  const lifted = await setStatus(driver, { status: 'ACTIVE' }, fleet.manager);
  const withoutReason = await setStatus(driver, { status: 'ACTIVE' }, fleet.superAdmin);

  expect(saved).toMatchObject({ status: 200, body: { data: { status } } });
  expectRefused(lifted, 409, 'DRIVER_UNDER_PENALTY');
  expectRefused(withoutReason, 409, 'DRIVER_UNDER_PENALTY');
  expect(await driverOf(driver)).toMatchObject({ status, isAvailable: false });
});

test('a SUPER_ADMIN lifts a sanction with a reason, and only he imposes one', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);

  expectRefused(await setStatus(driver, { status: 'SUSPENDED' }, fleet.fleetAdmin), 403, 'FIELD_FORBIDDEN');
  await setStatus(driver, { status: 'SUSPENDED' }, fleet.superAdmin);
  const suspended = await driverOf(driver);
  await setStatus(driver, { status: 'ACTIVE', reason: 'Heard' }, fleet.superAdmin);

  expect(suspended).toMatchObject({ status: 'SUSPENDED', isAvailable: false });
  expect(await driverOf(driver)).toMatchObject({ status: 'ACTIVE', isAvailable: true, statusReason: 'Heard' });
  expect(await linksOf(driver)).toMatchObject([{ status: 'ENDED' }]);
});

test.each([
  ['without a trip', false],
  ['who still has one', true],
])('a driver %s who becomes active again is available accordingly', async (_, hasTrip) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  if (hasTrip) await aStartedTrip(fleet, driver);
  await setStatus(driver, { status: 'INACTIVE' }, fleet.manager);

  const answer = await setStatus(driver, { status: 'ACTIVE' }, fleet.manager);

  expect(answer.body.data).toMatchObject({ status: 'ACTIVE', isAvailable: !hasTrip });
  expect(await db.auditEntry.count({ where: { subjectId: driver.id, action: 'driver.statusChanged' } })).toBe(2);
});

test('a driver on a ride is not made available by hand', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await aStartedTrip(fleet, driver);

  const answer = await patch(`/drivers/${driver.id}/availability`, { isAvailable: true }, fleet.manager);

  expectRefused(answer, 409, 'TRIP_IN_PROGRESS');
  expect(await driverOf(driver)).toMatchObject({ isAvailable: false });
});

test('a driver whose user is gone is not made available by hand', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await patch(`/users/${driver.userId}/deactivate`, {}, fleet.superAdmin);

  const answer = await patch(`/drivers/${driver.id}/availability`, { isAvailable: true }, fleet.manager);

  expectRefused(answer, 409, 'DRIVER_NOT_ACTIVE');
  expect(await driverOf(driver)).toMatchObject({ isAvailable: false });
});

const liveCodes = ({ phone }: { phone: string }) =>
  db.otpChallenge.count({ where: { phone, consumedAt: null, supersededAt: null } });

test('a deactivated user is out at once: his tokens, his sessions, his login', async () => {
  const fleet = await aFleet();
  await post('/auth/send-otp', { phone: fleet.manager.phone });
  expect((await get('/users', fleet.manager)).status).toBe(200);

  const answer = await patch(`/users/${fleet.manager.id}/deactivate`, {}, fleet.superAdmin);

  expect(answer).toMatchObject({ status: 200, body: { data: { isActive: false } } });
  expectRefused(await get('/users', fleet.manager), 401, 'UNAUTHORIZED');
  expect(await db.session.count({ where: { userId: fleet.manager.id, revokedAt: null } })).toBe(0);
  expect(await liveCodes(fleet.manager)).toBe(0);
  const { OTP_BYPASS_KEY: verifiedKey } = world.apiEnvironment;
  const login = await post('/auth/verify-otp', { phone: fleet.manager.phone, otp: '0', verifiedKey });
  expectRefused(login, 403, 'USER_INACTIVE');
});

test('a driver whose user is deactivated leaves the roster, his trip and his break, and stays what he was', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const [shiftId, tripId] = [await aShiftOnBreak(fleet, driver), await anAssignedTrip(fleet, driver)];

  const answer = await patch(`/users/${driver.userId}/deactivate`, {}, fleet.superAdmin);

  expect(answer).toMatchObject({ status: 200, body: { data: { isActive: false } } });
  expectRefused(await get('/trips', driver), 401, 'UNAUTHORIZED');
  expect(await driverOf(driver)).toMatchObject({ status: 'ACTIVE', isAvailable: false });
  expect(await linksOf(driver)).toMatchObject([{ status: 'ENDED', endReason: 'USER_INACTIVE' }]);
  await backInDispatch(tripId);
  expect((await flagged(shiftId)).breaks).toMatchObject([{ endTime: expect.any(Date) }]);
});

test('a driver whose user is deactivated does not become available when his trip is taken from him', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const tripId = await anAssignedTrip(fleet, driver);

  await patch(`/users/${driver.userId}/deactivate`, {}, fleet.superAdmin);
  await backInDispatch(tripId);

  expect(await driverOf(driver)).toMatchObject({ isAvailable: false });
});

test('a driver whose user is deactivated gets no new trip', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  expect((await patch(`/users/${driver.userId}/deactivate`, {}, fleet.superAdmin)).status).toBe(200);
  const { id } = await aTrip(fleet);

  const answer = await post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager);

  expectRefused(answer, 409, 'DRIVER_NOT_ACTIVE');
  expect(await tripOf(id)).toMatchObject({ status: 'CREATED' });
});

test('nobody deactivates himself', async () => {
  const { superAdmin } = await aFleet();

  expectRefused(await patch(`/users/${superAdmin.id}/deactivate`, {}, superAdmin), 409, 'LAST_SUPER_ADMIN');

  expect(await db.user.findUnique({ where: { id: superAdmin.id } })).toMatchObject({ isActive: true });
});

test.each([
  ['status', { status: 'MAINTENANCE' }, 'MAINTENANCE'],
  ['deactivate', {}, 'INACTIVE'],
])('a vehicle that leaves service by %s leaves the roster', async (path, body, status) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);

  const answer = await patch(`/vehicles/${driver.vehicleId}/${path}`, body, fleet.manager);

  expect(answer).toMatchObject({ status: 200, body: { data: { status, activeAssignment: null } } });
  expect(await linksOf(driver)).toMatchObject([{ status: 'ENDED', endReason: 'VEHICLE_STATUS' }]);
});

test('a vehicle is not taken away under a passenger', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  await aStartedTrip(fleet, driver);

  const answer = await patch(`/vehicles/${driver.vehicleId}/status`, { status: 'MAINTENANCE' }, fleet.manager);

  expectRefused(answer, 409, 'TRIP_IN_PROGRESS');
  expect(await linksOf(driver)).toMatchObject([{ status: 'ACTIVE' }]);
  expect(await db.vehicle.findUnique({ where: { id: driver.vehicleId! } })).toMatchObject({ status: 'ACTIVE' });
});

test('a fleet that is closed has no staff, no roster and no new work', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  for (const { phone } of [fleet.manager, other.manager]) await post('/auth/send-otp', { phone });
  const driver = await aDriver(fleet);
  const [shiftId, tripId] = [await aShiftOnBreak(fleet, driver), await anAssignedTrip(fleet, driver)];

  const answer = await patch(`/fleets/${fleet.id}/deactivate`, {}, fleet.superAdmin);

  expect(answer).toMatchObject({ status: 200, body: { data: { status: 'INACTIVE' } } });
  for (const person of [fleet.fleetAdmin, fleet.manager, fleet.operations])
    expect([401, 403]).toContain((await get('/users', person)).status);
  const { OTP_BYPASS_KEY: verifiedKey } = world.apiEnvironment;
  const login = await post('/auth/verify-otp', { phone: fleet.manager.phone, otp: '0', verifiedKey });
  expectRefused(login, 403, 'FLEET_INACTIVE');
  expect([await liveCodes(fleet.manager), await liveCodes(other.manager)]).toEqual([0, 1]);
  expect(await linksOf(driver)).toMatchObject([{ status: 'ENDED', endReason: 'FLEET_INACTIVE' }]);
  await backInDispatch(tripId);
  await flagged(shiftId);
  expect((await get('/trips', driver)).status).toBe(200);
  const out = await post('/attendance/check-out', { odometer: 10, cashDeposited: 0 }, driver);
  expect(out.body.data.status).toBe('CHECKED_OUT');
  expectRefused(await post('/attendance/check-in', hubPoint, driver), 403, 'FLEET_INACTIVE');
});

test('a fleet with a ride under way is not closed', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const riding = await aStartedTrip(fleet, driver);

  const refused = await patch(`/fleets/${fleet.id}/deactivate`, {}, fleet.superAdmin);
  expectRefused(refused, 409, 'TRIP_IN_PROGRESS');
  expect(refused.body.error.details).toMatchObject({ tripId: riding });

  expect(await db.fleet.findUnique({ where: { id: fleet.id } })).toMatchObject({ status: 'ACTIVE' });
  expect(await linksOf(driver)).toMatchObject([{ status: 'ACTIVE' }]);
  expect((await get('/users', fleet.manager)).status).toBe(200);
});

test('a vehicle given during a shift that began without one is the vehicle of the shift', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet, { vehicle: false });
  const shift = await post('/attendance/check-in', hubPoint, driver);
  const [first, second] = [await aVehicle(fleet.id, fleet.hubId), await aVehicle(fleet.id, fleet.hubId)];
  const link = { driverId: driver.id, replaceActive: true };

  await post('/assignments', { ...link, vehicleId: first.id }, fleet.manager);
  await until(async () => (await shiftOf(shift.body.data.id)).vehicleId === first.id, 'the vehicle of the shift');
  const replaced = await post('/assignments', { ...link, vehicleId: second.id }, fleet.manager);

  expect(replaced.status).toBe(201);
  expect(await shiftOf(shift.body.data.id)).toMatchObject({ vehicleId: first.id });
  const events = await inboxOf(driver.userId);
  expect(events.sort()).toEqual(['assignment:created', 'assignment:created', 'assignment:ended']);
});
