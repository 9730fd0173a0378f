import { expect } from '@jest/globals';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, hubPoint } from '../../world/factories.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Awaited<ReturnType<typeof aDriver>>;

export const aDay = async () => {
  const fleet = await aFleet();
  return { fleet, driver: await aDriver(fleet) };
};

export const checkIn = (driver: Driver, body: object = {}) =>
  post('/attendance/check-in', { ...hubPoint, ...body }, driver);

/** The id of a shift that waits for its manager; its odometer stood at 1000. */
export const aPendingShift = async (driver: Driver): Promise<string> => {
  const answer = await checkIn(driver, { odometer: 1000 });
  expect(answer.status).toBe(201);
  return answer.body.data.id as string;
};

export const anApprovedShift = async (fleet: Fleet, driver: Driver): Promise<string> => {
  const id = await aPendingShift(driver);
  expect((await post(`/attendance/${id}/approve`, {}, fleet.manager)).status).toBe(200);
  return id;
};

/** An approved shift with a running break: the ids of both. */
export const aShiftOnBreak = async (fleet: Fleet, driver: Driver): Promise<[string, string]> => {
  const id = await anApprovedShift(fleet, driver);
  const { body } = await post('/attendance/start-break', {}, driver);
  return [id, body.data.id as string];
};

export const shiftOf = (id: string) =>
  db.attendance.findUniqueOrThrow({
    where: { id },
    include: { events: { orderBy: { id: 'asc' } }, breaks: { orderBy: { startTime: 'asc' } } },
  });

export const shiftsOf = ({ id }: Driver) =>
  db.attendance.findMany({ where: { driverId: id }, orderBy: { createdAt: 'asc' } });
