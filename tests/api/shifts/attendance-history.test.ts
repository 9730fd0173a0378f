import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { get, post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aHub, aVehicle } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';
import { aDay, anApprovedShift, aPendingShift } from './shifts.ts';

type Fleet = { id: string; hubId: string };
type Shape = Partial<Parameters<typeof db.attendance.create>[0]['data']>;

let made = 0;

/** A shift of long ago, as its row; each was made a second after the one before. */
const aPastShift = (fleet: Fleet, driver: { id: string }, shape: Shape = {}) => {
  const time = (shape.checkInTime ?? new Date('2026-03-10T06:00:00.000Z')) as Date;
  const createdAt = new Date(Date.parse('2026-03-10') + (made += 1) * 1000);
  return db.attendance.create({
    data: {
      createdAt,
      ...{ id: randomUUID(), driverId: driver.id, fleetId: fleet.id, hubId: fleet.hubId, source: 'DRIVER' },
      ...{ checkInTime: time, checkOutTime: time, status: 'CHECKED_OUT', approvalStatus: 'APPROVED', begunAt: time },
      ...shape,
    } as Parameters<typeof db.attendance.create>[0]['data'],
  });
};

const history = (query: Record<string, string | number>, by: Sent) =>
  get(`/attendance/history?${new URLSearchParams(query as Record<string, string>).toString()}`, by);

const idsOf = async (query: Record<string, string | number>, by: Sent): Promise<string[]> =>
  ((await history(query, by)).body.data.data as { id: string }[]).map(({ id }) => id);

test('the history is a page of its own inside the data, and beside it', async () => {
  const { fleet, driver } = await aDay();
  const ids = [];
  for (let n = 0; n < 12; n += 1) ids.unshift((await aPastShift(fleet, driver)).id);

  const [first, second] = [await history({}, fleet.manager), await history({ page: 2, limit: 5 }, fleet.manager)];

  expect(first).toMatchObject({
    status: 200,
    body: { data: { total: 12, page: 1, limit: 10 }, pagination: { total: 12, page: 1, limit: 10, totalPages: 2 } },
  });
  expect((first.body.data.data as { id: string }[]).map(({ id }) => id)).toEqual(ids.slice(0, 10));
  expect((second.body.data.data as { id: string }[]).map(({ id }) => id)).toEqual(ids.slice(5, 10));
  expect((await history({ limit: 5000 }, fleet.manager)).body.data).toMatchObject({ limit: 200, total: 12 });
});

test('a business day of the history is the Indian one of the check-in, first and last included', async () => {
  const { fleet, driver } = await aDay();
  const at = (time: string) => aPastShift(fleet, driver, { checkInTime: new Date(time) });
  await at('2026-03-09T18:29:59.999Z');
  const [first, last] = [await at('2026-03-09T18:30:00.000Z'), await at('2026-03-11T18:29:59.999Z')];
  await at('2026-03-11T18:30:00.000Z');

  const ids = await idsOf({ startDate: '2026-03-10', endDate: '2026-03-11' }, fleet.manager);

  expect(ids).toEqual([last.id, first.id]);
  expect(await idsOf({ startDate: '2026-03-12' }, fleet.manager)).toHaveLength(1);
  expect(await idsOf({ endDate: '2026-03-09' }, fleet.manager)).toHaveLength(1);
});

test('the history is narrowed by what a shift is', async () => {
  const { fleet, driver } = await aDay();
  const otherHub = await aHub(fleet.id);
  const colleague = await aDriver(fleet);
  const plain = await aPastShift(fleet, driver);
  const rejected = await aPastShift(fleet, driver, { status: 'REJECTED', approvalStatus: 'REJECTED' });
  const undecided = await aPastShift(fleet, driver, { approvalStatus: 'PENDING' });
  const declared = await aPastShift(fleet, driver, { cashStatus: 'DECLARED' });
  const flagged = await aPastShift(fleet, driver, { flags: ['STALE', 'LONG_BREAK'] });
  const elsewhere = await aPastShift(fleet, driver, { hubId: otherHub.id });
  const others = await aPastShift(fleet, colleague);
  const { shortId } = await db.driver.findUniqueOrThrow({ where: { id: colleague.id } });

  const find = (query: Record<string, string>) => idsOf(query, fleet.manager);

  expect(await find({ status: 'REJECTED' })).toEqual([rejected.id]);
  expect(await find({ status: 'rejected,PENDING' })).toEqual([rejected.id]);
  expect(await find({ approvalStatus: 'PENDING,REJECTED' })).toEqual([undecided.id, rejected.id]);
  expect(await find({ cashStatus: 'DECLARED' })).toEqual([declared.id]);
  expect(await find({ flag: 'STALE' })).toEqual([flagged.id]);
  expect(await find({ hubId: otherHub.id })).toEqual([elsewhere.id]);
  expect(await find({ driverId: colleague.id })).toEqual([others.id]);
  expect(await find({ driverId: shortId })).toEqual([others.id]);
  expect(await find({ driverId: randomUUID() })).toEqual([]);
  expect(await find({ driverId: driver.id, status: 'CHECKED_OUT', cashStatus: 'NONE', flag: 'nothing' })).toEqual([]);
  expect(await find({ fleetId: fleet.id })).toContain(plain.id);
  expectInvalid(
    await history({ status: 'PENDING_APPROVAL', cashStatus: 'lost' }, fleet.manager),
    'status.0',
    'cashStatus.0',
  );
});

