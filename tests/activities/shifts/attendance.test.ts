import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { attendanceActivities } from '../../../activities/shifts/attendance.ts';
import { tripActivities } from '../../../activities/trips/trips.ts';
import {
  approve,
  checkOut,
  endBreak,
  loseShiftDriver,
  recordCashReconciled,
  reject,
  shiftFacts,
  startBreak,
} from '../../../workflows/domain/shifts/attendance.ts';
import type { ShiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { minuteMs } from '../../../workflows/domain/time.ts';
import { assign, start } from '../../../workflows/domain/trips/trips.ts';
import { asDriver, asStaff } from '../../world/actors.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip, hubPoint } from '../../world/factories.ts';
import { after, assignmentOf, changeOf, factsOfTrip, refusedWith, reportOf } from '../changes.ts';

const { recordVerdict, openBreak, closeBreak, closeShift, settleCash, flagStale, flagDriverLost } =
  attendanceActivities({
    db,
  });

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

type Driver = Awaited<ReturnType<typeof aDriver>>;

const aShift = async (driver: Driver): Promise<ShiftFacts> => {
  const owner = { driverId: driver.id, fleetId: fleet.id, hubId: fleet.hubId, vehicleId: driver.vehicleId };
  const row = await db.attendance.create({
    data: { id: randomUUID(), ...owner, checkInTime: new Date(), odometerStart: 1000, source: 'DRIVER' },
    include: { breaks: true },
  });
  return shiftFacts(row);
};

const anApprovedShift = async (driver: Driver): Promise<ShiftFacts> => {
  const facts = await aShift(driver);
  return after(
    facts,
    await recordVerdict(changeOf(approve, facts, { by: asStaff(fleet.manager.id, 'MANAGER'), textId: null })),
  );
};

const aText = async (remarks: string) => (await db.commandText.create({ data: { id: randomUUID(), remarks } })).id;

const shiftRow = ({ attendanceId }: ShiftFacts) =>
  db.attendance.findUniqueOrThrow({ where: { id: attendanceId }, include: { breaks: true, events: true } });

const declared = (driver: Driver, odometerEnd: number | null = 1040) => ({
  ...{ by: asDriver(driver), odometerEnd, at: hubPoint, forced: false, textId: null },
  cashDepositedPaise: paise(0),
});

const forcedBy = (userId: string, textId: string) => ({
  ...{ by: asStaff(userId), odometerEnd: null, at: null, forced: true, textId },
  cashDepositedPaise: paise(0),
});

/** A break from now for so many minutes, as facts say it happened. */
const takeBreak = async (facts: ShiftFacts, driver: Driver, minutes: number, nowMs = Date.now()) => {
  const by = asDriver(driver);
  const opened = after(facts, await openBreak(changeOf(startBreak, facts, { by, breakId: randomUUID() }, nowMs)));
  return after(opened, await closeBreak(changeOf(endBreak, opened, { by }, nowMs + minutes * minuteMs)));
};

const aStartedTrip = async (driver: Driver) => {
  const trips = tripActivities({ db, dispatch: { kycRequired: false, vehicleRequired: true } });
  const trip = await aTrip(fleet);
  const assigning = changeOf(assign, await factsOfTrip(trip.id), assignmentOf(driver.id));
  const facts = after(assigning.facts, await trips.assignDriver(assigning));
  await trips.recordTripMove(changeOf(start, facts, reportOf(driver)));
};

test('an approval names its manager, tells the driver, and is recorded once however often it runs', async () => {
  const driver = await aDriver(fleet);
  const facts = await aShift(driver);
  const change = changeOf(approve, facts, {
    by: asStaff(fleet.manager.id, 'MANAGER'),
    textId: await aText('Car is clean'),
  });

  const [first, twin] = await Promise.all([recordVerdict(change), recordVerdict(change)]);

  expect(twin).toEqual(first);
  expect(await shiftRow(facts)).toMatchObject({
    ...{ status: 'APPROVED', approvalStatus: 'APPROVED', approvedBy: fleet.manager.id, adminRemarks: 'Car is clean' },
    approvedByName: expect.stringContaining('MANAGER'),
    events: [{ type: 'approve', actorType: 'USER', actorId: fleet.manager.id }],
  });
  const inbox = await db.notification.findMany({ where: { userId: driver.userId } });
  expect(inbox).toMatchObject([{ event: 'attendance:approved', payload: { remarks: 'Car is clean' } }]);
});

test('a rejection without remarks still says something, and closes the shift', async () => {
  const facts = await aShift(await aDriver(fleet));

  await recordVerdict(changeOf(reject, facts, { by: asStaff(fleet.manager.id, 'MANAGER'), textId: null }));

  const shift = await shiftRow(facts);
  expect(shift).toMatchObject({ status: 'REJECTED', approvalStatus: 'REJECTED', adminRemarks: 'Rejected' });
  expect(shift.checkOutTime).not.toBeNull();
});

test('a shift that was closed undecided keeps its state and its check-out when it is approved late', async () => {
  const driver = await aDriver(fleet);
  const facts = await aShift(driver);
  const closed = after(facts, await closeShift(changeOf(checkOut, facts, declared(driver))));
  const { checkOutTime } = await shiftRow(facts);

  await recordVerdict(changeOf(approve, closed, { by: asStaff(fleet.manager.id, 'MANAGER'), textId: null }));

  expect(await shiftRow(facts)).toMatchObject({
    ...{ status: 'CHECKED_OUT', approvalStatus: 'APPROVED', checkOutTime },
    flags: ['CHECKED_OUT_UNAPPROVED'],
  });
});

test('breaks of two hours in all are nothing special, a minute more is flagged', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);

  const rested = await takeBreak(facts, driver, 120);
  const flagsBefore = (await shiftRow(facts)).flags;
  await takeBreak(rested, driver, 1, Date.now() + 121 * minuteMs);

  const shift = await shiftRow(facts);
  expect(flagsBefore).toEqual([]);
  expect(shift.flags).toEqual(['LONG_BREAK']);
  expect(shift.breaks).toMatchObject([{ endedBy: 'DRIVER' }, { endedBy: 'DRIVER' }]);
});

