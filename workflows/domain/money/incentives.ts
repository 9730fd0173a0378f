import type { Paise } from '../money.ts';
import { paiseFrom, rupeeText } from '../money.ts';
import { refusal } from '../refusals.ts';

export const incentiveStatuses = ['UNPAID', 'ATTACHED', 'PAYING', 'PAID', 'CANCELLED'] as const;

/** Throws AMOUNT_INVALID, and INCENTIVE_LIMIT above a limit that binds everybody but SUPER_ADMIN. */
export const incentiveAmount = (written: unknown, { role, max }: { role: string; max: Paise }): Paise => {
  const amount = paiseFrom(written);
  if (!amount) throw refusal('AMOUNT_INVALID');
  if (amount > max && role !== 'SUPER_ADMIN') throw refusal('INCENTIVE_LIMIT', { max: rupeeText(max) });
  return amount;
};

/** Throws INCENTIVE_NOT_CANCELLABLE: what is being paid, or was, is not taken back. */
export const requireCancellable = ({ status }: { status: string }): void => {
  if (status !== 'UNPAID') throw refusal('INCENTIVE_NOT_CANCELLABLE', { status });
};
