import { beforeAll, expect, test } from '@jest/globals';
import { tripAlerts } from '../../../activities/trips/trip-alerts.ts';
import { minuteMs } from '../../../workflows/domain/time.ts';
import { tripClock } from '../../../workflows/domain/trips/trip-deadlines.ts';
import type { TripAlert } from '../../../workflows/domain/trips/trip-deadlines.ts';
import type { TripFacts } from '../../../workflows/domain/trips/trips.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aTrip, aUser, hubPoint } from '../../world/factories.ts';
import { factsOfTrip } from '../changes.ts';

const alerts = tripAlerts({ db });

interface Raised {
  alert: TripAlert;
  dueMs: number;
  facts: TripFacts;
}

const raiseTripAlert = ({ alert, dueMs, facts }: Raised) => alerts[alert]!(facts, dueMs, tripClock);
const checkSilence = (facts: TripFacts, dueMs: number) => alerts['silence']!(facts, dueMs, tripClock);

let fleet: Awaited<ReturnType<typeof aFleet>>;
let elsewhere: { id: string };
beforeAll(async () => {
  fleet = await aFleet();
  elsewhere = await aUser('OPERATIONS', fleet.id, [(await aHub(fleet.id)).id]);
});

/** A trip that a driver has, as its workflow knows it. */
const anAssignedTrip = async () => {
  const driver = await aDriver(fleet);
  const { id, shortId } = await aTrip(fleet);
  const facts = { ...(await factsOfTrip(id)), driverId: driver.id, hubId: fleet.hubId };
  return { driver, id, shortId, facts };
};

const rolesOf = async (userIds: (string | null)[]) => {
  const users = await db.user.findMany({ where: { id: { in: userIds as string[] } } });
  return [...new Set(users.map(({ role }) => role))].sort();
};

const dueMs = Date.parse('2026-11-22T05:00:00.000Z');

/** Who was told of a trip, and of what. */
const toldOf = async (tripId: string) =>
  (await db.notification.findMany({ where: { payload: { path: ['tripId'], equals: tripId } } })).map(
    ({ userId, event }) => [userId, event] as const,
  );

const staffTold = (event: string) =>
  [fleet.fleetAdmin, fleet.manager, fleet.operations].map(({ id }) => [id, event] as const);

test.each([
  ['unassignedEarly', 'trip:unassigned_alert', null],
  ['unassignedLate', 'trip:unassigned_alert', null],
  ['startWindowOpen', null, 'trip:start_window_open'],
  ['lateStart', 'trip:late_start', 'trip:late_start'],
  ['lateArrival', 'trip:late_arrival', null],
  ['noShowEligible', null, 'trip:noshow_eligible'],
  ['stuck', 'trip:stuck', null],
  ['stuckRental', 'trip:stuck', null],
] as [TripAlert, string | null, string | null][])(
  '%s: the desk is told %s, the driver %s',
  async (alert, desk, his) => {
    const { driver, id, facts } = await anAssignedTrip();

    await raiseTripAlert({ alert, dueMs, facts });
    await raiseTripAlert({ alert, dueMs, facts });

    const wanted = [...(desk ? staffTold(desk) : []), ...(his ? [[driver.userId, his] as const] : [])];
    expect((await toldOf(id)).sort()).toEqual(wanted.sort());
  },
);

test('of a trip whose driver has no hub no desk of a hub is told', async () => {
  const { id, facts } = await anAssignedTrip();

  await raiseTripAlert({ alert: 'stuck', dueMs, facts: { ...facts, hubId: null } });

  const told = (await toldOf(id)).map(([userId]) => userId);
  expect(told.sort()).toEqual([fleet.fleetAdmin.id, fleet.manager.id].sort());
});

