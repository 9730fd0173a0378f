import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { begin } from '../../activities/begin.ts';
import { reconciliationActivities } from '../../activities/reconciliation.ts';
import { tripActivities } from '../../activities/trips/trips.ts';
import { tripProcess } from '../../workflows/processes.ts';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip, aVehicle, hubPoint } from '../world/factories.ts';
import { smsWith } from '../world/sms.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';
import { assignmentOf, deliver, factsOfTrip, orderOf } from './changes.ts';

const { assign } = tripActivities({ db, deliver, dispatch: { kycRequired: false, vehicleRequired: true } });
const { beginMissing, tellDriversLost, tellVehiclesGiven, purgeExpired } = reconciliationActivities({
  db,
  client: temporal,
});

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const aMinuteAgo = () => new Date(Date.now() - 60_000);
/** Before the rows of the other files, so that the first page has it. */
const anHourAgo = () => new Date(Date.now() - 3_600_000);

const statusOf = async (workflowId: string) =>
  (
    await temporal.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => null)
  )?.status.name;

/** A tick begins 200 rows of each kind, which takes long while other tests use the same system. */
const tickPatienceMs = 50_000;

/** Ticks until the row of a test was reached: a tick begins a page, and other files leave rows that are older. */
const ticked = <T>(ask: () => Promise<T | null | false>, what: string): Promise<T> =>
  until(
    async () => {
      await beginMissing();
      return ask();
    },
    what,
    tickPatienceMs,
  );

test('a trip that nobody began is begun from its row', async () => {
  const trip = await aTrip(fleet);
  await db.trip.update({ where: { id: trip.id }, data: { createdAt: anHourAgo() } });

  await ticked(
    async () => (await db.trip.findUniqueOrThrow({ where: { id: trip.id } })).begunAt,
    'the mark of the trip',
  );
  expect(await statusOf(`trip:${trip.id}`)).toBe('RUNNING');
});

test('a shift that nobody began is begun from its row', async () => {
  const driver = await aDriver(fleet);
  const owner = { driverId: driver.id, fleetId: fleet.id, hubId: fleet.hubId };
  const shift = await db.attendance.create({
    data: { id: randomUUID(), ...owner, checkInTime: anHourAgo(), createdAt: anHourAgo(), source: 'DRIVER' },
  });

  await ticked(
    async () => (await db.attendance.findUniqueOrThrow({ where: { id: shift.id } })).begunAt,
    'the mark of the shift',
  );
  expect(await statusOf(`shift:${shift.id}`)).toBe('RUNNING');
});

test('a message that nobody began is delivered', async () => {
  const phone = aPhone();
  const trip = await aTrip(fleet, { passengerPhone: phone });
  const message = { id: randomUUID(), tripId: trip.id, event: 'passenger:no_show', channels: ['SMS' as const] };
  const times = { createdAt: aMinuteAgo(), expiresAt: new Date(Date.now() + 86_400_000) };
  await db.notification.create({ data: { ...message, ...times, dedupeKey: randomUUID() } });

  const row = () => db.notification.findUniqueOrThrow({ where: { id: message.id } });
  await ticked(async () => (await row()).status === 'SENT', 'the message to be sent');
  await smsWith(phone, /(could not meet you)/);
});

test('a row that was just inserted is left to whoever inserted it', async () => {
  const trip = await aTrip(fleet);
  // Still so when the tick takes long.
  await db.trip.update({ where: { id: trip.id }, data: { createdAt: new Date(Date.now() + 60_000) } });

  await beginMissing();

  expect(await statusOf(`trip:${trip.id}`)).toBeUndefined();
});

test('beginning the same row twice begins it once', async () => {
  const trip = await aTrip(fleet);
  await db.trip.update({ where: { id: trip.id }, data: { createdAt: anHourAgo() } });

  const begun = async () => (await db.trip.findUniqueOrThrow({ where: { id: trip.id } })).begunAt;
  const [first] = await Promise.all([ticked(begun, 'the mark of the trip'), ticked(begun, 'the mark of the trip')]);
  await beginMissing();
  expect(await begun()).toEqual(first);
});

const losses = {
  'the driver was deactivated': ({ id }: Driver) => db.driver.update({ where: { id }, data: { status: 'INACTIVE' } }),
  'his user was deactivated': ({ userId }: Driver) =>
    db.user.update({ where: { id: userId }, data: { isActive: false } }),
  'his fleet was closed': ({ fleetId }: Driver) =>
    db.fleet.update({ where: { id: fleetId }, data: { status: 'INACTIVE' } }),
};

type Driver = { id: string; userId: string; fleetId: string };

