import { expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aTrip, aDriver, aVehicle, hubPoint } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aStartedTrip } from '../trips/rides.ts';
import { aDay, anApprovedShift, aPendingShift, aShiftOnBreak, checkIn, shiftOf } from './shifts.ts';

type Driver = Awaited<ReturnType<typeof aDriver>>;

const checkOut = (driver: Driver, body: object = {}) =>
  post('/attendance/check-out', { odometer: 1040, ...body }, driver);

/** As if the shift and its break had begun that much earlier. */
const began = async (id: string, minutes: { shift: number; rest: number }) => {
  const ago = (count: number) => new Date(Date.now() - count * 60_000);
  await db.attendance.update({ where: { id }, data: { checkInTime: ago(minutes.shift) } });
  await db.break.updateMany({ where: { attendanceId: id }, data: { startTime: ago(minutes.rest) } });
};

const open = { status: 'APPROVED', checkOutTime: null, odometerEnd: null, cashDepositedPaise: 0, cashStatus: 'NONE' };

test('a driver ends their shift with their odometer and their cash, and keeps their car', async () => {
  const { fleet, driver } = await aDay();
  const [id] = await aShiftOnBreak(fleet, driver);
  await began(id, { shift: 90, rest: 20 });
  const odometerImageUrl = 'https://photos.example/odometer.jpg';

  const answer = await checkOut(driver, { cashDeposited: 780.5, odometerImageUrl, location: hubPoint });

  expect(answer).toMatchObject({
    status: 200,
    body: {
      data: {
        ...{ id, status: 'CHECKED_OUT', approvalStatus: 'APPROVED', odometerEnd: 1040, totalKm: 40, odometerImageUrl },
        ...{ cashDeposited: 780.5, cashStatus: 'DECLARED', breakMinutes: 20, workedMinutes: 70, flags: [] },
        ...{ checkOutLat: hubPoint.lat, checkOutLng: hubPoint.lng, closedBy: driver.userId, adminRemarks: null },
      },
    },
  });
  const shift = await shiftOf(id);
  expect(shift).toMatchObject({ cashDepositedPaise: 78_050, breaks: [{ endedBy: 'CHECK_OUT' }] });
  expect(shift.breaks[0]!.endTime).toEqual(shift.checkOutTime);
  expect(shift.events.map(({ type }) => type)).toEqual(['checkIn', 'approve', 'startBreak', 'checkOut']);
  expect(await db.assignment.findMany({ where: { driverId: driver.id } })).toMatchObject([{ status: 'ACTIVE' }]);
  const { body } = await get(`/drivers/${driver.id}`, fleet.manager);
  expect(body.data).toMatchObject({ dutyState: 'OFF_DUTY', isAvailable: true });
});

test('a shift that nobody decided can be ended, and waits for its decision', async () => {
  const { driver } = await aDay();
  const id = await aPendingShift(driver);

  const { body } = await checkOut(driver);

  expect(body.data).toMatchObject({ id, status: 'CHECKED_OUT', approvalStatus: 'PENDING' });
  expect(body.data.flags).toEqual(['CHECKED_OUT_UNAPPROVED']);
});

test.each([
  [undefined, 0, 'NONE'],
  [0, 0, 'NONE'],
  ['0.00', 0, 'NONE'],
  [0.01, 1, 'DECLARED'],
  ['12.50', 1250, 'DECLARED'],
  [0.1 + 0.2, 30, 'DECLARED'],
  [8.2, 820, 'DECLARED'],
  [10_000_000, 1_000_000_000, 'DECLARED'],
])('cash of %j is %i paise, %s', async (cashDeposited, cashDepositedPaise, cashStatus) => {
  const { driver } = await aDay();
  const id = await aPendingShift(driver);

  const { body } = await checkOut(driver, { cashDeposited });

  expect(body.data).toMatchObject({ cashDeposited: cashDepositedPaise / 100, cashStatus });
  expect(await shiftOf(id)).toMatchObject({ cashDepositedPaise, cashStatus });
});

const noAmount = [-1, '-0.01', 12.345, '12.345', 10_000_000.01, 'much', 'NaN', '1e3', '0x10', '1,000', true, [], {}];

