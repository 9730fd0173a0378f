import { expect, test } from '@jest/globals';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, hubPoint } from '../../world/factories.ts';
import { northOf } from '../../domain/facts.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aDay, checkIn, shiftsOf } from './shifts.ts';

test.each(['superAdmin', 'fleetAdmin', 'manager', 'operations'] as const)(
  'staff check a driver in without a position, and it is known who did (%s)',
  async (role) => {
    const { fleet, driver } = await aDay();
    const sent = { driverId: driver.id, remarks: 'His phone is broken' };

    const { status, body } = await post('/attendance/check-in', sent, fleet[role]);

    expect(status).toBe(201);
    expect(body.data).toMatchObject({
      ...{ driverId: driver.id, source: 'ADMIN', createdBy: fleet[role].id, adminRemarks: 'His phone is broken' },
      ...{ checkInLat: null, checkInLng: null, checkInDistance: null, status: 'PENDING' },
    });
    const audited = { subjectId: body.data.id as string, action: 'attendance.checkedInOnBehalf' };
    expect(await db.auditEntry.findMany({ where: audited })).toMatchObject([{ actorId: fleet[role].id }]);
  },
);

test('staff who do send a position are held to the hub as well', async () => {
  const { fleet, driver } = await aDay();
  const checkedIn = (meters: number) =>
    post('/attendance/check-in', { driverId: driver.id, ...northOf(hubPoint, meters) }, fleet.manager);

  expectRefused(await checkedIn(600), 400, 'GEOFENCE_VIOLATION');
  expect((await checkedIn(400)).body.data).toMatchObject({ checkInDistance: 400, source: 'ADMIN' });
});

test('staff must say who has come, a driver need not and cannot say another', async () => {
  const { fleet, driver } = await aDay();
  const colleague = await aDriver(fleet);

  expectInvalid(await post('/attendance/check-in', {}, fleet.manager), 'driverId');
  expectRefused(await checkIn(driver, { driverId: colleague.id }), 403, 'SCOPE_FORBIDDEN');
  expect((await checkIn(driver, { driverId: driver.id })).body.data).toMatchObject({ driverId: driver.id });

  expect(await shiftsOf(colleague)).toEqual([]);
});
