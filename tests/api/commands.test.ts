import { expect, test } from '@jest/globals';
import { tripActivities } from '../../activities/trips/trips.ts';
import { attendanceActivities } from '../../activities/shifts/attendance.ts';
import { shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { assignmentOf, deliver, factsOfTrip, orderOf } from '../activities/changes.ts';
import { asStaff } from '../world/actors.ts';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aTrip, hubPoint } from '../world/factories.ts';
import { expectRefused } from './http/refused.ts';

const { assign } = tripActivities({ db, deliver, dispatch: { kycRequired: false, vehicleRequired: true } });
const { approve } = attendanceActivities({ db, deliver });

/** A trip whose assignment was committed while everything died, so that its workflow never heard of it. */
const aTripThatMissedItsAssignment = async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await aTrip(fleet);
  await post(`/trips/${id}/nudge`, {}, fleet.manager);
  await assign(orderOf(await factsOfTrip(id), assignmentOf(driver.id)));
  return { fleet, driver, id };
};

test('a trip that missed its assignment finds it out when its driver starts', async () => {
  const { driver, id } = await aTripThatMissedItsAssignment();

  const started = await post(`/trips/${id}/start`, hubPoint, driver);

  expect(started.status).toBe(200);
  expect(started.body.data).toMatchObject({ status: 'STARTED', phase: 'EN_ROUTE' });
  const events = await db.tripEvent.findMany({ where: { tripId: id }, orderBy: { id: 'asc' } });
  expect(events.map(({ type }) => type)).toEqual(['assign', 'start']);
});

test('what neither row nor workflow allows stays refused', async () => {
  const { driver, id } = await aTripThatMissedItsAssignment();

  expectRefused(await post(`/trips/${id}/arrived`, hubPoint, driver), 400, 'TRIP_STATE_INVALID');
  await post(`/trips/${id}/start`, hubPoint, driver);
  expectRefused(await post(`/trips/${id}/start`, hubPoint, driver), 400, 'TRIP_STATE_INVALID');
});

test('a shift that missed its approval finds it out when its driver takes a break', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = (await post('/attendance/check-in', hubPoint, driver)).body.data;
  await post(`/attendance/${id}/nudge`, {}, fleet.manager);
  const row = await db.attendance.findUniqueOrThrow({ where: { id }, include: { breaks: true } });
  await approve(orderOf(shiftFacts(row), { by: asStaff(fleet.manager.id, 'MANAGER'), textId: null }));

  expect((await post('/attendance/start-break', {}, driver)).status).toBe(200);
});
