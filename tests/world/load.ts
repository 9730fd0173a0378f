import { playDay } from './commands.ts';
import { db } from './database.ts';
import { aDriver, aFleet } from './factories.ts';
import type { Answered } from './send-until-answered.ts';
import { until } from './until.ts';

/** Several drivers play their day at once; when half of them have their trip, something happens. What became of the day? */
export const underLoad = async (drivers: number, happens: () => Promise<unknown>) => {
  const fleet = await aFleet();
  const everybody = await Promise.all(Array.from({ length: drivers }, () => aDriver(fleet)));
  const days = Promise.all(everybody.map((driver) => playDay(fleet, driver)));
  const assigned = () => db.tripAssignment.count({ where: { trip: { fleetId: fleet.id } } });
  await until(async () => (await assigned()) >= drivers / 2, 'trips that are on their way');
  await happens();
  const answers: Answered[] = (await days).flat();
  return {
    answers,
    completed: await db.trip.count({ where: { fleetId: fleet.id, status: 'COMPLETED' } }),
    checkedOut: await db.attendance.count({ where: { fleetId: fleet.id, status: 'CHECKED_OUT' } }),
  };
};

/** One line of what a caller went through, for a list that should be empty. */
export const told = ({ path, statuses, waitedMs, body }: Answered): string =>
  `${path}: ${[...statuses, body?.errorCode ?? 'done'].join(', ')} in ${Math.round(waitedMs)} ms`;

/** Answers that saw more than callers may see of a fault: success, or that they may try again. */
export const unexpectedIn = (answers: Answered[], expected = [200, 201, 503]): string[] =>
  answers.filter(({ statuses }) => statuses.some((status) => !expected.includes(status))).map(told);
