import { beforeAll, expect, test } from '@jest/globals';
import { randomInt, randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { begin } from '../../../activities/begin.ts';
import { delivering, notificationActivities } from '../../../activities/messages/notifications.ts';
import { exotel } from '../../../activities/partners/sms.ts';
import type { PassengerEvent } from '../../../workflows/domain/messages/notifications.ts';
import { istText } from '../../../workflows/domain/time.ts';
import { notificationProcess } from '../../../workflows/processes.ts';
import { db, seals } from '../../world/database.ts';
import { aDriver, aFleet, aPhone, aTrip } from '../../world/factories.ts';
import { messagesTo } from '../../world/sms.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { untilWaiting } from '../../world/locks.ts';

const sms = exotel({
  ...{ baseUrl: world.sms, accountSid: 'simulator', apiKey: 'key', apiToken: 'token' },
  ...{ senderId: 'DRVKLB', endpoint: 'send' },
});
const deps = {
  ...{ db, sms, sealer: seals, client: temporal, log: pino({ level: 'silent' }), logsTexts: false },
  otpText: (code: string) => `${code} is your code`,
};
const { sendPassengerSms, sendOtpSms, forgetCode, recordDelivery } = notificationActivities(deps);
const deliver = delivering(deps);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

/** A queued message to the passenger of a trip. */
const aMessage = async (tripId: string, event: PassengerEvent) => {
  const id = randomUUID();
  const dedupeKey = `${event}:${tripId}:${id}`;
  const expiresAt = new Date(Date.now() + 86_400_000);
  await db.notification.create({ data: { id, tripId, event, channels: ['SMS'], dedupeKey, expiresAt } });
  return id;
};

const anAssignedTrip = async (code?: string) => {
  const phone = aPhone();
  const driver = await aDriver(fleet);
  const trip = await aTrip(fleet, { passengerPhone: phone, ...(code ? { code } : {}) });
  const links = { id: randomUUID(), tripId: trip.id, driverId: driver.id, vehicleId: driver.vehicleId };
  await db.tripAssignment.create({ data: { ...links, status: 'ASSIGNED', assignedAt: new Date() } });
  const { vehicleNumber } = await db.vehicle.findUniqueOrThrow({ where: { id: driver.vehicleId! } });
  return { trip, phone, vehicleNumber };
};

const fault = (mode: string, match: string) =>
  fetch(`${world.sms}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode, match }),
  });

const aChallenge = async (shape: { expired?: boolean } = {}) => {
  const code = String(randomInt(100_000, 1_000_000));
  const phone = aPhone();
  const id = randomUUID();
  const expiresAt = new Date(Date.now() + (shape.expired ? -1_000 : 300_000));
  const sealedCode = seals.seal('otp', code, id);
  await db.otpChallenge.create({ data: { id, phone, purpose: 'LOGIN', codeHash: 'hash', sealedCode, expiresAt } });
  return { id, phone, code };
};

test('the passenger reads who comes, in which car, when, and the boarding code', async () => {
  const { trip, phone, vehicleNumber } = await anAssignedTrip('4711');

  const delivery = await sendPassengerSms(await aMessage(trip.id, 'passenger:assigned'));

  const when = istText(trip.pickupTime.toISOString());
  expect(delivery).toBe('SENT');
  expect(await messagesTo(phone)).toEqual([
    `Driver's Klub: Dinesh, ${vehicleNumber}, picks you up on ${when}. Boarding code 4711.`,
  ]);
});

test('every step of a trip has its text', async () => {
  const { trip, phone, vehicleNumber } = await anAssignedTrip();

  const steps = ['on_the_way', 'arrived', 'completed', 'cancelled', 'no_show'] as const;
  for (const step of steps) await sendPassengerSms(await aMessage(trip.id, `passenger:${step}`));

  expect((await messagesTo(phone)).reverse()).toEqual([
    `Dinesh (${vehicleNumber}) is on the way.`,
    `Your cab ${vehicleNumber} has arrived.`,
    `Trip ${trip.shortId} completed. Total Rs 600.`,
    `Trip ${trip.shortId} on ${istText(trip.pickupTime.toISOString())} was cancelled.`,
    `Trip ${trip.shortId} was closed because we could not meet you.`,
  ]);
});

test.each([
  ['refuse', 'REFUSED'],
  ['down', 'UNREACHABLE'],
  ['error', 'UNREACHABLE'],
  ['garbage', 'UNREACHABLE'],
])('when the partner answers "%s" the delivery is %s', async (mode, expected) => {
  const { trip, phone } = await anAssignedTrip();
  await fault(mode, phone);

  const delivery = await sendPassengerSms(await aMessage(trip.id, 'passenger:arrived'));

  expect(delivery).toBe(expected);
  expect(await messagesTo(phone)).toEqual([]);
});

