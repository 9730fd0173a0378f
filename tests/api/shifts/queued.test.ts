import { expect, test } from '@jest/globals';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { expectRefused } from '../http/refused.ts';
import { aDay, anApprovedShift, aShiftOnBreak, shiftOf } from './shifts.ts';

const before = (moment: Date, minutes: number) => new Date(moment.getTime() - minutes * 60_000).toISOString();

const commands = [
  ['check-out', { odometer: 1040, cashDeposited: 500 }, anApprovedShift],
  ['start-break', {}, anApprovedShift],
  ['end-break', {}, async (...day: Parameters<typeof aShiftOnBreak>) => (await aShiftOnBreak(...day))[0]],
] as const;

test.each(commands)('a %s of yesterday, sent today, does not reach the shift of today', async (action, body, begin) => {
  const { fleet, driver } = await aDay();
  const id = await begin(fleet, driver);
  const shift = await shiftOf(id);
  const send = (sent: object, by = driver as { token: string }) =>
    post(`/attendance/${action}`, { ...body, ...sent }, by);

  const timestamp = before(shift.checkInTime, 6);
  const answers = [await send({ timestamp }), await send({ timestamp, driverId: driver.id }, fleet.manager)];

  for (const refused of answers) {
    expectRefused(refused, 404, 'NO_ACTIVE_SHIFT');
    expect(refused.body.error.details).toEqual({ reason: 'OLDER_THAN_SHIFT' });
  }
  expect(await shiftOf(id)).toEqual(shift);
  expect((await send({ timestamp: before(shift.checkInTime, 4) })).status).toBe(200);
});

test.each(commands)(
  'a %s that names its shift is believed, whatever the clock of its device',
  async (action, body, begin) => {
    const { fleet, driver } = await aDay();
    const id = await begin(fleet, driver);
    const { checkInTime } = await shiftOf(id);

    const sent = { ...body, attendanceId: id, timestamp: before(checkInTime, 600) };

    expect((await post(`/attendance/${action}`, sent, driver)).status).toBe(200);
  },
);

test('the end of a break that is named is the end of that break', async () => {
  const { fleet, driver } = await aDay();
  const [id, breakId] = await aShiftOnBreak(fleet, driver);
  const { checkInTime } = await shiftOf(id);

  const ended = await post('/attendance/end-break', { breakId, timestamp: before(checkInTime, 600) }, driver);

  expect(ended.body.data).toMatchObject({ id: breakId, endTime: expect.any(String) });
  expect(await db.break.count({ where: { attendanceId: id, endTime: null } })).toBe(0);
});
