import { expect, test } from '@jest/globals';
import { patch, post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, hubPoint } from '../world/factories.ts';

const auditOf = (subjectId: string) => db.auditEntry.findMany({ where: { subjectId }, orderBy: { id: 'asc' } });

test('what staff does with a shift in the place of its driver is written down, with who, before and after', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const on = { driverId: driver.id };
  const shift = (await post('/attendance/check-in', on, fleet.operations)).body.data;
  await post(`/attendance/${shift.id}/approve`, { remarks: 'known driver' }, fleet.manager);
  await post('/attendance/start-break', on, fleet.operations);
  await post('/attendance/end-break', on, fleet.operations);
  const closed = await post('/attendance/check-out', { ...on, force: true, remarks: 'phone lost' }, fleet.manager);

  expect(closed.status).toBe(200);
  const byOperations = { actorId: fleet.operations.id, actorRole: 'OPERATIONS' };
  const byManager = { actorId: fleet.manager.id, actorRole: 'MANAGER' };
  expect(await auditOf(shift.id)).toMatchObject([
    { action: 'attendance.checkedInOnBehalf', ...byOperations },
    { action: 'attendance.approved', ...byManager, before: { stage: 'PENDING' }, after: { stage: 'APPROVED' } },
    { action: 'attendance.breakStartedOnBehalf', ...byOperations, after: { stage: 'ON_BREAK' } },
    { action: 'attendance.breakEndedOnBehalf', ...byOperations, before: { stage: 'ON_BREAK' } },
    { action: 'attendance.forcedClosed', ...byManager, requestId: closed.headers.get('x-request-id') },
  ]);
});

test('what a driver does themself is in the events of their shift and not in the audit', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const shift = (await post('/attendance/check-in', hubPoint, driver)).body.data;
  await post(`/attendance/${shift.id}/reject`, { remarks: 'car is dirty' }, fleet.manager);

  expect(await auditOf(shift.id)).toMatchObject([{ action: 'attendance.rejected', actorId: fleet.manager.id }]);
  expect(
    await db.attendanceEvent.findMany({ where: { attendanceId: shift.id }, orderBy: { id: 'asc' } }),
  ).toMatchObject([
    { type: 'checkIn', actorType: 'USER', actorId: driver.userId },
    { type: 'reject', actorType: 'USER', actorId: fleet.manager.id, data: { flags: [] } },
  ]);
});

test('a change of status reaches the driver and their staff, and ends their link, of which both hear', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const inboxOf = async (userId: string) =>
    (await db.notification.findMany({ where: { userId }, orderBy: { event: 'asc' } })).map(({ event, payload }) => ({
      event,
      payload,
    }));

  await patch(`/drivers/${driver.id}/status`, { status: 'INACTIVE' }, fleet.manager);

  const told = [
    { event: 'assignment:ended', payload: { driverId: driver.id, reason: 'DRIVER_STATUS' } },
    { event: 'driver:status_changed', payload: { driverId: driver.id, status: 'INACTIVE' } },
  ];
  expect(await inboxOf(driver.userId)).toMatchObject(told);
  expect(await inboxOf(fleet.fleetAdmin.id)).toMatchObject(told);
  expect(await auditOf(driver.id)).toMatchObject([
    { action: 'driver.statusChanged', before: { status: 'ACTIVE' }, after: { status: 'INACTIVE' } },
  ]);
});
