import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip, aVehicle } from '../../world/factories.ts';

const link = (driver: { id: string }, vehicle: { id: string }, by: Sent, more: object = {}) =>
  post('/assignments', { driverId: driver.id, vehicleId: vehicle.id, ...more }, by);

test('a trip keeps the vehicle with which it was given away, whatever the roster becomes', async () => {
  const fleet = await aFleet();
  const [driver, next] = [await aDriver(fleet), await aDriver(fleet)];
  const { id: tripId } = await aTrip(fleet);
  await post('/admin/trips/assign', { tripId, driverId: driver.id }, fleet.manager);
  await post('/admin/trips/reassign', { tripId, driverId: next.id }, fleet.manager);
  const other = await aVehicle(fleet.id, fleet.hubId);
  expect((await link(driver, other, fleet.manager, { replaceActive: true })).status).toBe(201);

  const { body } = await get(`/assignments/trip/${tripId}`, fleet.operations);

  expect(body.data).toMatchObject([
    { driverId: next.id, vehicleId: next.vehicleId, status: 'ASSIGNED', endTime: null },
    { driverId: driver.id, vehicleId: driver.vehicleId, status: 'UNASSIGNED', endTime: expect.any(String) },
  ]);
  expect((await get(`/assignments/trip/${randomUUID()}`, fleet.manager)).body.data).toEqual([]);
  expect((await get(`/assignments/trip/${tripId}`, (await aFleet()).manager)).body.data).toEqual([]);
});

test('a trip that was given away without a vehicle shows the one that its driver has now', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id: tripId } = await aTrip(fleet);
  await post('/admin/trips/assign', { tripId, driverId: driver.id }, fleet.manager);
  await db.tripAssignment.updateMany({ where: { tripId }, data: { vehicleId: null } });
  const shown = async () => (await get(`/assignments/trip/${tripId}`, fleet.manager)).body.data as object[];

  expect(await shown()).toMatchObject([{ vehicleId: driver.vehicleId, vehicle: { id: driver.vehicleId } }]);
  await db.assignment.updateMany({ where: { driverId: driver.id }, data: { status: 'ENDED', endTime: new Date() } });
  expect(await shown()).toMatchObject([{ vehicleId: null, vehicle: null }]);
});