test('everybody has the history that is theirs: their own, of their hubs, of their fleet, or all', async () => {
  const [{ fleet, driver }, strangers] = [await aDay(), await aFleet()];
  const otherHub = await aHub(fleet.id);
  const colleague = await aDriver({ id: fleet.id, hubId: otherHub.id });
  const own = await aPastShift(fleet, driver);
  const ofColleague = await aPastShift(fleet, colleague);
  const foreign = await aPastShift(strangers, await aDriver(strangers));

  expect(await idsOf({}, driver)).toEqual([own.id]);
  expect(await idsOf({}, fleet.operations)).toEqual([own.id]);
  expect(await idsOf({}, fleet.manager)).toEqual([ofColleague.id, own.id]);
  expect(await idsOf({}, fleet.fleetAdmin)).toEqual([ofColleague.id, own.id]);
  expect(await idsOf({ fleetId: strangers.id }, fleet.superAdmin)).toEqual([foreign.id]);
  expect(await idsOf({ fleetId: fleet.id }, fleet.superAdmin)).toEqual([ofColleague.id, own.id]);
  expect((await history({}, driver)).body.data.total).toBe(1);
  for (const by of [driver, fleet.operations])
    expectRefused(await history({ driverId: colleague.id }, by), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await history({ fleetId: strangers.id }, fleet.manager), 403, 'SCOPE_FORBIDDEN');
  expect(await idsOf({ driverId: driver.id }, driver)).toEqual([own.id]);
});

test('a shift keeps its car, its hub and its day, whatever the roster becomes later', async () => {
  const { fleet, driver } = await aDay();
  const id = await anApprovedShift(fleet, driver);
  const next = await aVehicle(fleet.id, fleet.hubId);
  await post('/assignments', { driverId: driver.id, vehicleId: next.id, replaceActive: true }, fleet.manager);
  const vehicleOf = async () => {
    const [shown] = (await history({}, driver)).body.data.data;
    return [shown.vehicleId, shown.vehicle.id, shown.driver.assignments[0].vehicle.id] as string[];
  };

  const whileOpen = await vehicleOf();
  await post('/attendance/check-out', { odometer: 1040 }, driver);
  const [otherHub] = [await aHub(fleet.id)];
  await db.driver.update({ where: { id: driver.id }, data: { hubId: otherHub.id } });

  expect(whileOpen).toEqual([driver.vehicleId, driver.vehicleId, next.id]);
  expect(await vehicleOf()).toEqual([driver.vehicleId, driver.vehicleId, driver.vehicleId]);
  expect((await get(`/attendance/${id}`, driver)).body.data).toMatchObject({ hubId: fleet.hubId });
});

test('a shift counts what was worked: its breaks, newest first, are taken off', async () => {
  const { fleet, driver } = await aDay();
  const at = (clock: string) => new Date(`2026-03-10T${clock}:00.000Z`);
  const { id } = await aPastShift(fleet, driver, { checkInTime: at('06:00'), checkOutTime: at('14:00') });
  const rest = (from: string, to: string) => ({ id: randomUUID(), startTime: at(from), endTime: at(to) });
  const breaks = [rest('08:00', '08:20'), rest('11:00', '11:45')];
  await db.break.createMany({ data: breaks.map((row) => ({ ...row, attendanceId: id, endedBy: 'DRIVER' as const })) });

  const [shown] = (await history({}, driver)).body.data.data;

  expect(shown).toMatchObject({ id, breakMinutes: 65, workedMinutes: 415 });
  expect((shown.breaks as { id: string }[]).map((row) => row.id)).toEqual([breaks[1]!.id, breaks[0]!.id]);
});

test('a shift is found by its short id, by its driver and by staff', async () => {
  const { fleet, driver } = await aDay();
  const id = await aPendingShift(driver);
  const { shortId } = await db.attendance.findUniqueOrThrow({ where: { id } });

  for (const by of [driver, fleet.superAdmin, fleet.fleetAdmin, fleet.manager, fleet.operations])
    expect((await get(`/attendance/${shortId}`, by)).body.data).toMatchObject({ id, driver: { id: driver.id } });
});
