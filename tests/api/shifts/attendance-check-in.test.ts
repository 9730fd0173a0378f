import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aUser, hubPoint } from '../../world/factories.ts';
import { until } from '../../world/until.ts';
import { northOf } from '../../domain/facts.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { withSettings } from '../http/settings.ts';
import { aDay, anApprovedShift, aPendingShift, checkIn, shiftOf, shiftsOf } from './shifts.ts';

const inboxOf = (userId: string) =>
  db.notification.findMany({ where: { userId, event: 'attendance:checked_in' }, orderBy: { createdAt: 'asc' } });

const moveHub = (fleet: { hubId: string }, data: { lat?: number; lng?: number; geofenceRadius?: number }) =>
  db.hub.update({ where: { id: fleet.hubId }, data });

test('a driver opens a shift at their hub, which waits for their manager', async () => {
  const { fleet, driver } = await aDay();
  const selfieUrl = 'https://photos.example/selfie.jpg';

  const answer = await checkIn(driver, { odometer: 1000, selfieUrl, timestamp: '2026-03-09T10:00:00+05:30' });

  const { id } = answer.body.data as { id: string };
  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ...{ driverId: driver.id, hubId: fleet.hubId, vehicleId: driver.vehicleId, status: 'PENDING' },
        ...{ approvalStatus: 'PENDING', checkInDistance: 0, checkInLat: hubPoint.lat, checkInLng: hubPoint.lng },
        ...{ odometerStart: 1000, odometerEnd: null, totalKm: null, checkOutTime: null, selfieUrl, flags: [] },
        ...{ cashDeposited: 0, cashStatus: 'NONE', source: 'DRIVER', adminRemarks: null, breaks: [] },
        ...{ breakMinutes: 0, workedMinutes: 0, clientReportedAt: '2026-03-09T04:30:00.000Z' },
        shortId: expect.stringMatching(/^ATT\d{11,}$/),
      },
    },
  });
  expect(await shiftOf(id)).toMatchObject({
    ...{ fleetId: fleet.id, createdBy: driver.userId, checkInTime: expect.any(Date) },
    events: [{ type: 'checkIn', actorType: 'USER', actorId: driver.userId }],
  });
  await until(async () => (await shiftOf(id)).begunAt, 'the process of the shift');
  const { body } = await get(`/drivers/${driver.id}`, fleet.manager);
  expect(body.data).toMatchObject({ dutyState: 'PENDING_APPROVAL', isAvailable: true });
});

test('whoever looks after the hub is told that a driver checked in, and nobody else', async () => {
  const { fleet, driver } = await aDay();
  const otherHub = await aHub(fleet.id);
  const elsewhere = await aUser('OPERATIONS', fleet.id, [otherHub.id]);

  const { body } = await checkIn(driver);

  for (const { id } of [fleet.fleetAdmin, fleet.manager, fleet.operations])
    expect(await inboxOf(id)).toMatchObject([
      { title: 'Dinesh Kumar checked in', payload: { attendanceId: body.data.id, driverId: driver.id } },
    ]);
  for (const id of [elsewhere.id, fleet.superAdmin.id, driver.userId]) expect(await inboxOf(id)).toEqual([]);
});

const [lat, lng] = [northOf(hubPoint, 495).lat, hubPoint.lng];

test.each([
  [{ lat, lng }],
  [{ lat: String(lat), lng: String(lng) }],
  [{ checkInLat: lat, checkInLng: lng }],
  [{ location: { latitude: lat, longitude: lng } }],
  [{ location: { lat, lng } }],
])('a position may be sent as %j', async (position) => {
  const { driver } = await aDay();

  const answer = await post('/attendance/check-in', position, driver);

  expect(answer).toMatchObject({ status: 201, body: { data: { checkInLat: lat, checkInLng: lng } } });
  expect(answer.body.data.checkInDistance).toBe(495);
});

test('the hub says how far away its drivers may be', async () => {
  const { fleet, driver } = await aDay();
  await moveHub(fleet, { geofenceRadius: 100 });

  const far = await checkIn(driver, northOf(hubPoint, 101));
  const near = await checkIn(driver, northOf(hubPoint, 99));

  expectRefused(far, 400, 'GEOFENCE_VIOLATION');
  expect(far.body.error.details).toEqual({ distanceMeters: 101, radiusMeters: 100 });
  expect(near).toMatchObject({ status: 201, body: { data: { checkInDistance: 99 } } });
});

test('five hundred metres are allowed at a hub that says nothing else', async () => {
  const { driver } = await aDay();

  expectRefused(await checkIn(driver, northOf(hubPoint, 501)), 400, 'GEOFENCE_VIOLATION');
  expect((await checkIn(driver, northOf(hubPoint, 499))).status).toBe(201);
});

