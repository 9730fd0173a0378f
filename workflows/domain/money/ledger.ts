import { paise, rupeeText } from '../money.ts';
import { refusal } from '../refusals.ts';
import type { Instant, IstDay } from '../time.ts';
import { dayMs, daysAfter, hourMs, instant, istDay, istDayStartMs } from '../time.ts';
import { isAccountCode, ownerTypeOf } from './accounts.ts';
import { journal } from './journals/journal.ts';
import type { Entry, Journal } from './journals/journal.ts';

declare const monthBrand: unique symbol;

/** A month of business days, `YYYY-MM`. */
export type Month = string & { readonly [monthBrand]: true };

export const monthOf = (day: IstDay): Month => day.slice(0, 7) as Month;

export const firstDay = (month: Month): IstDay => `${month}-01` as IstDay;

export const nextMonth = (month: Month): Month => monthOf(daysAfter(firstDay(month), 31));

export const previousMonth = (month: Month): Month => monthOf(daysAfter(firstDay(month), -1));

export const lastDay = (month: Month): IstDay => daysAfter(firstDay(nextMonth(month)), -1);

/** The latest month that the schedule closes: on the 7th of the next one, 04:00. Source: ledger.md rule 5. */
export const monthDue = (nowMs: number): Month => previousMonth(monthOf(istDay(nowMs - 6 * dayMs - 4 * hourMs)));

/** Throws MONTH_NOT_OVER. A month may be closed as soon as it is over. */
export const requireOver = (month: Month, nowMs: number): void => {
  const endsAtMs = istDayStartMs(firstDay(nextMonth(month)));
  if (nowMs < endsAtMs) throw refusal('MONTH_NOT_OVER', { month, endsAt: instant(endsAtMs) });
};

/**
 * The first of the months that the closing of one closes: itself, or, when none is closed yet, the first month with entries.
 * Throws MONTH_OUT_OF_ORDER when a month is closed and this is not the one after it.
 */
export const firstToClose = (month: Month, lastClosed: Month | null, firstPosted: Month | null): Month => {
  const next = lastClosed && nextMonth(lastClosed);
  if (next && month !== next) throw refusal('MONTH_OUT_OF_ORDER', { next });
  return next === null && firstPosted !== null && firstPosted < month ? firstPosted : month;
};

/** All months from one to another. */
export const monthsBetween = (first: Month, last: Month): Month[] =>
  first >= last ? [last] : [first, ...monthsBetween(nextMonth(first), last)];

/** A journal that one SUPER_ADMIN wrote and another one has to approve. */
export interface ManualJournal {
  id: string;
  reason: string;
  occurredAt: Instant;
  createdBy: string;
  entries: Entry[];
}

/** Accounts whose balance consists of dues or items, or is shown to a driver. Source: ledger.md rule 8. */
const neverByHand: readonly number[] = [1070, 2010, 2020, 2080];

/** Whether a line names an account that can be: a code of the chart and an owner of its kind. */
export const isAccount = (code: number, ownerId: string): boolean =>
  isAccountCode(code) && ownerTypeOf(code, ownerId) !== null;

/** Throws ACCOUNT_NOT_MANUAL or JOURNAL_UNBALANCED. */
export const requireManual = (entries: readonly Entry[]): void => {
  const hidden = entries.find(({ code }) => neverByHand.includes(code));
  if (hidden) throw refusal('ACCOUNT_NOT_MANUAL', { code: hidden.code });
  const total = (side: Entry['side']) =>
    rupeeText(paise(entries.reduce((all, entry) => all + (entry.side === side ? entry.amount : 0), 0)));
  const [debitTotal, creditTotal] = [total('D'), total('C')];
  if (debitTotal !== creditTotal) throw refusal('JOURNAL_UNBALANCED', { debit: debitTotal, credit: creditTotal });
};

/** The journal that its approval posts. Throws SECOND_PERSON_REQUIRED. */
export const approvedJournal = (manual: ManualJournal, approverId: string): Journal => {
  if (manual.createdBy === approverId) throw refusal('SECOND_PERSON_REQUIRED');
  requireManual(manual.entries);
  const { occurredAt, reason } = manual;
  return journal('manual', manual.id, { occurredAt, by: approverId }, manual.entries, { memo: reason });
};