test.each(noAmount)('%j is no amount of cash', async (cashDeposited) => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);

  expectRefused(await checkOut(driver, { cashDeposited }), 400, 'INVALID_CASH_AMOUNT');

  expect(await shiftOf(id)).toMatchObject(open);
});

const noReading = [undefined, null, '', ' ', -1, '-5', 2_000_001, 'many', 'NaN', '1e3', true, [], {}];

test.each(noReading)('%j is no reading of an odometer', async (odometer) => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);

  expectRefused(await checkOut(driver, { odometer }), 400, 'INVALID_ODOMETER');

  expect(await shiftOf(id)).toMatchObject(open);
});

test.each([
  [{ odometer: '1040' }, 1040],
  [{ odometer: 1040.9 }, 1040],
  [{ odometer: 1000 }, 1000],
  [{ odometer: null, odometerEnd: 1041 }, 1041],
])('a check-out with %j has the reading %s', async (body, odometerEnd) => {
  const { driver } = await aDay();
  await aPendingShift(driver);

  expect((await checkOut(driver, body)).body.data).toMatchObject({ odometerEnd, totalKm: odometerEnd - 1000 });
});

test('a reading below the first one is refused, and the driver is told the first one', async () => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);

  const answer = await checkOut(driver, { odometer: 999 });

  expectRefused(answer, 400, 'INVALID_ODOMETER');
  expect(answer.body.error.details).toEqual({ odometerStart: 1000 });
  expect(answer.body.message).toContain('1000');
  expect(await shiftOf(id)).toMatchObject(open);
});

test('a shift that began at zero has its kilometres, and one that began without a reading has none', async () => {
  const { fleet, driver } = await aDay();
  const colleague = await aDriver(fleet);
  await checkIn(driver, { odometer: 0 });
  await checkIn(colleague);

  expect((await checkOut(driver, { odometer: 30 })).body.data).toMatchObject({ odometerStart: 0, totalKm: 30 });
  expect((await checkOut(colleague)).body.data).toMatchObject({ odometerEnd: 1040, totalKm: null });
});

test.each([
  [1800, []],
  [1801, ['ODOMETER_JUMP']],
])('a shift from 1000 to %s kilometres is flagged %j', async (odometer, flags) => {
  const { fleet, driver } = await aDay();
  await anApprovedShift(fleet, driver);

  expect((await checkOut(driver, { odometer })).body.data.flags).toEqual(flags);
});

test('there is nothing to end before a check-in, nor a second time', async () => {
  const { driver } = await aDay();

  expectRefused(await checkOut(driver), 404, 'NO_ACTIVE_SHIFT');
  const id = await aPendingShift(driver);
  await checkOut(driver, { cashDeposited: 10 });
  expectRefused(await checkOut(driver, { cashDeposited: 99 }), 404, 'NO_ACTIVE_SHIFT');

  expect(await shiftOf(id)).toMatchObject({ cashDepositedPaise: 1000 });
});

test('of five check-outs at once one ends the shift', async () => {
  const { driver } = await aDay();
  const id = await aPendingShift(driver);

  const answers = await Promise.all([10, 20, 30, 40, 50].map((cashDeposited) => checkOut(driver, { cashDeposited })));

  const granted = answers.filter(({ status }) => status === 200);
  expect(granted).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, 404, 'NO_ACTIVE_SHIFT');
  expect(await shiftOf(id)).toMatchObject({
    cashDepositedPaise: granted[0]!.body.data.cashDeposited * 100,
    events: [{ type: 'checkIn' }, { type: 'checkOut' }],
  });
});

test('nobody goes home in the middle of a trip, but before one they may', async () => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);
  await aStartedTrip(fleet, driver);

  expectRefused(await checkOut(driver, { force: true, remarks: 'I want to' }), 409, 'TRIP_IN_PROGRESS');
  expect(await shiftOf(id)).toMatchObject(open);

  const other = await aDriver(fleet);
  await aPendingShift(other);
  const { id: tripId } = await aTrip(fleet);
  await post('/admin/trips/assign', { tripId, driverId: other.id }, fleet.manager);
  expect((await checkOut(other)).status).toBe(200);
});

