import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { reconciliationActivities } from '../../activities/reconciliation.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip } from '../world/factories.ts';
import { smsWith } from '../world/sms.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';

const { beginMissing } = reconciliationActivities({ db, client: temporal });

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const aMinuteAgo = () => new Date(Date.now() - 60_000);

const statusOf = async (workflowId: string) =>
  (
    await temporal.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => null)
  )?.status.name;

test('a trip that nobody began is begun from its row', async () => {
  const trip = await aTrip(fleet);
  await db.trip.update({ where: { id: trip.id }, data: { createdAt: aMinuteAgo() } });

  const begun = await beginMissing();

  expect(begun.trips.begun).toBeGreaterThan(0);
  await until(
    async () => (await db.trip.findUniqueOrThrow({ where: { id: trip.id } })).begunAt,
    'the mark of the trip',
  );
  expect(await statusOf(`trip:${trip.id}`)).toBe('RUNNING');
});

test('a shift that nobody began is begun from its row', async () => {
  const driver = await aDriver(fleet);
  const owner = { driverId: driver.id, fleetId: fleet.id, hubId: fleet.hubId };
  const shift = await db.attendance.create({
    data: { id: randomUUID(), ...owner, checkInTime: aMinuteAgo(), createdAt: aMinuteAgo(), source: 'DRIVER' },
  });

  await beginMissing();

  await until(
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

  await beginMissing();

  await smsWith(phone, /(could not meet you)/);
  const row = () => db.notification.findUniqueOrThrow({ where: { id: message.id } });
  await until(async () => (await row()).status === 'SENT', 'the message to be sent');
});

test('a row that was just inserted is left to whoever inserted it', async () => {
  const trip = await aTrip(fleet);

  await beginMissing();

  expect(await statusOf(`trip:${trip.id}`)).toBeUndefined();
});

test('beginning the same row twice begins it once', async () => {
  const trip = await aTrip(fleet);
  await db.trip.update({ where: { id: trip.id }, data: { createdAt: aMinuteAgo() } });

  await Promise.all([beginMissing(), beginMissing()]);

  const begun = async () => (await db.trip.findUniqueOrThrow({ where: { id: trip.id } })).begunAt;
  const first = await until(begun, 'the mark of the trip');
  await beginMissing();
  expect(await begun()).toEqual(first);
});
