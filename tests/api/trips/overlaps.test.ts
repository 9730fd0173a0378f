import { expect, test } from '@jest/globals';
import { post } from '../../world/api.ts';
import { aDriver, aFleet, aTrip } from '../../world/factories.ts';
import { anAssignedTrip, act, assign } from './rides.ts';

const warningOf = ({ id, shortId }: { id: string; shortId: string }) => ({
  ...{ code: 'OVERLAP_LIKELY', tripId: id, shortId },
});

test('dispatch is told which trips of the driver this one may run into, and gets it all the same', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const soon = await anAssignedTrip(fleet, driver, { pickupInMinutes: 60 });
  const afterIt = await anAssignedTrip(fleet, driver, { pickupInMinutes: 150 });
  await anAssignedTrip(fleet, driver, { pickupInMinutes: 400 });
  const [between, far] = [await aTrip(fleet, { pickupInMinutes: 100 }), await aTrip(fleet, { pickupInMinutes: 600 })];

  const assigned = await assign(between.id, driver, fleet.manager);
  const free = await post(`/trips/${far.id}/assign`, { driverId: driver.id }, fleet.manager);

  expect(assigned).toMatchObject({ status: 201, body: { data: { trip: { status: 'DRIVER_ASSIGNED' } } } });
  expect(assigned.body.data.warnings).toEqual([warningOf(soon), warningOf(afterIt)]);
  expect(free.body.data).toMatchObject({ status: 'DRIVER_ASSIGNED', warnings: [] });
});

test('only trips that the driver still has are warned of, also when they get the trip of another one', async () => {
  const fleet = await aFleet();
  const [driver, other] = [await aDriver(fleet), await aDriver(fleet)];
  const [over, taken, open] = [
    await anAssignedTrip(fleet, driver),
    await anAssignedTrip(fleet, driver),
    await anAssignedTrip(fleet, driver),
  ];
  for (const step of ['start', 'complete']) expect((await act(driver, over, step)).status).toBe(200);
  await post('/admin/trips/unassign', { tripId: taken.id }, fleet.manager);
  const trip = await anAssignedTrip(fleet, other);

  const { body } = await post('/admin/trips/reassign', { tripId: trip.id, driverId: driver.id }, fleet.manager);

  expect(body.data.warnings).toEqual([warningOf(open)]);
});