test.each(Object.entries(losses))('when %s and nobody was told, shift and trip are told', async (_, lose) => {
  const own = await aFleet();
  const driver = { ...(await aDriver(own)), fleetId: own.id };
  const owner = { driverId: driver.id, fleetId: own.id, hubId: own.hubId, vehicleId: driver.vehicleId };
  const shift = await db.attendance.create({
    data: { id: randomUUID(), ...owner, checkInTime: new Date(), source: 'DRIVER' },
  });
  const trip = await aTrip(own);
  await db.trip.update({ where: { id: trip.id }, data: { status: 'DRIVER_ASSIGNED' } });
  const links = { id: randomUUID(), tripId: trip.id, driverId: driver.id, vehicleId: driver.vehicleId };
  await db.tripAssignment.create({ data: { ...links, status: 'ASSIGNED', assignedAt: new Date() } });
  await lose(driver);

  await tellDriversLost();
  await tellDriversLost();

  const flagged = await db.attendance.findUnique({ where: { id: shift.id }, include: { events: true } });
  expect(flagged).toMatchObject({ flags: ['DRIVER_DEACTIVATED'], events: [{ type: 'driverLost' }] });
  expect(await db.trip.findUnique({ where: { id: trip.id } })).toMatchObject({ status: 'CREATED', version: 1 });
});

test('a trip whose workflow missed its assignment gives it back when the driver is lost', async () => {
  const driver = await aDriver(fleet);
  const { id } = await aTrip(fleet);
  await begin(temporal, tripProcess(await factsOfTrip(id)));
  await assign(orderOf(await factsOfTrip(id), assignmentOf(driver.id)));
  await db.driver.update({ where: { id: driver.id }, data: { status: 'SUSPENDED' } });

  await tellDriversLost();

  const trip = await db.trip.findUniqueOrThrow({ where: { id }, include: { tripAssignments: true } });
  expect(trip).toMatchObject({ status: 'CREATED', tripAssignments: [{ status: 'UNASSIGNED' }] });
});

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
const tomorrow = daysAgo(-1);

/** Rows that are forgotten in time. Each maker returns the count of its row, which is one or none. */
const aging = {
  session: async (userId: string, expiresAt: Date) => {
    const id = randomUUID();
    const token = { tokenHash: randomUUID(), tokenId: randomUUID(), tokenIssuedAt: daysAgo(1) };
    const ends = { expiresAt, absoluteExpiresAt: tomorrow };
    await db.session.create({ data: { id, userId, ...token, ...ends, clientType: 'web' } });
    return () => db.session.count({ where: { id } });
  },
  code: async (expiresAt: Date) => {
    const id = randomUUID();
    await db.otpChallenge.create({ data: { id, phone: aPhone(), purpose: 'LOGIN', codeHash: 'hash', expiresAt } });
    return () => db.otpChallenge.count({ where: { id } });
  },
  answer: async (createdAt: Date) => {
    const key = randomUUID();
    await db.idempotencyKey.create({ data: { key, bodyHash: 'hash', createdAt } });
    return () => db.idempotencyKey.count({ where: { key } });
  },
  limit: async (expire: Date) => {
    const key = randomUUID();
    await db.rateLimit.create({ data: { key, expire: expire.getTime() } });
    return () => db.rateLimit.count({ where: { key } });
  },
  mapAnswer: async (expiresAt: Date) => {
    const key = randomUUID();
    await db.mapsCache.create({ data: { key, value: {}, expiresAt } });
    return () => db.mapsCache.count({ where: { key } });
  },
  text: async (createdAt: Date) => {
    const { id } = await db.commandText.create({ data: { id: randomUUID(), remarks: 'Dent', createdAt } });
    return () => db.commandText.count({ where: { id } });
  },
  point: async (of: { tripId: string; driverId: string }, receivedAt: Date) => {
    const { id } = await db.tripLocation.create({ data: { ...of, ...hubPoint, at: receivedAt, receivedAt } });
    return () => db.tripLocation.count({ where: { id } });
  },
  message: async (userId: string, expiresAt: Date) => {
    const id = randomUUID();
    const message = { id, userId, event: 'x', channels: ['INBOX' as const], dedupeKey: id, expiresAt };
    await db.notification.create({ data: message });
    return () => db.notification.count({ where: { id } });
  },
};

test('what has outlived its use is forgotten, and nothing else', async () => {
  const { userId, id: driverId } = await aDriver(fleet);
  const { id: tripId } = await aTrip(fleet);
  const old = await Promise.all([
    ...[aging.session(userId, daysAgo(1)), aging.code(daysAgo(1.1)), aging.answer(daysAgo(1.1))],
    ...[aging.limit(daysAgo(1)), aging.mapAnswer(daysAgo(1)), aging.message(userId, daysAgo(1))],
    ...[aging.point({ tripId, driverId }, daysAgo(31)), aging.text(daysAgo(31))],
  ]);
  const young = await Promise.all([
    ...[aging.session(userId, tomorrow), aging.code(daysAgo(0.9)), aging.answer(daysAgo(0.9))],
    ...[aging.limit(tomorrow), aging.mapAnswer(tomorrow), aging.message(userId, tomorrow)],
    ...[aging.point({ tripId, driverId }, daysAgo(29)), aging.text(daysAgo(29))],
  ]);

  await purgeExpired();

  expect(await Promise.all(old.map((count) => count()))).toEqual(old.map(() => 0));
  expect(await Promise.all(young.map((count) => count()))).toEqual(young.map(() => 1));
});