test('of a trip without a driver everybody is told who could give it to one', async () => {
  const { id } = await aTrip(fleet);
  const pool = await aTrip(fleet);
  const facts = { ...(await factsOfTrip(id)), hubId: fleet.hubId };

  await raiseTripAlert({ alert: 'unassignedEarly', dueMs, facts });
  const ofThePool = { ...(await factsOfTrip(pool.id)), fleetId: null, hubId: null };
  await raiseTripAlert({ alert: 'unassignedEarly', dueMs, facts: ofThePool });

  const told = (await toldOf(id)).map(([userId]) => userId);
  expect(told).toEqual(
    expect.arrayContaining([fleet.fleetAdmin.id, fleet.manager.id, fleet.operations.id, elsewhere.id]),
  );
  expect(await rolesOf(told)).toEqual(['FLEET_ADMIN', 'MANAGER', 'OPERATIONS']);
  expect(await rolesOf((await toldOf(pool.id)).map(([userId]) => userId))).toEqual(['SUPER_ADMIN']);
});

test('who was dismissed is told nothing any more', async () => {
  const { id, facts } = await anAssignedTrip();
  await db.user.update({ where: { id: fleet.manager.id }, data: { isActive: false } });

  await raiseTripAlert({ alert: 'stuck', dueMs, facts });

  await db.user.update({ where: { id: fleet.manager.id }, data: { isActive: true } });
  expect((await toldOf(id)).map(([userId]) => userId)).not.toContain(fleet.manager.id);
});

test('the same alert of another moment is another message, and says which trip it is', async () => {
  const { driver, shortId, facts } = await anAssignedTrip();

  await raiseTripAlert({ alert: 'startWindowOpen', dueMs, facts });
  await raiseTripAlert({ alert: 'startWindowOpen', dueMs: dueMs + 60_000, facts });

  const inbox = await db.notification.findMany({ where: { userId: driver.userId } });
  expect(inbox).toMatchObject(Array(2).fill({ title: `Trip ${shortId}`, status: 'SENT', channels: ['INBOX'] }));
  expect(inbox[0]!.expiresAt.getTime()).toBeGreaterThan(Date.now() + 89 * 86_400_000);
});

const aPosition = (tripId: string, driverId: string, receivedAt: Date) =>
  db.tripPosition.create({ data: { tripId, driverId, ...hubPoint, at: receivedAt, receivedAt } });

/** A trip that was started some minutes before a check that is due now. */
const aStartedTrip = async (minutesAgo: number) => {
  const trip = await anAssignedTrip();
  const nowMs = Date.now();
  const startedAt = new Date(nowMs - minutesAgo * minuteMs).toISOString();
  return { ...trip, nowMs, facts: { ...trip.facts, status: 'STARTED' as const, startedAt } };
};

/** In how many minutes the next check is due. */
const minutesUntil = (againMs: number | null, nowMs: number) => Math.round((againMs! - nowMs) / minuteMs);

test('a driver of whom nothing is known is nudged once per moment, and looked at again later each time', async () => {
  const { driver, id, facts, nowMs } = await aStartedTrip(2);

  const first = await checkSilence(facts, nowMs);
  await checkSilence(facts, nowMs);
  const [later, last] = [await aStartedTrip(6), await aStartedTrip(60)];

  expect(minutesUntil(first, nowMs)).toBe(4);
  expect(minutesUntil(await checkSilence(later.facts, later.nowMs), later.nowMs)).toBe(8);
  expect(minutesUntil(await checkSilence(last.facts, last.nowMs), last.nowMs)).toBe(15);
  expect(await toldOf(id)).toEqual([[driver.userId, 'trip:location_silent']]);
});

test('a driver who was seen since is left alone until two minutes after that, one who was not is nudged', async () => {
  const [heard, silent] = [await aStartedTrip(10), await aStartedTrip(10)];
  await aPosition(heard.id, heard.driver.id, new Date(heard.nowMs - minuteMs));
  await aPosition(silent.id, silent.driver.id, new Date(silent.nowMs - 2 * minuteMs));

  const again = await checkSilence(heard.facts, heard.nowMs);
  await checkSilence(silent.facts, silent.nowMs);

  expect(again).toBe(heard.nowMs + minuteMs);
  expect([await toldOf(heard.id), (await toldOf(silent.id)).length]).toEqual([[], 1]);
});

test('a point of the driver who had the trip before says nothing of the one who has it', async () => {
  const { driver, id, facts, nowMs } = await aStartedTrip(5);
  await aPosition(id, (await aDriver(fleet)).id, new Date(nowMs));

  await checkSilence(facts, nowMs);

  expect(await toldOf(id)).toEqual([[driver.userId, 'trip:location_silent']]);
});
