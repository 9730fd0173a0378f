import { paise, paiseFrom } from '../../workflows/domain/money.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import { refusal } from '../../workflows/domain/refusals.ts';

/** An amount above zero, as a client gave it. Throws AMOUNT_INVALID. */
export const givenAmount = (written: unknown): Paise => {
  const amount = paiseFrom(written);
  if (!amount) throw refusal('AMOUNT_INVALID');
  return amount;
};

/** An amount from 0 on; absent is none. Throws AMOUNT_INVALID. */
export const amountOrNone = (written: unknown): Paise | null => {
  if (written === undefined || written === null) return null;
  const amount = paiseFrom(written);
  if (amount === null) throw refusal('AMOUNT_INVALID');
  return amount;
};

/** An amount that is not zero, with its sign. Throws AMOUNT_INVALID. */
export const signedAmount = (written: unknown): Paise => {
  const text = typeof written === 'number' || typeof written === 'string' ? String(written) : '';
  const amount = givenAmount(text.replace(/^-/, ''));
  return paise(text.startsWith('-') ? 0 - amount : amount);
};
