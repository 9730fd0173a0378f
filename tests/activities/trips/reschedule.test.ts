import { beforeAll, expect, test } from '@jest/globals';
import { tripActivities } from '../../../activities/trips/trips.ts';
import type { TripFacts } from '../../../workflows/domain/trips/trips.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip } from '../../world/factories.ts';
import { assignmentOf, deliver, factsOfTrip, orderOf } from '../changes.ts';

const { assign, reschedule } = tripActivities({
  db,
  deliver,
  dispatch: { kycRequired: false, vehicleRequired: true },
});

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const minutes = 60_000;

/** An airport pickup in so many minutes, given to a driver. */
const aPickup = async (driverId: string, inMinutes: number): Promise<TripFacts> => {
  const { id } = await aTrip(fleet, { tripType: 'AIRPORT', pickupInMinutes: inMinutes });
  return (await assign(orderOf(await factsOfTrip(id), assignmentOf(driverId)))).facts;
};

const movedBy = (facts: TripFacts, inMinutes: number) =>
  orderOf(facts, {
    pickupTime: new Date(Date.parse(facts.pickupTime) + inMinutes * minutes).toISOString(),
  });

const tripRow = (id: string) => db.trip.findUniqueOrThrow({ where: { id }, include: { tripAssignments: true } });
const inboxOf = (userId: string, event: string) => db.notification.findMany({ where: { userId, event } });

test('a moved pickup keeps its driver, who is told the new time once however often the command runs', async () => {
  const driver = await aDriver(fleet);
  const facts = await aPickup(driver.id, 600);
  const change = movedBy(facts, 90);

  const made = await reschedule(change);
  expect(await reschedule(change)).toEqual(made);

  expect(await tripRow(facts.tripId)).toMatchObject({
    ...{ status: 'DRIVER_ASSIGNED', version: 2, pickupTime: new Date(change.command.pickupTime) },
    tripAssignments: [{ driverId: driver.id, status: 'ASSIGNED' }],
  });
  const told = await inboxOf(driver.userId, 'trip:rescheduled');
  expect(told).toMatchObject([{ payload: { tripId: facts.tripId, pickupTime: change.command.pickupTime } }]);
  expect(made.facts).toMatchObject({
    pickupTime: change.command.pickupTime,
    driverId: driver.id,
    version: 2,
  });
});

test('a driver who has another pickup at the new time loses the trip, and they and their staff are told', async () => {
  const driver = await aDriver(fleet);
  const other = await aPickup(driver.id, 600);
  const facts = await aPickup(driver.id, 900);

  const made = await reschedule(movedBy(facts, -250)); // 50 minutes after the other one.

  expect(made.facts).toMatchObject({ status: 'CREATED', driverId: null, hubId: null });
  expect(await tripRow(facts.tripId)).toMatchObject({
    ...{ status: 'CREATED', hubId: null, pickupTime: new Date(Date.parse(facts.pickupTime) - 250 * minutes) },
    tripAssignments: [{ status: 'UNASSIGNED', closeReason: 'RESCHEDULE_CONFLICT' }],
  });
  expect(await tripRow(other.tripId)).toMatchObject({ status: 'DRIVER_ASSIGNED' });
  expect(await db.driver.findUnique({ where: { id: driver.id } })).toMatchObject({ isAvailable: false });
  expect(await inboxOf(driver.userId, 'trip:unassigned')).toMatchObject([
    { payload: { tripId: facts.tripId, reason: 'RESCHEDULE_CONFLICT' } },
  ]);
  expect(await inboxOf(fleet.manager.id, 'trip:unassigned_alert')).toMatchObject([
    { payload: { tripId: facts.tripId } },
  ]);
});
