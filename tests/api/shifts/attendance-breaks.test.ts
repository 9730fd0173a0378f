import { expect, test } from '@jest/globals';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aStartedTrip } from '../trips/rides.ts';
import { aDay, anApprovedShift, aPendingShift, aShiftOnBreak, shiftOf } from './shifts.ts';

const startBreak = (by: Sent, body?: object) => post('/attendance/start-break', body, by);
const endBreak = (by: Sent, body?: object) => post('/attendance/end-break', body, by);

const breaksOf = async (attendanceId: string) => (await shiftOf(attendanceId)).breaks;

test('a break is told under both of its names', async () => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);

  const started = await startBreak(driver);
  const duty = (await get(`/drivers/${driver.id}`, fleet.manager)).body.data.dutyState as string;
  await db.break.updateMany({ where: { attendanceId: id }, data: { startTime: new Date(Date.now() - 90_000) } });
  const ended = await endBreak(driver);

  const [row] = await breaksOf(id);
  expect(started).toMatchObject({
    status: 200,
    body: {
      data: {
        ...{ id: row!.id, attendanceId: id, driverId: driver.id, status: 'APPROVED', durationMinutes: null },
        ...{ endTime: null, breakEndTime: null, endedBy: null, shortId: expect.stringMatching(/^BRK\d{11,}$/) },
        breakStartTime: started.body.data.startTime,
      },
    },
  });
  expect(duty).toBe('ON_BREAK');
  expect(ended.body.data).toMatchObject({
    ...{ id: row!.id, endTime: row!.endTime!.toISOString(), breakEndTime: row!.endTime!.toISOString() },
    ...{ durationMinutes: 1, endedBy: 'DRIVER' },
  });
  expect((await get(`/attendance/${id}`, driver)).body.data).toMatchObject({
    breaks: [{ id: row!.id, shortId: row!.shortId }],
    breakMinutes: 1,
  });
});

test('there is no break without a shift, nor before the manager has agreed to it', async () => {
  const { driver } = await aDay();

  expectRefused(await startBreak(driver), 404, 'NO_ACTIVE_SHIFT');
  expectRefused(await endBreak(driver), 404, 'NO_ACTIVE_SHIFT');
  const id = await aPendingShift(driver);
  expectRefused(await startBreak(driver), 404, 'SHIFT_NOT_APPROVED');
  expectRefused(await endBreak(driver), 404, 'NO_ACTIVE_BREAK');

  expect(await breaksOf(id)).toEqual([]);
});

test('who is on a break is told of it when they begin another one', async () => {
  const { fleet, driver } = await aDay();
  const [id, breakId] = await aShiftOnBreak(fleet, driver);

  const again = await startBreak(driver);

  expectRefused(again, 400, 'BREAK_IN_PROGRESS');
  expect(again.body.error.details.break).toMatchObject({ id: breakId, startTime: expect.any(String) });
  expect(await breaksOf(id)).toHaveLength(1);
});

test('of ten breaks that begin at once one begins, and of ten ends one ends it', async () => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);

  const started = await Promise.all(Array.from({ length: 10 }, () => startBreak(driver)));
  const ended = await Promise.all(Array.from({ length: 10 }, () => endBreak(driver)));

  const codes = (answers: typeof started) => answers.map(({ body }) => (body.errorCode ?? 'done') as string).sort();
  expect(codes(started)).toEqual([...Array<string>(9).fill('BREAK_IN_PROGRESS'), 'done']);
  expect(codes(ended)).toEqual([...Array<string>(9).fill('NO_ACTIVE_BREAK'), 'done']);
  expect(await breaksOf(id)).toMatchObject([{ endTime: expect.any(Date) }]);
  expect((await shiftOf(id)).events.map(({ type }) => type)).toEqual(['checkIn', 'approve', 'startBreak', 'endBreak']);
});

test('a driver may rest during a trip, and again after a break', async () => {
  const { fleet, driver } = await aDay();
  const [id] = await aShiftOnBreak(fleet, driver);
  await endBreak(driver);
  await aStartedTrip(fleet, driver);

  expect((await startBreak(driver)).status).toBe(200);

  expect(await breaksOf(id)).toMatchObject([{ endTime: expect.any(Date) }, { endTime: null }]);
});

test('more than two hours of breaks in a shift are flagged', async () => {
  const { fleet, driver } = await aDay();
  const [id, breakId] = await aShiftOnBreak(fleet, driver);
  await db.break.update({ where: { id: breakId }, data: { startTime: new Date(Date.now() - 121 * 60_000) } });

  await endBreak(driver);

  expect((await shiftOf(id)).flags).toEqual(['LONG_BREAK']);
});

test('staff begin and end a break for a driver, by their id or that of the shift or the break', async () => {
  const { fleet, driver } = await aDay();
  const attendanceId = await anApprovedShift(fleet, driver);
  const endings = [
    () => ({ driverId: driver.id }),
    () => ({ attendanceId }),
    (row: { id: string }) => ({ breakId: row.id }),
    (row: { shortId: string }) => ({ breakId: row.shortId }),
  ];

  for (const [index, named] of endings.entries()) {
    const begun = index % 2 === 0 ? { driverId: driver.id } : { attendanceId };
    expect((await startBreak(fleet.operations, begun)).status).toBe(200);
    const row = (await breaksOf(attendanceId)).at(-1)!;
    expect((await endBreak(fleet.operations, named(row))).body.data).toMatchObject({ id: row.id, endedBy: 'ADMIN' });
  }

  expect(await breaksOf(attendanceId)).toHaveLength(4);
  expectInvalid(await startBreak(fleet.manager), 'driverId');
  expectInvalid(await endBreak(fleet.manager), 'driverId');
});

test('a driver neither begins nor ends the break of a colleague, nor does staff of another fleet', async () => {
  const { fleet, driver } = await aDay();
  const [colleague, strangers] = [await aDriver(fleet), await aFleet()];
  await anApprovedShift(fleet, driver);
  const [id, breakId] = await aShiftOnBreak(fleet, colleague);

  for (const by of [driver, strangers.manager]) {
    for (const named of [{ driverId: colleague.id }, { attendanceId: id }]) {
      expectRefused(await startBreak(by, named), 403, 'SCOPE_FORBIDDEN');
      expectRefused(await endBreak(by, named), 403, 'SCOPE_FORBIDDEN');
    }
    expectRefused(await endBreak(by, { breakId }), 403, 'SCOPE_FORBIDDEN');
  }

  expect(await breaksOf(id)).toMatchObject([{ id: breakId, endTime: null }]);
});

test('a break that is over is not ended again, whatever runs now', async () => {
  const { fleet, driver } = await aDay();
  const [id, first] = await aShiftOnBreak(fleet, driver);
  await endBreak(driver, { breakId: first });
  const { body } = await startBreak(driver);

  expectRefused(await endBreak(driver, { breakId: first }), 404, 'NO_ACTIVE_BREAK');
  expectInvalid(await endBreak(driver, { breakId: 'the first one' }), 'breakId');
  expect((await breaksOf(id)).map(({ endTime }) => endTime !== null)).toEqual([true, false]);
  const ended = await endBreak(driver, { breakId: body.data.shortId });
  expect(ended.body.data).toMatchObject({ id: body.data.id, endTime: expect.any(String) });
});
