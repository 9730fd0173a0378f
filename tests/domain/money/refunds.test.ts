import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeCase } from '../../../workflows/domain/money/chargebacks.ts';
import {
  depositRefund,
  isRefundEnd,
  penaltyRefund,
  refundClock,
  requireRefundable,
} from '../../../workflows/domain/money/refunds.ts';
import { paise, rupees } from '../../../workflows/domain/money.ts';
import { refusalIn } from '../../../workflows/domain/refusals.ts';
import { dayMs, minuteMs } from '../../../workflows/domain/time.ts';

const refused = (work: () => unknown) => {
  try {
    work();
    return null;
  } catch (error) {
    return refusalIn(error)?.key;
  }
};

const paid = { type: 'DEPOSIT', status: 'SUCCESS', amount: rupees(100), refunded: rupees(60) };

test.each([
  ['what is left', {}, 4_000, null],
  ['a paisa more', {}, 4_001, 'REFUND_EXCEEDS_PAID'],
  ['one that is refunded whole', { status: 'REFUNDED', refunded: rupees(100) }, 1, 'REFUND_EXCEEDS_PAID'],
  ['one that was charged back', { status: 'REFUNDED', refunded: rupees(0) }, 1, 'REFUND_EXCEEDS_PAID'],
  ['one that is pending', { status: 'PENDING' }, 1, 'PAYMENT_NOT_REFUNDABLE'],
  ['one that failed', { status: 'FAILED' }, 1, 'PAYMENT_NOT_REFUNDABLE'],
])('a refund of %s', (_, more, wanted, refusal) => {
  expect(refused(() => requireRefundable({ ...paid, ...more }, paise(wanted)))).toBe(refusal);
});

test('a deposit gives back what it holds', () => {
  expect(depositRefund(rupees(3), rupees(3))).toEqual([{ of: 'DEPOSIT', amount: rupees(3) }]);
  expect(refused(() => depositRefund(rupees(3), paise(299)))).toBe('REFUND_NOT_COVERED');
});

test('of a penalty goes back what was overpaid, then what opens its due again, together the amount', () => {
  const amount = fc.integer({ min: 0, max: 1_000 }).map(paise);
  fc.assert(
    fc.property(amount, amount, amount, amount, (wanted, settled, first, second) => {
      const items = [
        { source: 'first', open: first },
        { source: 'second', open: second },
      ];
      const parts = () => penaltyRefund(wanted, { penaltyId: 'p', settled, late: items });
      if (wanted > settled + first + second) return expect(refused(parts)).toBe('REFUND_NOT_COVERED');
      const taken = parts().map((part) => (part as { amount: number }).amount);
      const fromSecond = Math.min(second, Math.max(0, wanted - first));
      expect(taken).toEqual([Math.min(first, wanted), fromSecond, Math.max(0, wanted - first - second)]);
    }),
  );
});

test('the gateway is asked for seven days, ever more rarely', () => {
  const { enquiriesMs } = refundClock;
  expect([enquiriesMs[0], enquiriesMs.at(-1)]).toEqual([2 * minuteMs, 7 * dayMs]);
  expect([...enquiriesMs].sort((a, b) => a - b)).toEqual(enquiriesMs);
});

test.each([
  [{ status: 'SETTLED' }, true],
  [{ status: 'FAILED', reason: 'No' }, true],
  [{ status: 'FAILED' }, false],
  [{ status: 'ACCEPTED' }, false],
  ['SETTLED', false],
  [null, false],
])('a person who writes %j has decided: %s', (written, isEnd) => {
  expect(isRefundEnd(written)).toBe(isEnd);
});

const booked = { amount: rupees(5), isPaid: true, isChargedBack: false, isWon: false };
const lost = { ...booked, isChargedBack: true };

test.each([
  ['of a paid payment', booked, 'CHARGEBACK', 500, 'BOOK'],
  ['before its payment', { ...booked, isPaid: false }, 'CHARGEBACK', 500, 'WAIT'],
  ['of another amount', booked, 'CHARGEBACK', 499, 'WAIT'],
  ['without an amount', booked, 'CHARGEBACK', null, 'WAIT'],
  ['once more', lost, 'CHARGEBACK', 500, 'REPEATED'],
  ['won', lost, 'CHARGEBACK_WON', 500, 'BOOK'],
  ['won before it began', booked, 'CHARGEBACK_WON', 500, 'WAIT'],
  ['won with another amount', lost, 'CHARGEBACK_WON', 1, 'WAIT'],
  ['won once more', { ...lost, isWon: true }, 'CHARGEBACK_WON', 500, 'REPEATED'],
  ['lost again after it was won', { ...lost, isWon: true }, 'CHARGEBACK', 500, 'REPEATED'],
] as const)('a chargeback %s', (_, payment, word, said, verdict) => {
  expect(judgeCase(payment, word, said === null ? null : paise(said))).toBe(verdict);
});
