import type { Paise } from '../money.ts';
import type { CaseWord } from './gateway-words.ts';

/** The payment that a bank took back, or gave again. */
export interface DisputedPayment {
  amount: Paise;
  /** Whether the money of this number is in the books of the payment. */
  isPaid: boolean;
  isChargedBack: boolean;
  isWon: boolean;
}

/** What an event of a chargeback does: it is booked, said before, or waits for the payment or for finance. */
export type CaseVerdict = 'BOOK' | 'REPEATED' | 'WAIT';

/**
 * A chargeback is a fact, booked once whatever the balances say, also of a payment that was refunded: then its payer has the money
 * twice. It waits until the success of its payment is booked; one of another amount waits for finance. Winning undoes what was lost.
 * Source: payments.md, Lifecycle of a pay-in; ledger.md 38 and 49.
 */
export const judgeCase = (
  { amount, isPaid, isChargedBack, isWon }: DisputedPayment,
  word: CaseWord,
  said: Paise | null,
): CaseVerdict => {
  const [isBooked, isPossible] = word === 'CHARGEBACK' ? [isChargedBack, isPaid] : [isWon, isChargedBack];
  if (isBooked) return 'REPEATED';
  return isPossible && said === amount ? 'BOOK' : 'WAIT';
};
