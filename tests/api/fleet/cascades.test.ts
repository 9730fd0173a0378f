import { expect, test } from '@jest/globals';
import { get, patch, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip, aVehicle, hubPoint } from '../../world/factories.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { expectRefused } from '../http/refused.ts';
import { backInDispatch, flagged, linksOf, liveCodes } from '../http/losses.ts';
import { aShiftOnBreak, shiftOf } from '../shifts/shifts.ts';
import { anAssignedTrip, aStartedTrip, inboxOf, tripOf } from '../trips/rides.ts';

type Driver = Awaited<ReturnType<typeof aDriver>>;

const setStatus = (driver: Driver, body: { status: string; reason?: string }, by: { token: string }) =>
  patch(`/drivers/${driver.id}/status`, body, by);

const driverOf = ({ id }: Driver) => db.driver.findUniqueOrThrow({ where: { id } });

test('a driver who is deactivated leaves the roster, their coming trip goes back to dispatch, their ride goes on', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const [{ id: riding }, { id: coming }] = [await aStartedTrip(fleet, driver), await anAssignedTrip(fleet, driver)];

  const answer = await setStatus(driver, { status: 'INACTIVE', reason: 'Left the company' }, fleet.manager);

  expect(answer).toMatchObject({ status: 200, body: { data: { status: 'INACTIVE', isAvailable: false } } });
  expect(await linksOf(driver)).toMatchObject([
    { status: 'ENDED', endReason: 'DRIVER_STATUS', endedBy: fleet.manager.id, endTime: expect.any(Date) },
  ]);
  await backInDispatch(coming);
  expect(await db.tripAssignment.findMany({ where: { tripId: coming } })).toMatchObject([
    { status: 'UNASSIGNED', unassignedAt: expect.any(Date) },
  ]);
  await until(
    async () => (await inboxOf({ userId: fleet.manager.id })).filter((e) => e === 'trip:unassigned_alert').length === 2,
  );
  expect(await tripOf(riding)).toMatchObject({ status: 'STARTED', phase: 'EN_ROUTE' });
  expect((await post(`/trips/${riding}/complete`, {}, driver)).body.data.status).toBe('COMPLETED');
  expect(await driverOf(driver)).toMatchObject({ status: 'INACTIVE', isAvailable: false });
});

test('the open shift of a deactivated driver is flagged and its break ends', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const [id] = await aShiftOnBreak(fleet, driver);

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
  const out = await post('/attendance/check-out', { odometer: 1010, cashDeposited: 100 }, driver);
  expect(out.body.data).toMatchObject({ status: 'CHECKED_OUT', cashDeposited: 100 });
});

test('a deactivated driver opens no shift and no break', async () => {
  const fleet = await aFleet();
  const [driver, working] = [await aDriver(fleet), await aDriver(fleet)];
  const [id] = await aShiftOnBreak(fleet, working);
  await setStatus(driver, { status: 'INACTIVE' }, fleet.manager);
  await setStatus(working, { status: 'INACTIVE' }, fleet.manager);
  await flagged(id);

  expectRefused(await post('/attendance/check-in', hubPoint, driver), 403, 'DRIVER_NOT_ACTIVE');
  expectRefused(await post('/attendance/start-break', {}, working), 403, 'DRIVER_NOT_ACTIVE');
});

test('a deactivated user is out at once: their tokens, their sessions, their login', async () => {
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

test('a driver whose user is deactivated leaves the roster, their trip and their break, and stays what they were', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const [[shiftId], { id: tripId }] = [await aShiftOnBreak(fleet, driver), await anAssignedTrip(fleet, driver)];

  const answer = await patch(`/users/${driver.userId}/deactivate`, {}, fleet.superAdmin);

  expect(answer).toMatchObject({ status: 200, body: { data: { isActive: false } } });
  expectRefused(await get('/trips', driver), 401, 'UNAUTHORIZED');
  expect(await driverOf(driver)).toMatchObject({ status: 'ACTIVE', isAvailable: false });
  expect(await linksOf(driver)).toMatchObject([{ status: 'ENDED', endReason: 'USER_INACTIVE' }]);
  await backInDispatch(tripId);
  expect((await flagged(shiftId)).breaks).toMatchObject([{ endTime: expect.any(Date) }]);
});

test('a driver whose user is deactivated does not become available when their trip is taken from them', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id: tripId } = await anAssignedTrip(fleet, driver);

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

test('nobody deactivates themself', async () => {
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
  const events = await inboxOf(driver);
  expect(events.sort()).toEqual(['assignment:created', 'assignment:created', 'assignment:ended']);
});
