import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { shiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { shiftRecord } from '../../../workflows/domain/shifts/shift-record.ts';
import { get } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';

/** A second before and a second after midnight in India, where the processes run on UTC. */
const nights = [
  { at: new Date('2026-03-14T18:29:59.000Z'), day: '2026-03-14' },
  { at: new Date('2026-03-14T18:30:01.000Z'), day: '2026-03-15' },
];

test.each(nights)('a short id that is drawn at $at carries the Indian day $day', async ({ at, day }) => {
  const [drawn] = await db.$queryRaw<{ id: string }[]>`SELECT next_short_id('ATT', ${at}::timestamptz) AS id`;

  expect(drawn!.id).toMatch(new RegExp(`^ATT${day.replaceAll('-', '')}\\d{3}$`));
});

test('around midnight a shift is listed and labelled under the Indian day of its check-in, whatever day it ends', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const checkOutTime = new Date('2026-03-14T18:45:00.000Z');
  const closed = { status: 'CHECKED_OUT', approvalStatus: 'APPROVED', source: 'DRIVER', checkOutTime } as const;
  const owner = { driverId: driver.id, fleetId: fleet.id, hubId: fleet.hubId };
  const listed = async (day: string) => {
    const { body } = await get(`/attendance/history?startDate=${day}&endDate=${day}`, fleet.manager);
    return (body.data.data as { id: string }[]).map(({ id }) => id);
  };

  const shifts = await Promise.all(
    nights.map(({ at }) =>
      db.attendance.create({
        data: { id: randomUUID(), ...owner, ...closed, checkInTime: at, begunAt: at },
        include: { breaks: true },
      }),
    ),
  );

  expect(shifts.map((row) => shiftRecord.labels(shiftFacts(row)).businessDay)).toEqual(nights.map(({ day }) => day));
  expect(await Promise.all(nights.map(({ day }) => listed(day)))).toEqual(shifts.map(({ id }) => [id]));
});
