import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { paise } from '../../../workflows/domain/money.ts';
import type { ShiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { shiftRecord } from '../../../workflows/domain/shifts/shift-record.ts';
import { ms } from '../../../workflows/domain/time.ts';
import { silenceOf, tripClock } from '../../../workflows/domain/trips/trip-deadlines.ts';
import type { TripClock } from '../../../workflows/domain/trips/trip-deadlines.ts';
import { tripRecord } from '../../../workflows/domain/trips/trip-record.ts';
import type { TripFacts } from '../../../workflows/domain/trips/trips.ts';
import { shiftProcess, tripProcess } from '../../../workflows/processes.ts';
import { asDriver, asStaff } from '../../world/actors.ts';
import { until } from '../../world/until.ts';
import { aShiftFacts, aTripFacts, fakeCommits, here } from '../fakes.ts';
import { cardOf, eventsOf, onTemporal, timersOf } from '../on-temporal.ts';

interface Raised<Facts> {
  alert: string;
  dueMs: number;
  facts: Facts;
}

const raised: Raised<TripFacts>[] = [];
const checks: { dueMs: number; facts: TripFacts }[] = [];
const stale: Raised<ShiftFacts>[] = [];
/** Trips whose driver is heard of at every check, and when that was last. */
const heard = new Map<string, number>();

const trips = fakeCommits(tripRecord, (alert) => (facts, dueMs, clock) => {
  if (alert !== 'silence') {
    raised.push({ alert, dueMs, facts });
    return null;
  }
  checks.push({ dueMs, facts });
  if (heard.has(facts.tripId)) heard.set(facts.tripId, Date.now());
  const seenMs = heard.get(facts.tripId) ?? ms(facts.startedAt!);
  return silenceOf(seenMs, Math.max(Date.now(), dueMs), clock.silence).againMs;
});
const shifts = fakeCommits(shiftRecord, (alert) => (facts, dueMs) => {
  stale.push({ alert, dueMs, facts });
  return null;
});
const { begin } = onTemporal({ ...trips.activities, ...shifts.activities });

const second = 1 / 60;
const driver = asDriver({ id: randomUUID(), userId: randomUUID() });
const report = { by: driver, ...here };
const completion = {
  ...report,
  ...{ reportedFarePaise: null, actualDistanceKm: null, extraKms: null, extraMinutes: null },
  ...{ tollPaise: paise(0), parkingPaise: paise(0), stateTaxPaise: paise(0) },
};
const never = { afterMs: 3_600_000, pauseMaxMs: 3_600_000 };

type Seconds = Partial<Record<keyof TripClock['alerts'], number>>;

/** Moments in seconds after the pickup, which is when the trip begins; what is not named is far away. */
const momentsAt = (seconds: Seconds): TripClock['alerts'] =>
  Object.fromEntries(
    Object.entries(tripClock.alerts).map(([name, { stages }]) => {
      const after = seconds[name as keyof Seconds];
      return [name, { stages, minutesFromPickup: after === undefined ? 10_000 : after * second }];
    }),
  ) as TripClock['alerts'];

const aTripNow = async (seconds: Seconds, shape: Partial<TripFacts> = {}, silence = never) => {
  const now = new Date().toISOString();
  const facts = aTripFacts({ pickupTime: now, since: now, ...shape });
  const clock = { alerts: momentsAt(seconds), silence };
  const trip = await begin({ ...tripProcess(facts), args: [facts, clock] });
  return { id: facts.tripId, facts, trip };
};

const alertsOf = (id: string) => raised.filter(({ facts }) => facts.tripId === id).map(({ alert }) => alert);
const checksOf = (id: string) => checks.filter(({ facts }) => facts.tripId === id);

test('each deadline of a stage is raised once, in its order, with its moment and the facts of then', async () => {
  const { id, facts, trip } = await aTripNow({ unassignedEarly: 0.4, unassignedLate: 0.8 });

  await until(() => Promise.resolve(alertsOf(id).length >= 2));
  await trip.executeUpdate('assign', {
    args: [{ by: asStaff('desk'), driverId: driver.driverId, assignmentId: randomUUID() }],
  });

  expect(alertsOf(id)).toEqual(['unassignedEarly', 'unassignedLate']);
  const [first] = raised.filter(({ facts: { tripId } }) => tripId === id);
  expect(first).toMatchObject({ dueMs: Date.parse(facts.pickupTime) + 400, facts: { status: 'CREATED' } });
});

test('a deadline of a stage that was left is not raised', async () => {
  const { id, trip } = await aTripNow(
    { lateStart: 4, noShowEligible: 4.5 },
    { status: 'DRIVER_ASSIGNED', driverId: driver.driverId },
  );

  await trip.executeUpdate('start', { args: [report] });
  await until(() => Promise.resolve(alertsOf(id).includes('noShowEligible')));

  expect(alertsOf(id)).toEqual(['noShowEligible']);
});

test('a trip that is over is not looked at any more and keeps no timer', async () => {
  const { id, trip } = await aTripNow(
    { stuck: 30 },
    { status: 'STARTED', phase: 'ONBOARD', driverId: driver.driverId },
  );
  // A command in its first task would be before its timer.
  await until(async () => (await timersOf(trip)).length > 0, 'its timer');

  await trip.executeUpdate('complete', { args: [completion] });
  await trip.result();

  expect(alertsOf(id)).toEqual([]);
  const events = await eventsOf(trip);
  expect(events.filter((event) => event.timerStartedEventAttributes)).toHaveLength(1);
  expect(events.filter((event) => event.timerFiredEventAttributes)).toEqual([]);
});

const aHold = (holdExpiresAt: string) => aTripNow({}, { status: 'BLOCKED', holdExpiresAt });

test('a hold that nobody paid is freed when it ends, by a command of the system with its own name', async () => {
  const holdExpiresAt = new Date(Date.now() + 5_000).toISOString();
  const { id, trip } = await aHold(holdExpiresAt);
  await until(
    async () => (await cardOf(trip)).includes('the hold ends and the trip is cancelled'),
    'the end of the hold on the card',
  );

  await trip.result();

  expect(trips.row(id)).toMatchObject({ status: 'CANCELLED', version: 1 });
  expect(trips.committed(id)).toMatchObject([
    { name: 'expireHold', commandId: `expireHold@${Date.parse(holdExpiresAt)}` },
  ]);
});

test('a deadline that is met late is judged by the row as it is then', async () => {
  const { id, facts, trip } = await aHold(new Date(Date.now() + 4_000).toISOString());
  trips.insert({ ...facts, status: 'CREATED', version: 1 }); // Paid, while the workflow did not hear of it.

  await until(async () => (await cardOf(trip)).includes('CREATED'), 'the trip to know that it was paid');

  expect(trips.committed(id)).toEqual([]);
});

const underWay = (startedAt = new Date().toISOString()): Partial<TripFacts> => ({
  ...{ status: 'STARTED', phase: 'EN_ROUTE', driverId: driver.driverId, startedAt },
});

test('a silent driver is looked after, and then less and less often', async () => {
  const { id, facts } = await aTripNow({}, underWay(), { afterMs: 200, pauseMaxMs: 800 });

  await until(() => Promise.resolve(checksOf(id).length >= 5));

  const startedMs = Date.parse(facts.startedAt!);
  const moments = checksOf(id).map(({ dueMs }) => dueMs - startedMs);
  const pauses = moments.map((moment, n) => moment - (moments[n - 1] ?? 0));
  // Counted from when the last check was answered, so never shorter than the pause.
  const shortest = [200, 400, 800, 800, 800];
  expect(pauses.slice(0, 5).filter((pause, n) => pause < shortest[n]!)).toEqual([]);
});

test('a driver who is heard of again is looked at as often as before, whatever else happens to the trip', async () => {
  const { id, trip } = await aTripNow({}, underWay(), { afterMs: 300, pauseMaxMs: 4_800 });
  await until(() => Promise.resolve(checksOf(id).length >= 2));
  heard.set(id, 0);
  await trip.executeUpdate('arrive', { args: [report] });
  await until(() => Promise.resolve(checksOf(id).length >= 3));
  const seenMs = heard.get(id)!;

  await until(() => Promise.resolve(checksOf(id).length >= 4));
  await trip.executeUpdate('complete', { args: [completion] });

  expect(checksOf(id)[3]!.dueMs).toBe(seenMs + 300);
});

test('a trip that has not started may be silent', async () => {
  const { id } = await aTripNow(
    { lateStart: 1 },
    { status: 'DRIVER_ASSIGNED', driverId: driver.driverId },
    { afterMs: 100, pauseMaxMs: 100 },
  );

  await until(() => Promise.resolve(alertsOf(id).includes('lateStart')));

  expect(checksOf(id)).toEqual([]);
});

const aShiftWith = async (staleAfterMs: number) => {
  const staleAt = new Date(Date.now() + staleAfterMs).toISOString();
  const facts = aShiftFacts({ checkInTime: new Date().toISOString(), staleAt });
  const shift = await begin(shiftProcess(facts));
  return { facts, shift, flags: () => stale.filter((flag) => flag.facts.attendanceId === facts.attendanceId) };
};

const checkOut = {
  ...{ by: driver, ...here, odometerEnd: 1040, forced: false, textId: null },
  cashDepositedPaise: paise(0),
};

test('a shift that nobody ends is flagged once, and can still be ended', async () => {
  const { facts, shift, flags } = await aShiftWith(500);

  await until(() => Promise.resolve(flags().length > 0));
  await shift.executeUpdate('checkOut', { args: [checkOut] });

  expect(flags()).toMatchObject([{ dueMs: Date.parse(facts.staleAt) }]);
});

test('a shift that was ended in time is not flagged', async () => {
  const [ended, forgotten] = [await aShiftWith(4_000), await aShiftWith(4_100)];

  await ended.shift.executeUpdate('checkOut', { args: [checkOut] });
  await until(() => Promise.resolve(forgotten.flags().length > 0));

  expect(ended.flags()).toEqual([]);
});
