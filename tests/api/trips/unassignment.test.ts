import { expect, test } from '@jest/globals';
import { post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip } from '../../world/factories.ts';
import { anAssignedTrip, assignmentsOf, aStartedTrip, inboxOf, isAvailable, tripOf } from './rides.ts';

const unassign = (tripId: string, by: Sent) => post('/admin/trips/unassign', { tripId }, by);

test('a trip that nobody has may be taken from nobody, without effect', async () => {
  const fleet = await aFleet();
  const { id } = await aTrip(fleet);

  expect(await unassign(id, fleet.manager)).toMatchObject({ status: 200, body: { data: null } });

  expect(await tripOf(id)).toMatchObject({ status: 'CREATED', version: 0 });
  expect(await db.tripEvent.count({ where: { tripId: id } })).toBe(0);
});

test('a trip that says it has a driver but has none is repaired by taking it from them', async () => {
  const fleet = await aFleet();
  const { id } = await aTrip(fleet);
  await db.trip.update({ where: { id }, data: { status: 'DRIVER_ASSIGNED' } });

  expect((await unassign(id, fleet.manager)).status).toBe(200);

  expect(await tripOf(id)).toMatchObject({ status: 'CREATED' });
});

test.each(['before', 'after'])('a trip taken from its driver %s the start goes back to dispatch', async (when) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await (when === 'before' ? anAssignedTrip : aStartedTrip)(fleet, driver);

  expect(await unassign(id, fleet.operations)).toMatchObject({ status: 200, body: { data: null } });

  expect(await tripOf(id)).toMatchObject({
    ...{ status: 'CREATED', phase: null, startedAt: null, arrivedAt: null },
    ...{ fleetId: fleet.id, hubId: null },
  });
  expect(await assignmentsOf(id)).toMatchObject([{ status: 'UNASSIGNED', unassignedAt: expect.any(Date) }]);
  expect(await isAvailable(driver)).toBe(true);
  expect(await inboxOf(driver)).toEqual(['trip:assigned', 'trip:unassigned']);
});

test('a driver who has another trip stays busy when one is taken from them', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const [first, second] = [await anAssignedTrip(fleet, driver), await anAssignedTrip(fleet, driver)];

  await unassign(first.id, fleet.manager);
  const afterOne = await isAvailable(driver);
  await unassign(second.id, fleet.manager);

  expect([afterOne, await isAvailable(driver)]).toEqual([false, true]);
});
