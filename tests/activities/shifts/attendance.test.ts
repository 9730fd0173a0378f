import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { attendanceActivities } from '../../../activities/shifts/attendance.ts';
import { tripActivities } from '../../../activities/trips/trips.ts';
import { shiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import type { ShiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { minuteMs } from '../../../workflows/domain/time.ts';
import { asDriver, asStaff } from '../../world/actors.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip, hubPoint } from '../../world/factories.ts';
import { assignmentOf, deliver, factsOfTrip, orderOf, refusedWith, reportOf } from '../changes.ts';

const { approve, reject, startBreak, checkOut, recordCashReconciled, driverLost, meet } = attendanceActivities({
  db,
  deliver,
});
/** The commits as they are at some moment. */
const at = (nowMs: number) => attendanceActivities({ db, deliver, now: () => nowMs });

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
  return (await approve(orderOf(facts, { by: asStaff(fleet.manager.id, 'MANAGER'), textId: null }))).facts;
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

/** A break from a moment on for so many minutes. */
const takeBreak = async (facts: ShiftFacts, driver: Driver, minutes: number, nowMs = Date.now()) => {
  const by = asDriver(driver);
  const opened = (await at(nowMs).startBreak(orderOf(facts, { by, breakId: randomUUID() }))).facts;
  return (await at(nowMs + minutes * minuteMs).endBreak(orderOf(opened, { by }))).facts;
};

const aStartedTrip = async (driver: Driver) => {
  const trips = tripActivities({ db, deliver, dispatch: { kycRequired: false, vehicleRequired: true } });
  const trip = await aTrip(fleet);
  const { facts } = await trips.assign(orderOf(await factsOfTrip(trip.id), assignmentOf(driver.id)));
  await trips.start(orderOf(facts, reportOf(driver)));
};

test('an approval names its manager, tells the driver, and is recorded once however often it runs', async () => {
  const driver = await aDriver(fleet);
  const facts = await aShift(driver);
  const change = orderOf(facts, {
    by: asStaff(fleet.manager.id, 'MANAGER'),
    textId: await aText('Car is clean'),
  });

  const [first, twin] = await Promise.all([approve(change), approve(change)]);

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

  await reject(orderOf(facts, { by: asStaff(fleet.manager.id, 'MANAGER'), textId: null }));

  const shift = await shiftRow(facts);
  expect(shift).toMatchObject({ status: 'REJECTED', approvalStatus: 'REJECTED', adminRemarks: 'Rejected' });
  expect(shift.checkOutTime).not.toBeNull();
});

test('a shift that was closed undecided keeps its state and its check-out when it is approved late', async () => {
  const driver = await aDriver(fleet);
  const facts = await aShift(driver);
  const closed = (await checkOut(orderOf(facts, declared(driver)))).facts;
  const { checkOutTime } = await shiftRow(facts);

  await approve(orderOf(closed, { by: asStaff(fleet.manager.id, 'MANAGER'), textId: null }));

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
  await checkOut(orderOf(again, declared(driver, 1900)));

  expect((await shiftRow(facts)).flags.sort()).toEqual(['LONG_BREAK', 'ODOMETER_JUMP']);
});

test('a check-out ends the running break with it', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);
  const by = asDriver(driver);
  const resting = (await startBreak(orderOf(facts, { by, breakId: randomUUID() }))).facts;

  await checkOut(orderOf(resting, declared(driver)));

  const shift = await shiftRow(facts);
  expect(shift).toMatchObject({ status: 'CHECKED_OUT', odometerEnd: 1040, closedBy: driver.userId });
  expect(shift.breaks).toMatchObject([{ endTime: shift.checkOutTime, endedBy: 'CHECK_OUT' }]);
});

test('a break of three hours that only the check-out ends is flagged like any other', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);
  const by = asDriver(driver);
  const resting = (await startBreak(orderOf(facts, { by, breakId: randomUUID() }))).facts;

  await at(Date.now() + 180 * minuteMs).checkOut(orderOf(resting, declared(driver)));

  expect((await shiftRow(facts)).flags).toEqual(['LONG_BREAK']);
});

test('a driver cannot check out in the middle of a trip; an administrator can close the shift for them', async () => {
  const driver = await aDriver(fleet);
  const facts = await anApprovedShift(driver);
  await aStartedTrip(driver);

  const own = await refusedWith(checkOut(orderOf(facts, declared(driver))));
  const untouched = await shiftRow(facts);
  const textId = await aText('Phone broken');
  await checkOut(orderOf(facts, forcedBy(fleet.manager.id, textId)));

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
  const closed = (await checkOut(orderOf(facts, cash))).facts;
  const waiting = await shiftRow(facts);

  const change = orderOf(closed, { reconciliationId: randomUUID() });
  const [first, twin] = await Promise.all([recordCashReconciled(change), recordCashReconciled(change)]);

  expect(waiting).toMatchObject({ cashDepositedPaise: 78_050, cashStatus: 'DECLARED' });
  expect(twin).toEqual(first);
  const { cashStatus, events } = await shiftRow(facts);
  expect(cashStatus).toBe('RECONCILED');
  expect(events.filter(({ type }) => type === 'recordCashReconciled')).toMatchObject([{ actorType: 'SYSTEM' }]);
});

test('a shift that nobody ended is flagged, and the desk of its hub is told how long it is open, once', async () => {
  const facts = await aShift(await aDriver(fleet));
  const due = { name: 'stale', dueMs: Date.parse(facts.staleAt) };

  await meet({ facts, due, clock: null });
  await meet({ facts, due, clock: null });

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
  const resting = (await startBreak(orderOf(facts, { by, breakId: randomUUID() }))).facts;

  await driverLost(orderOf(resting, { driverId: driver.id }));

  expect(await shiftRow(facts)).toMatchObject({
    ...{ status: 'APPROVED', checkOutTime: null, flags: ['DRIVER_DEACTIVATED'] },
    breaks: [{ endTime: expect.any(Date), endedBy: 'SYSTEM' }],
  });
});

test('an approval without remarks keeps why a shift was closed by force', async () => {
  const driver = await aDriver(fleet);
  const facts = await aShift(driver);
  const closing = orderOf(facts, forcedBy(fleet.manager.id, await aText('Phone broken')));
  const closed = (await checkOut(closing)).facts;

  await approve(orderOf(closed, { by: asStaff(fleet.operations.id), textId: null }));

  expect(await shiftRow(facts)).toMatchObject({ adminRemarks: 'Phone broken', approvedBy: fleet.operations.id });
});
