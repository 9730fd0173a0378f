import { beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip, aVehicle, hubPoint } from '../../world/factories.ts';
import { deleteWorkflow } from '../../world/temporal.ts';
import { loseAnswer } from '../../world/stored-answers.ts';
import { expectRefused } from './refused.ts';
import { act, aStartedTrip } from '../trips/rides.ts';
import { anApprovedShift, aPendingShift, aShiftOnBreak } from '../shifts/shifts.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let driver: Awaited<ReturnType<typeof aDriver>>;

beforeEach(async () => {
  fleet = await aFleet();
  driver = await aDriver(fleet);
});

const him = () => ({ id: driver.userId, token: driver.token });
const desk = () => fleet.manager;

const anAssignedTrip = async () => {
  const { id } = await aTrip(fleet);
  await post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager);
  return id;
};

interface Request {
  by: { id: string; token: string };
  path: string;
  body: object;
}

/** Each command with its request, and the event that it leaves. */
const commands: [string, string, () => Promise<Request>][] = [
  ['a check-in', 'checkIn', () => Promise.resolve({ by: him(), path: '/attendance/check-in', body: hubPoint })],
  [
    'an approval',
    'approve',
    async () => ({ by: desk(), path: `/attendance/${await aPendingShift(driver)}/approve`, body: { remarks: 'Fine' } }),
  ],
  [
    'a rejection',
    'reject',
    async () => ({ by: desk(), path: `/attendance/${await aPendingShift(driver)}/reject`, body: { remarks: 'Late' } }),
  ],
  [
    'a late approval',
    'approve',
    async () => {
      const id = await aPendingShift(driver);
      await post('/attendance/check-out', { odometer: 1040 }, driver);
      return { by: desk(), path: `/attendance/${id}/approve`, body: {} };
    },
  ],
  [
    'the begin of a break',
    'startBreak',
    async () => {
      await anApprovedShift(fleet, driver);
      return { by: him(), path: '/attendance/start-break', body: {} };
    },
  ],
  [
    'the end of a break',
    'endBreak',
    async () => {
      await aShiftOnBreak(fleet, driver);
      return { by: him(), path: '/attendance/end-break', body: {} };
    },
  ],
  [
    'a check-out',
    'checkOut',
    async () => {
      await anApprovedShift(fleet, driver);
      const body = { odometer: 1040, odometerImageUrl: 'https://photos.example/odometer.jpg' };
      return { by: him(), path: '/attendance/check-out', body };
    },
  ],
  [
    'an assignment',
    'assign',
    async () => {
      const { id: tripId } = await aTrip(fleet);
      return { by: desk(), path: '/admin/trips/assign', body: { tripId, driverId: driver.id } };
    },
  ],
  [
    'a cancellation',
    'cancel',
    async () => {
      const { id: tripId } = await aTrip(fleet);
      return { by: desk(), path: '/admin/trips/cancel', body: { tripId, reason: 'Rain' } };
    },
  ],
  ['a start', 'start', async () => ({ by: him(), path: `/trips/${await anAssignedTrip()}/start`, body: hubPoint })],
  [
    'a completion',
    'complete',
    async () => ({ by: him(), path: `/trips/${(await aStartedTrip(fleet, driver)).id}/complete`, body: hubPoint }),
  ],
];

const eventsOf = async (type: string) => [
  ...(await db.attendanceEvent.findMany({ where: { type, attendance: { driverId: driver.id } } })),
  ...(await db.tripEvent.findMany({ where: { type, trip: { fleetId: fleet.id } } })),
];

/** What an answer says, but for what it counts from the clock. */
const saying = ({ status, body }: Awaited<ReturnType<typeof post>>) => {
  const { updatedAt: _, workedMinutes: __, ...data } = body.data as Record<string, unknown>;
  return { status, data: data['trip'] ? { ...data, trip: null } : data };
};

test.each(commands)('%s whose answer was lost is answered again, and done once', async (_, event, prepare) => {
  const { by, path, body } = await prepare();
  const key = randomUUID();

  const first = await post(path, body, { ...by, key });
  const lost = await loseAnswer(by.id, `POST ${path}`, key);
  const again = await post(path, body, { ...by, key });

  expect([first.status < 300, lost.count]).toEqual([true, 1]);
  expect(again.headers.get('idempotency-replayed')).toBeNull();
  expect(saying(again)).toEqual(saying(first));
  expect(await eventsOf(event)).toHaveLength(1);
});

