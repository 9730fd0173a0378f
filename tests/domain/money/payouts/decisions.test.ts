import { expect, test } from '@jest/globals';
import { paise } from '../../../../workflows/domain/money.ts';
import { payoutStatuses, requireDecidable } from '../../../../workflows/domain/money/payouts/payouts.ts';
import { isLow } from '../../../../workflows/domain/money/payouts/wallet.ts';
import { refusalIn } from '../../../../workflows/domain/refusals.ts';
import { hourMs, ms } from '../../../../workflows/domain/time.ts';

const submittedAt = '2026-11-23T05:00:00.000Z';
const endMs = ms(submittedAt) + 72 * hourMs;

/** What stands in the way of a decision; null: nothing. */
const obstacle = (payout: Parameters<typeof requireDecidable>[0], nowMs: number) => {
  try {
    requireDecidable(payout, nowMs);
    return null;
  } catch (error) {
    return refusalIn(error)!.details;
  }
};

test('people decide about a payout 72 hours after it was sent, and not a moment before', () => {
  for (const status of ['UNKNOWN', 'ACCEPTED'] as const) {
    expect(obstacle({ status, submittedAt }, endMs - 1)).toEqual({ status, from: '2026-11-26T05:00:00.000Z' });
    expect(obstacle({ status, submittedAt }, endMs)).toBeNull();
    expect(obstacle({ status, submittedAt: null }, endMs)).toEqual({ status, from: null });
  }
});

test.each(payoutStatuses.filter((status) => status !== 'UNKNOWN' && status !== 'ACCEPTED'))(
  'nobody decides about a payout that is %s',
  (status) => expect(obstacle({ status, submittedAt }, endMs)).toEqual({ status, from: null }),
);

test('a wallet is low below its threshold, and nobody knows of one that was not read', () => {
  const asOf = submittedAt;
  expect(isLow({ balancePaise: paise(99), asOf }, paise(100))).toBe(true);
  expect(isLow({ balancePaise: paise(100), asOf }, paise(100))).toBe(false);
  expect(isLow(null, paise(100))).toBeNull();
});
