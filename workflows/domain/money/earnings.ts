import { dayMs, daysAfter, istDay, istDayStartMs } from '../time.ts';
import type { IstDay } from '../time.ts';
import { firstDay, lastDay, monthOf, previousMonth } from './ledger.ts';
import type { Month } from './ledger.ts';

/** Business days from one to another, both of which count. */
export interface Period {
  startDate: IstDay;
  endDate: IstDay;
}

/** Monday to Sunday, with its number of ISO 8601: the first week of a year has its first Thursday. */
export interface Week extends Period {
  weekNumber: number;
}

export interface MonthPeriod extends Period {
  month: Month;
}

const mondayOf = (day: IstDay): IstDay => daysAfter(day, -((new Date(day).getUTCDay() + 6) % 7));

const weekFrom = (monday: IstDay): Week => {
  const thursday = daysAfter(monday, 3);
  const newYear = `${thursday.slice(0, 4)}-01-01` as IstDay;
  const weekNumber = 1 + Math.floor((istDayStartMs(thursday) - istDayStartMs(newYear)) / (7 * dayMs));
  return { weekNumber, startDate: monday, endDate: daysAfter(monday, 6) };
};

/** The week of a moment and those before it, newest first, so many in all. Source: payments.md, earnings. */
export const weeksUntil = (nowMs: number, count: number): Week[] => {
  const monday = mondayOf(istDay(nowMs));
  return Array.from({ length: count }, (_, ago) => weekFrom(daysAfter(monday, -7 * ago)));
};

const monthBefore = (month: Month, ago: number): Month =>
  ago === 0 ? month : monthBefore(previousMonth(month), ago - 1);

/** The month of a moment and those before it, newest first, so many in all. Source: payments.md, earnings. */
export const monthsUntil = (nowMs: number, count: number): MonthPeriod[] =>
  Array.from({ length: count }, (_, ago) => {
    const month = monthBefore(monthOf(istDay(nowMs)), ago);
    return { month, startDate: firstDay(month), endDate: lastDay(month) };
  });

/** The moments of a period: the first that counts, and the first that does not any more. */
export const momentsOf = ({ startDate, endDate }: Period): { from: Date; before: Date } => ({
  from: new Date(istDayStartMs(startDate)),
  before: new Date(istDayStartMs(endDate) + dayMs),
});