test('staff end a shift by force, with remarks, without an odometer and in the middle of a trip', async () => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);
  await aStartedTrip(fleet, driver);
  const end = (body: object) => post('/attendance/check-out', { driverId: driver.id, ...body }, fleet.operations);

  expectRefused(await end({}), 400, 'INVALID_ODOMETER');
  expectRefused(await end({ odometer: 1040 }), 409, 'TRIP_IN_PROGRESS');
  expectInvalid(await end({ force: true }), 'remarks');
  expectRefused(await end({ force: true, remarks: 'Broken', odometer: 999 }), 400, 'INVALID_ODOMETER');
  const ended = await end({ force: true, remarks: 'Phone broken' });

  expect(ended).toMatchObject({
    status: 200,
    body: {
      data: {
        ...{ id, status: 'CHECKED_OUT', odometerEnd: null, totalKm: null, adminRemarks: 'Phone broken' },
        closedBy: fleet.operations.id,
      },
    },
  });
});

test('staff name the driver or their shift; a closed shift does not stand for the next one', async () => {
  const { fleet, driver } = await aDay();
  const closed = await aPendingShift(driver);
  await checkOut(driver);
  const id = await aPendingShift(driver);
  const end = (body: object) => post('/attendance/check-out', { odometer: 1060, ...body }, fleet.manager);

  expectInvalid(await end({}), 'driverId');
  expectRefused(await end({ attendanceId: closed }), 404, 'NO_ACTIVE_SHIFT');
  expect((await shiftOf(id)).checkOutTime).toBeNull();
  const { shortId } = await shiftOf(id);
  expect((await end({ attendanceId: shortId })).body.data).toMatchObject({ id, status: 'CHECKED_OUT' });
});

test("a driver cannot end a colleague's shift, nor declare his cash", async () => {
  const { fleet, driver } = await aDay();
  const colleague = await aDriver(fleet);
  const [own, id] = [await aPendingShift(driver), await anApprovedShift(fleet, colleague)];

  for (const named of [{ driverId: colleague.id }, { attendanceId: id }])
    expectRefused(await checkOut(driver, { ...named, cashDeposited: 500 }), 403, 'SCOPE_FORBIDDEN');

  expect(await shiftOf(id)).toMatchObject(open);
  expect((await shiftOf(own)).checkOutTime).toBeNull();
});

test('what a driver remarks does not replace what staff remarked', async () => {
  const { fleet, driver } = await aDay();
  const id = await aPendingShift(driver);
  await post(`/attendance/${id}/approve`, { remarks: 'Fine' }, fleet.manager);

  const body = { odometer: 1040, remarks: 'I am the manager', force: true };
  const answer = await post('/attendance/check-out', body, driver);

  expect(answer.body.data).toMatchObject({ status: 'CHECKED_OUT', adminRemarks: 'Fine' });
});

test('what staff remarks when they close a shift for its driver is kept, with force or without', async () => {
  const { fleet, driver } = await aDay();
  await aPendingShift(driver);

  const body = { driverId: driver.id, odometer: 1040, remarks: 'Read out by phone' };
  const answer = await post('/attendance/check-out', body, fleet.manager);

  expect(answer.body.data).toMatchObject({ status: 'CHECKED_OUT', adminRemarks: 'Read out by phone' });
});

test('a closed shift shows its own car, and as the link of its driver only while they still have it', async () => {
  const { fleet, driver } = await aDay();
  const id = await aPendingShift(driver);
  await post('/attendance/check-out', { odometer: 1040 }, driver);
  const linkOf = async () => (await get(`/attendance/${id}`, fleet.manager)).body.data.driver.assignments as object[];
  const link = await db.assignment.findFirstOrThrow({ where: { driverId: driver.id } });
  const vehicle = expect.objectContaining({ id: driver.vehicleId });

  expect(await linkOf()).toEqual([{ id: link.id, status: 'ACTIVE', vehicle }]);
  const { id: vehicleId } = await aVehicle(fleet.id, fleet.hubId);
  await post('/assignments', { driverId: driver.id, vehicleId, replaceActive: true }, fleet.manager);
  expect(await linkOf()).toEqual([{ id, status: 'ENDED', vehicle }]);
});