const workflowOf = (event: Awaited<ReturnType<typeof eventsOf>>[number]): string =>
  'tripId' in event ? `trip:${event.tripId}` : `shift:${event.attendanceId}`;

/** Their record lives on, so that its workflow can be lost. */
const midway = ['an approval', 'the begin of a break', 'the end of a break', 'an assignment', 'a start'];
const ofLivingRecords = commands.filter(([name]) => midway.includes(name));

test.each(ofLivingRecords)('%s is answered again, also when its workflow was lost too', async (_, event, prepare) => {
  const { by, path, body } = await prepare();
  const key = randomUUID();

  const first = await post(path, body, { ...by, key });
  await loseAnswer(by.id, `POST ${path}`, key);
  await Promise.all((await eventsOf(event)).map((found) => deleteWorkflow(workflowOf(found))));
  const again = await post(path, body, { ...by, key });

  expect(saying(again)).toEqual(saying(first));
  expect(await eventsOf(event)).toHaveLength(1);
});

test.each([
  ['the passenger is on board', ['onboard']],
  ['the ride is over', ['onboard', 'complete']],
])('an arrival whose answer was lost is answered like the first time, also when %s', async (_, steps) => {
  const trip = await aStartedTrip(fleet, driver);
  const [key, path] = [randomUUID(), `/trips/${trip.id}/arrived`];
  const first = await post(path, hubPoint, { ...driver, key });
  await loseAnswer(driver.userId, `POST ${path}`, key);
  for (const step of steps) expect((await act(driver, trip, step)).status).toBe(200);

  const again = await post(path, hubPoint, { ...driver, key });

  expect(first.body.data).toMatchObject({ tripStatus: 'STARTED', phase: 'ARRIVED' });
  expect([again.status, again.body.data]).toEqual([200, first.body.data]);
  expect(await eventsOf('arrive')).toHaveLength(1);
});

test('a link whose answer was lost is answered again, and is one link', async () => {
  const { id, userId } = await aDriver(fleet, { vehicle: false });
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  const [key, body] = [randomUUID(), { driverId: id, vehicleId: vehicle.id }];

  const first = await post('/assignments', body, { ...fleet.manager, key });
  await loseAnswer(fleet.manager.id, 'POST /assignments', key);
  const again = await post('/assignments', body, { ...fleet.manager, key });

  expect(again.body.data.id).toBe(first.body.data.id);
  expect(await db.notification.count({ where: { event: 'assignment:created', userId } })).toBe(1);
});

test('a profile whose answer was lost is answered again, and is one driver', async () => {
  const phone = aPhone();
  const user = await post('/users', { name: 'Dinesh', phone, role: 'DRIVER' }, fleet.manager);
  const [key, route] = [randomUUID(), 'POST /drivers'];
  const body = { userId: user.body.data.id as string, fleetId: fleet.id, firstName: 'Dinesh', mobile: phone };

  const first = await post('/drivers', body, { ...fleet.manager, key });
  const lost = await loseAnswer(fleet.manager.id, route, key);
  const again = await post('/drivers', body, { ...fleet.manager, key });

  expect([first.status, lost.count, again.status]).toEqual([201, 1, 201]);
  expect(again.body.data.id).toBe(first.body.data.id);
  expectRefused(await post('/drivers', body, { ...fleet.manager, key: randomUUID() }), 409, 'DRIVER_PROFILE_EXISTS');
});

test('a booking whose answer was lost stands, though it would be refused by now', async () => {
  const { superAdmin } = fleet;
  const ends = { pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram' };
  const pickupTime = new Date(Date.now() + 3_600_000).toISOString();
  const [key, body] = [randomUUID(), { ...ends, tripType: 'INTER_CITY', pickupTime, fleetId: fleet.id }];
  const first = await post('/trips', body, { ...superAdmin, key });
  await loseAnswer(superAdmin.id, 'POST /trips', key);
  await db.fleet.update({ where: { id: fleet.id }, data: { status: 'INACTIVE' } });

  const again = await post('/trips', body, { ...superAdmin, key });

  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.body.data.id).toBe(first.body.data.id);
  expectRefused(await post('/trips', body, superAdmin), 409, 'FLEET_INACTIVE');
  expect(await db.trip.count({ where: { fleetId: fleet.id } })).toBe(1);
});