test('zero is a coordinate like any other', async () => {
  const { fleet, driver } = await aDay();

  expectRefused(await checkIn(driver, { lat: 0, lng: 0 }), 400, 'GEOFENCE_VIOLATION');
  await moveHub(fleet, { lat: 0, lng: 0 });

  expect((await checkIn(driver, { lat: 0, lng: 0 })).body.data).toMatchObject({ checkInLat: 0, checkInDistance: 0 });
});

test.each([
  [{}, ['lat', 'lng']],
  [{ lng }, ['lat']],
  [{ lat }, ['lng']],
  [{ lat: 91, lng: 181 }, ['lat', 'lng']],
  [{ lat, lng, odometer: -1 }, ['odometer']],
  [{ lat, lng, odometer: 2_000_001 }, ['odometer']],
  [{ lat, lng, odometerStart: 'many' }, ['odometerStart']],
  [{ location: { latitude: 91, longitude: 77 } }, ['location.latitude']],
  [{ lat, lng, selfieUrl: 'http://photos.example/selfie.jpg' }, ['selfieUrl']],
  [{ lat, lng, selfieUrl: 'my face' }, ['selfieUrl']],
])('a check-in with %j is refused by field', async (body, fields) => {
  const { driver } = await aDay();

  expectInvalid(await post('/attendance/check-in', body, driver), ...fields);

  expect(await shiftsOf(driver)).toEqual([]);
});

test.each([
  [{ odometer: 0 }, 0],
  [{ odometer: '1000' }, 1000],
  [{ odometer: 1000.9 }, 1000],
  [{ odometerStart: 2_000_000 }, 2_000_000],
  [{ odometer: '' }, null],
  [{}, null],
])('a check-in with %j has the reading %s', async (body, odometerStart) => {
  const { driver } = await aDay();

  expect((await checkIn(driver, body)).body.data).toMatchObject({ odometerStart });
});

test('of several reasons against a check-in the first of the contract is named', async () => {
  const { fleet, driver } = await aDay();
  await db.driver.update({ where: { id: driver.id }, data: { status: 'SUSPENDED', hubId: null } });
  await db.fleet.update({ where: { id: fleet.id }, data: { status: 'INACTIVE' } });
  const open = { id: randomUUID(), driverId: driver.id, fleetId: fleet.id, checkInTime: new Date() };
  await db.attendance.create({ data: { ...open, source: 'DRIVER', begunAt: new Date() } });
  const far = () => checkIn(driver, northOf(hubPoint, 600));

  const suspended = await far();
  await db.driver.update({ where: { id: driver.id }, data: { status: 'ACTIVE' } });
  const closedFleet = await far();
  await db.fleet.update({ where: { id: fleet.id }, data: { status: 'ACTIVE' } });
  const alreadyIn = await far();
  await db.attendance.update({ where: { id: open.id }, data: { status: 'CHECKED_OUT', checkOutTime: new Date() } });
  const withoutHub = await far();
  await db.driver.update({ where: { id: driver.id }, data: { hubId: fleet.hubId } });
  await db.hub.update({ where: { id: fleet.hubId }, data: { status: 'INACTIVE' } });
  const closedHub = await far();
  await db.hub.update({ where: { id: fleet.hubId }, data: { status: 'ACTIVE' } });

  expectRefused(suspended, 403, 'DRIVER_NOT_ACTIVE');
  expect(suspended.body.error.details).toEqual({ status: 'SUSPENDED' });
  expectRefused(closedFleet, 403, 'FLEET_INACTIVE');
  expectRefused(alreadyIn, 400, 'ALREADY_CHECKED_IN');
  expectRefused(withoutHub, 400, 'HUB_NOT_ASSIGNED');
  expectRefused(closedHub, 400, 'HUB_NOT_ASSIGNED');
  expectRefused(await far(), 400, 'GEOFENCE_VIOLATION');
  expect(await shiftsOf(driver)).toHaveLength(1);
});

test('where KYC is required, only who has passed it checks in', async () => {
  const { driver } = await aDay();
  await db.driver.update({ where: { id: driver.id }, data: { kycStatus: 'PENDING' } });

  await withSettings({ KYC_REQUIRED_FOR_CHECKIN: 'true' }, async () => {
    const refused = await checkIn(driver);
    expectRefused(refused, 403, 'DRIVER_NOT_ACTIVE');
    expect(refused.body.error.details).toEqual({ kycStatus: 'PENDING' });
  });
  expect((await checkIn(driver)).status).toBe(201);
});

test('a user without a profile as a driver cannot check in', async () => {
  const fleet = await aFleet();
  const user = await aUser('DRIVER', fleet.id);

  const answer = await post('/attendance/check-in', hubPoint, user);

  expectRefused(answer, 404, 'NOT_FOUND');
  expect(answer.body.error.details).toEqual({ resource: 'driver' });
});