test('each flag of a shift stands once', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);
  const nowMs = Date.now();

  const rested = await takeBreak(facts, driver, 130, nowMs);
  const again = await takeBreak(rested, driver, 130, nowMs + 131 * minuteMs);
  await closeShift(changeOf(checkOut, again, declared(driver, 1900)));

  expect((await shiftRow(facts)).flags.sort()).toEqual(['LONG_BREAK', 'ODOMETER_JUMP']);
});

test('a check-out ends the running break with it', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);
  const by = asDriver(driver);
  const resting = after(facts, await openBreak(changeOf(startBreak, facts, { by, breakId: randomUUID() })));

  await closeShift(changeOf(checkOut, resting, declared(driver)));

  const shift = await shiftRow(facts);
  expect(shift).toMatchObject({ status: 'CHECKED_OUT', odometerEnd: 1040, closedBy: driver.userId });
  expect(shift.breaks).toMatchObject([{ endTime: shift.checkOutTime, endedBy: 'CHECK_OUT' }]);
});

test('a break of three hours that only the check-out ends is flagged like any other', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);
  const by = asDriver(driver);
  const resting = after(facts, await openBreak(changeOf(startBreak, facts, { by, breakId: randomUUID() })));

  await closeShift(changeOf(checkOut, resting, declared(driver), Date.now() + 180 * minuteMs));

  expect((await shiftRow(facts)).flags).toEqual(['LONG_BREAK']);
});

test('a driver cannot check out in the middle of a trip; an administrator can close the shift for him', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);
  await aStartedTrip(driver);

  const own = await refusedWith(closeShift(changeOf(checkOut, facts, declared(driver))));
  const untouched = await shiftRow(facts);
  const textId = await aText('Phone broken');
  await closeShift(changeOf(checkOut, facts, forcedBy(fleet.manager.id, textId)));

  expect(own).toBe('TRIP_IN_PROGRESS');
  expect(untouched).toMatchObject({ status: 'APPROVED', checkOutTime: null });
  expect(await shiftRow(facts)).toMatchObject({
    ...{ status: 'CHECKED_OUT', odometerEnd: null, adminRemarks: 'Phone broken', closedBy: fleet.manager.id },
  });
});

test('declared cash waits for its reconciliation, which happens once', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);
  const cash = { ...declared(driver), cashDepositedPaise: paise(78_050) };
  const closed = after(facts, await closeShift(changeOf(checkOut, facts, cash)));
  const waiting = await shiftRow(facts);

  const change = changeOf(recordCashReconciled, closed, { reconciliationId: randomUUID() });
  const [first, twin] = await Promise.all([settleCash(change), settleCash(change)]);

  expect(waiting).toMatchObject({ cashDepositedPaise: 78_050, cashStatus: 'DECLARED' });
  expect(twin).toEqual(first);
  const { cashStatus, events } = await shiftRow(facts);
  expect(cashStatus).toBe('RECONCILED');
  expect(events.filter(({ type }) => type === 'recordCashReconciled')).toMatchObject([{ actorType: 'SYSTEM' }]);
});

test('a shift that nobody ended is flagged, and the desk of its hub is told how long it is open, once', async () => {
  const facts = await aShift(await aDriver(fleet));
  const dueMs = Date.parse(facts.checkInTime) + 16 * 60 * minuteMs;

  await flagStale({ facts, dueMs });
  await flagStale({ facts, dueMs });

  expect(await shiftRow(facts)).toMatchObject({ flags: ['STALE'], status: 'PENDING', checkOutTime: null });
  const cause = { payload: { path: ['attendanceId'], equals: facts.attendanceId } };
  const told = await db.notification.findMany({ where: cause });
  expect(told.map(({ userId }) => userId).sort()).toEqual(
    [fleet.fleetAdmin, fleet.manager, fleet.operations].map(({ id }) => id).sort(),
  );
  expect(told[0]).toMatchObject({ event: 'attendance:stale', payload: { hoursOpen: 16 } });
});

test('the break of a driver who may not drive any more is ended by the system', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);
  const by = asDriver(driver);
  const resting = after(facts, await openBreak(changeOf(startBreak, facts, { by, breakId: randomUUID() })));

  await flagDriverLost(changeOf(loseShiftDriver, resting, { driverId: driver.id }));

  expect(await shiftRow(facts)).toMatchObject({
    ...{ status: 'APPROVED', checkOutTime: null, flags: ['DRIVER_DEACTIVATED'] },
    breaks: [{ endTime: expect.any(Date), endedBy: 'SYSTEM' }],
  });
});

test('an approval without remarks keeps why a shift was closed by force', async () => {
  const driver = await aDriver(fleet);
  const facts = await aShift(driver);
  const closing = changeOf(checkOut, facts, forcedBy(fleet.manager.id, await aText('Phone broken')));
  const closed = after(facts, await closeShift(closing));

  await recordVerdict(changeOf(approve, closed, { by: asStaff(fleet.operations.id), textId: null }));

  expect(await shiftRow(facts)).toMatchObject({ adminRemarks: 'Phone broken', approvedBy: fleet.operations.id });
});
