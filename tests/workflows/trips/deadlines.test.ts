import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ShiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { patienceMs, tripTimings } from '../../../workflows/domain/deadlines.ts';
import type { TripTimings } from '../../../workflows/domain/deadlines.ts';
import type { TripFacts } from '../../../workflows/domain/trips/trips.ts';
import { checkOutShift } from '../../../workflows/shifts/attendance.ts';
import { shiftProcess, tripProcess } from '../../../workflows/processes.ts';
import { assignTrip, completeTrip, startTrip } from '../../../workflows/trips/trips.ts';
import { asDriver, asStaff } from '../../world/actors.ts';
import { until } from '../../world/until.ts';
import { aShiftFacts, aTripFacts, fakeTransactions, here } from '../fakes.ts';
import { eventsOf, onTemporal } from '../on-temporal.ts';

interface Alert {
  alert: string;
  dueMs: number;
  facts: TripFacts;
}

interface Check {
  dueMs: number;
  facts: TripFacts;
  knownMs: number;
}

const rows = fakeTransactions(['assignDriver', 'recordTripMove', 'settleTrip', 'closeShift']);
const raised: Alert[] = [];
const checks: Check[] = [];
const stale: { facts: ShiftFacts; dueMs: number }[] = [];
const positions = new Map<string, number>();

const { begin } = onTemporal({
  ...rows.activities,
  acknowledgeTrip: () => Promise.resolve(),
  acknowledgeShift: () => Promise.resolve(),
  beginNotifications: () => Promise.resolve(),
  raiseTripAlert: (alert: Alert) => Promise.resolve(void raised.push(alert)),
  checkSilence: (check: Check) => {
    checks.push(check);
    return Promise.resolve(positions.get(check.facts.tripId) ?? 0);
  },
  flagStale: (flagged: (typeof stale)[number]) => Promise.resolve(void stale.push(flagged)),
});

const second = 1 / 60;
const driver = asDriver({ id: randomUUID(), userId: randomUUID() });
const report = { by: driver, ...here };
const completion = {
  ...report,
  ...{ reportedFarePaise: null, actualDistanceKm: null, extraKms: null, extraMinutes: null },
  ...{ tollPaise: paise(0), parkingPaise: paise(0), stateTaxPaise: paise(0) },
};
const never = { afterMs: 3_600_000, pauseMaxMs: 3_600_000 };

/** Moments in seconds after the pickup, which is when the trip begins; what is not named is far away. */
const momentsAt = (seconds: Partial<Record<keyof TripTimings, number>>): typeof tripTimings =>
  Object.fromEntries(
    Object.entries(tripTimings).map(([name, { stages }]) => {
      const after = seconds[name as keyof TripTimings];
      return [name, { stages, minutesFromPickup: after === undefined ? 10_000 : after * second }];
    }),
  ) as typeof tripTimings;

const aTripNow = async (timings: Parameters<typeof momentsAt>[0], shape: Partial<TripFacts> = {}, silence = never) => {
  const now = new Date().toISOString();
  const facts = aTripFacts({ pickupTime: now, since: now, ...shape });
  const process = tripProcess(facts);
  const trip = await begin({ ...process, args: [facts, { alerts: momentsAt(timings), silence, patienceMs }] });
  return { id: facts.tripId, facts, trip };
};

const alertsOf = (id: string) => raised.filter(({ facts }) => facts.tripId === id).map(({ alert }) => alert);
const checksOf = (id: string) => checks.filter(({ facts }) => facts.tripId === id);

test('each deadline of a stage is raised once, in its order, with its moment and the facts of then', async () => {
  const { id, facts, trip } = await aTripNow({ unassignedEarly: 0.4, unassignedLate: 0.8 });

  await until(() => Promise.resolve(alertsOf(id).length >= 2));
  await trip.executeUpdate(assignTrip, {
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

  await trip.executeUpdate(startTrip, { args: [report] });
  await until(() => Promise.resolve(alertsOf(id).includes('noShowEligible')));

  expect(alertsOf(id)).toEqual(['noShowEligible']);
});

test('a trip that is over is not looked at any more and keeps no timer', async () => {
  const { id, trip } = await aTripNow(
    { stuck: 30 },
    { status: 'STARTED', phase: 'ONBOARD', driverId: driver.driverId },
  );

  await trip.executeUpdate(completeTrip, { args: [completion] });
  await trip.result();

  expect(alertsOf(id)).toEqual([]);
  const events = await eventsOf(trip);
  const started = events.filter((event) => event.timerStartedEventAttributes).length;
  const settled = events.filter((event) => event.timerCanceledEventAttributes ?? event.timerFiredEventAttributes);
  expect([started, settled.length]).toEqual([1, 1]);
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

test('a driver who is heard of again is looked at as often as before', async () => {
  const { id, trip } = await aTripNow({}, underWay(), { afterMs: 300, pauseMaxMs: 4_800 });
  await until(() => Promise.resolve(checksOf(id).length >= 2));
  const seenMs = Date.now();
  positions.set(id, seenMs);

  await until(() => Promise.resolve(checksOf(id).length >= 4));
  await trip.executeUpdate(completeTrip, { args: [completion] });

  expect(checksOf(id)[3]!.dueMs).toBe(seenMs + 300);
  expect(checksOf(id)[3]!.knownMs).toBe(seenMs);
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
  await shift.executeUpdate(checkOutShift, { args: [checkOut] });

  expect(flags()).toMatchObject([{ dueMs: Date.parse(facts.staleAt) }]);
});

test('a shift that was ended in time is not flagged', async () => {
  const [ended, forgotten] = [await aShiftWith(4_000), await aShiftWith(4_100)];

  await ended.shift.executeUpdate(checkOutShift, { args: [checkOut] });
  await until(() => Promise.resolve(forgotten.flags().length > 0));

  expect(ended.flags()).toEqual([]);
});