test('of a code that is over only that it was sent is kept, for a day', async () => {
  const id = randomUUID();
  const sealed = { codeHash: 'hash', sealedCode: 'k1.sealed', expiresAt: daysAgo(0.5) };
  await db.otpChallenge.create({ data: { id, phone: aPhone(), purpose: 'LOGIN', ...sealed } });

  await purgeExpired();

  expect(await db.otpChallenge.findUnique({ where: { id } })).toMatchObject({ sealedCode: null, codeHash: 'hash' });
});

test('a shift that did not hear of its vehicle is told', async () => {
  const driver = await aDriver(fleet, { vehicle: false });
  const { id } = (await post('/attendance/check-in', hubPoint, driver)).body.data as { id: string };
  const { id: vehicleId } = await aVehicle(fleet.id, fleet.hubId);
  const link = { fleetId: fleet.id, driverId: driver.id, vehicleId, startTime: new Date() };
  await db.assignment.create({ data: { id: randomUUID(), ...link } });

  await until(async () => {
    await tellVehiclesGiven();
    return (await db.attendance.findUniqueOrThrow({ where: { id } })).vehicleId === vehicleId;
  }, 'the shift to have its vehicle');
});

test('links to photos are forgotten after half a year, and not before', async () => {
  const driver = await aDriver(fleet);
  const photos = { selfieUrl: 'https://photos.example/a.jpg', odometerImageUrl: 'https://photos.example/b.jpg' };
  const made = [179, 181].map((days) => {
    const at = new Date(Date.now() - days * 86_400_000);
    const owner = { driverId: driver.id, fleetId: fleet.id, hubId: fleet.hubId, begunAt: at };
    const closed = { status: 'CHECKED_OUT' as const, checkInTime: at, checkOutTime: at, createdAt: at };
    return db.attendance.create({ data: { id: randomUUID(), ...owner, ...closed, source: 'DRIVER', ...photos } });
  });
  const [young, old] = await Promise.all(made);

  await purgeExpired();

  const linksOf = async ({ id }: { id: string }) => {
    const { selfieUrl, odometerImageUrl } = await db.attendance.findUniqueOrThrow({ where: { id } });
    return [selfieUrl, odometerImageUrl];
  };
  expect([await linksOf(young!), await linksOf(old!)]).toEqual([Object.values(photos), [null, null]]);
  const { updatedAt } = await db.attendance.findUniqueOrThrow({ where: { id: old!.id } });
  expect(updatedAt).toEqual(old!.updatedAt);
});

const aPayment = async (driver: { id: string }, begunAt: Date | null) =>
  db.transaction.create({
    data: {
      ...{ id: randomUUID(), driverId: driver.id, fleetId: fleet.id, type: 'DEPOSIT', direction: 'CREDIT' },
      ...{ amountPaise: 50_000n, easebuzzTxnId: randomUUID(), begunAt, createdAt: anHourAgo() },
    },
  });

test('a payment that nobody began is begun from its row', async () => {
  const { id } = await aPayment(await aDriver(fleet), null);

  await ticked(
    async () => (await db.transaction.findUniqueOrThrow({ where: { id } })).begunAt,
    'the mark of the payment',
  );
  expect(await statusOf(`pay-in:${id}`)).toBe('RUNNING');
});

test('an event that was stored and not heard is heard, also of a payment that was given up', async () => {
  const { id, easebuzzTxnId: txnid } = await aPayment(await aDriver(fleet), aMinuteAgo());
  await db.transaction.update({ where: { id }, data: { status: 'FAILED', statusReason: 'EXPIRED' } });
  const eventOf = (receivedAt: Date) => ({
    ...{ id: randomUUID(), source: 'PG' as const, dedupeKey: randomUUID(), subjectId: id, receivedAt },
    ...{ fields: { txnid, status: 'success', easepayid: 'E1' }, amountPaise: 50_000n },
  });
  await db.gatewayEvent.create({ data: eventOf(new Date(Date.now() + 60_000)) });
  await beginMissing();
  expect(await statusOf(`pay-in:${id}`)).toBeUndefined();
  await db.gatewayEvent.create({ data: eventOf(aMinuteAgo()) });

  await ticked(
    async () => (await db.transaction.findUniqueOrThrow({ where: { id } })).status === 'SUCCESS',
    'the money',
  );
});

test('what the gateway sent is forgotten word for word after half a year, and not before', async () => {
  const made = [179, 181].map((days) =>
    db.gatewayEvent.create({
      data: {
        ...{ id: randomUUID(), source: 'PG', state: 'PROCESSED', dedupeKey: randomUUID(), fields: {} },
        ...{ sealedBody: 'k1.sealed', receivedAt: daysAgo(days) },
      },
    }),
  );
  const ids = (await Promise.all(made)).map(({ id }) => id);

  await purgeExpired();

  const bodies = ids.map(async (id) => (await db.gatewayEvent.findUniqueOrThrow({ where: { id } })).sealedBody);
  expect(await Promise.all(bodies)).toEqual(['k1.sealed', null]);
});