test('a driver who is in already is shown their open shift', async () => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);

  const again = await checkIn(driver, { odometer: 2000 });

  expectRefused(again, 400, 'ALREADY_CHECKED_IN');
  expect(again.body.attendance).toEqual((await get(`/attendance/${id}`, driver)).body.data);
  expect(await shiftsOf(driver)).toMatchObject([{ id, odometerStart: 1000 }]);
});

test('of ten check-ins at once one opens the shift, and the others are shown it', async () => {
  const { fleet, driver } = await aDay();

  const answers = await Promise.all(Array.from({ length: 10 }, () => checkIn(driver)));

  const [shift, ...more] = await shiftsOf(driver);
  expect(more).toEqual([]);
  expect(answers.filter(({ status }) => status === 201)).toMatchObject([{ body: { data: { id: shift!.id } } }]);
  const losers = answers.filter(({ status }) => status !== 201);
  for (const answer of losers) expectRefused(answer, 400, 'ALREADY_CHECKED_IN');
  expect(new Set(losers.map(({ body }) => body.attendance.id))).toEqual(new Set([shift!.id]));
  expect(await inboxOf(fleet.manager.id)).toHaveLength(1);
});

test('a driver whose shift was rejected may check in again at once', async () => {
  const { fleet, driver } = await aDay();
  await post(`/attendance/${await aPendingShift(driver)}/reject`, {}, fleet.manager);

  expect((await checkIn(driver)).status).toBe(201);

  expect(await shiftsOf(driver)).toMatchObject([{ status: 'REJECTED' }, { status: 'PENDING' }]);
});

test('a driver who was dismissed is not checked in by others either', async () => {
  const { fleet, driver } = await aDay();
  await db.user.update({ where: { id: driver.userId }, data: { isActive: false } });

  const answer = await post('/attendance/check-in', { driverId: driver.id }, fleet.manager);

  expectRefused(answer, 403, 'DRIVER_NOT_ACTIVE');
  expect(answer.body.error.details).toEqual({ status: 'USER_INACTIVE' });
});

test.each([
  ['below', 1059, ['ODOMETER_BELOW_LAST']],
  ['at', 1060, []],
])('a reading %s the last one of the vehicle is taken, with the flags that it deserves', async (_, odometer, flags) => {
  const { fleet, driver } = await aDay();
  for (const odometer of [1040, 1060]) {
    await aPendingShift(driver);
    await post('/attendance/check-out', { odometer }, driver);
  }
  const next = await aDriver(fleet, { vehicle: false });
  await db.assignment.updateMany({ where: { driverId: driver.id }, data: { driverId: next.id } });

  const answer = await checkIn(next, { odometer });

  expect(answer).toMatchObject({ status: 201, body: { data: { odometerStart: odometer, flags } } });
});

test('the car of a shift is the one of the roster, whatever the app sends', async () => {
  const { fleet, driver } = await aDay();
  const colleague = await aDriver(fleet);

  const answer = await checkIn(driver, { vehicleId: colleague.vehicleId, remarks: 'I am the manager' });

  expect(answer.body.data).toMatchObject({ vehicleId: driver.vehicleId, adminRemarks: null });
});

test('all that is wrong with a check-in is said at once, before anybody else is looked at', async () => {
  const { fleet, driver } = await aDay();
  const stranger = await aDriver(await aFleet());
  const at = (body: object, by: { token: string }) => post('/attendance/check-in', body, by);

  const wrong = { odometer: 'far', selfieUrl: 'ftp://photos.example/a' };
  expectInvalid(await at(wrong, driver), 'odometer', 'selfieUrl', 'lat', 'lng');
  for (const selfieUrl of ['https:photos.example/a.jpg', 'https:///a.jpg', 'http://photos.example/a.jpg'])
    expectInvalid(await at({ ...hubPoint, selfieUrl }, driver), 'selfieUrl');
  expectInvalid(await at({ driverId: stranger.id }, driver), 'lat', 'lng');
  expectInvalid(await at({ driverId: driver.id, lat: hubPoint.lat }, fleet.manager), 'lng');
  expect(await shiftsOf(driver)).toEqual([]);
  const selfieUrl = 'https://192.168.1.5:9000/a.jpg';
  expect((await at({ ...hubPoint, selfieUrl }, driver)).body.data).toMatchObject({ selfieUrl });
});

test('a shift counts as forgotten after as many hours as are set, sixteen unless told otherwise', async () => {
  const [one, two] = [await aDay(), await aDay()];
  const hoursOf = async (driver: typeof one.driver) => {
    const { checkInTime, staleAt } = (await shiftsOf(driver))[0]!;
    return (staleAt.getTime() - checkInTime.getTime()) / 3_600_000;
  };

  await checkIn(one.driver);
  await withSettings({ ATTENDANCE_STALE_HOURS: '10' }, async () => {
    await checkIn(two.driver);
  });

  expect([await hoursOf(one.driver), await hoursOf(two.driver)]).toEqual([16, 10]);
});