test('a message whose trip has no phone is refused, as is one that does not exist', async () => {
  const trip = await aTrip(fleet);

  const withoutPhone = await sendPassengerSms(await aMessage(trip.id, 'passenger:assigned'));

  expect(withoutPhone).toBe('REFUSED');
  expect(await sendPassengerSms(randomUUID())).toBe('REFUSED');
});

test('a message whose delivery is begun twice, and once more after it ended, is sent once', async () => {
  const { trip, phone } = await anAssignedTrip();
  const id = await aMessage(trip.id, 'passenger:arrived');

  deliver([id, id]);
  const begun = temporal.workflow.getHandle(notificationProcess(id).workflowId);
  await until(() => begun.describe().catch(() => null), 'the delivery');
  await begun.result();
  deliver([id]);
  await begin(temporal, notificationProcess(id));

  expect(await messagesTo(phone)).toHaveLength(1);
  expect(await db.deliveryAttempt.count({ where: { notificationId: id } })).toBe(1);
});

test('who comes is not told any more when nobody does', async () => {
  const { trip, phone } = await anAssignedTrip();
  await db.tripAssignment.updateMany({ where: { tripId: trip.id }, data: { status: 'UNASSIGNED' } });
  const send = async (event: PassengerEvent) => sendPassengerSms(await aMessage(trip.id, event));

  const ahead = [await send('passenger:assigned'), await send('passenger:on_the_way'), await send('passenger:arrived')];

  expect(ahead).toEqual(['REFUSED', 'REFUSED', 'REFUSED']);
  expect(await send('passenger:cancelled')).toBe('SENT');
  expect(await messagesTo(phone)).toHaveLength(1);
});

test('without a partner a text is refused outside development, and written to the log inside', async () => {
  const { trip } = await anAssignedTrip();
  const id = await aMessage(trip.id, 'passenger:arrived');
  const withoutPartner = (logsTexts: boolean) => notificationActivities({ ...deps, sms: null, logsTexts });

  expect(await withoutPartner(false).sendPassengerSms(id)).toBe('REFUSED');
  expect(await withoutPartner(true).sendPassengerSms(id)).toBe('SENT');
});

test('a login code reaches its phone while it lives, and never after it was forgotten', async () => {
  const challenge = await aChallenge();

  const first = await sendOtpSms(challenge.id);
  await forgetCode(challenge.id);
  const second = await sendOtpSms(challenge.id);

  expect([first, second]).toEqual(['SENT', 'REFUSED']);
  expect(await messagesTo(challenge.phone)).toEqual([`${challenge.code} is your code`]);
  expect(await db.otpChallenge.findUnique({ where: { id: challenge.id } })).toMatchObject({ sealedCode: null });
});

test('an expired login code is not sent', async () => {
  const { id, phone } = await aChallenge({ expired: true });

  expect(await sendOtpSms(id)).toBe('REFUSED');
  expect(await messagesTo(phone)).toEqual([]);
});

test.each([{ supersededAt: new Date() }, { consumedAt: new Date() }])(
  'a login code with %j is not sent',
  async (data) => {
    const { id, phone } = await aChallenge();
    await db.otpChallenge.update({ where: { id }, data });

    expect(await sendOtpSms(id)).toBe('REFUSED');
    expect(await messagesTo(phone)).toEqual([]);
  },
);

test('a message that was delivered does not become one that was not', async () => {
  const trip = await aTrip(fleet);
  const id = await aMessage(trip.id, 'passenger:arrived');
  await recordDelivery({ notificationId: id, attempt: 1, delivery: 'SENT', final: true });

  await recordDelivery({ notificationId: id, attempt: 2, delivery: 'REFUSED', final: true });

  expect(await db.notification.findUnique({ where: { id } })).toMatchObject({ status: 'SENT' });
});

test('an attempt that is recorded twice is one row, also at the same moment', async () => {
  const trip = await aTrip(fleet);
  const id = await aMessage(trip.id, 'passenger:arrived');
  const attempt = { notificationId: id, attempt: 1, delivery: 'UNREACHABLE', final: false } as const;

  // A slow first run and its retry: both are held until each has come as far as it can.
  const runs = await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "notifications" WHERE "id" = ${id}::uuid FOR UPDATE`;
    const started = [recordDelivery(attempt), recordDelivery(attempt)];
    await untilWaiting(2);
    return started;
  });
  await Promise.all(runs);

  const rows = await db.deliveryAttempt.findMany({ where: { notificationId: id } });
  expect(rows).toMatchObject([{ attempt: 1, status: 'UNREACHABLE', channel: 'SMS' }]);
});

test.each([
  ['SENT', 'SENT'],
  ['REFUSED', 'FAILED'],
  ['UNREACHABLE', 'FAILED'],
] as const)('after a last attempt that was %s the notification is %s', async (delivery, status) => {
  const trip = await aTrip(fleet);
  const id = await aMessage(trip.id, 'passenger:arrived');

  await recordDelivery({ notificationId: id, attempt: 5, delivery, final: true });

  expect(await db.notification.findUnique({ where: { id } })).toMatchObject({ status });
});
