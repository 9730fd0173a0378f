/** An instant as ISO-8601 text in UTC, the form in which times cross into and out of workflows. */
export type Instant = string;

declare const dayBrand: unique symbol;

/** A business day `YYYY-MM-DD` in India. */
export type IstDay = string & { readonly [dayBrand]: true };

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** India has one zone and no daylight saving, so fixed arithmetic is exact and the same on every machine. */
const istOffsetMs = 5.5 * hourMs;

const pad = (value: number) => String(value).padStart(2, '0');

export const instant = (atMs: number): Instant => new Date(atMs).toISOString();

export const ms = (at: Instant): number => Date.parse(at);

export const istDay = (atMs: number): IstDay => new Date(atMs + istOffsetMs).toISOString().slice(0, 10) as IstDay;

export const istHour = (atMs: number): number => new Date(atMs + istOffsetMs).getUTCHours();

/** The instant at which a business day begins, in milliseconds. */
export const istDayStartMs = (day: IstDay): number => Date.parse(`${day}T00:00:00.000Z`) - istOffsetMs;

/** The business day that is so many days after another one; negative: before it. */
export const daysAfter = (day: IstDay, days: number): IstDay => istDay(istDayStartMs(day) + days * dayMs);

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `22 Nov, 10:30`, as passengers and operations read it; `22 Nov 2027, 10:30` when it is read in another year. */
export const istText = (at: Instant, readMs: number = ms(at)): string => {
  const local = new Date(ms(at) + istOffsetMs);
  const year = local.getUTCFullYear();
  const isOtherYear = year !== new Date(readMs + istOffsetMs).getUTCFullYear();
  const clock = `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}`;
  return `${local.getUTCDate()} ${months[local.getUTCMonth()]}${isOtherYear ? ` ${year}` : ''}, ${clock}`;
};
