import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  creditOutcome,
  methodOf,
  payInOutcome,
  refundOutcome,
  transferOutcome,
} from '../../../workflows/domain/money/gateway-words.ts';

const failed = (reason: string) => ({ status: 'FAILED', reason });

test.each([
  ['success', { status: 'SUCCESS' }],
  ['failure', failed('GATEWAY_FAILURE')],
  ['userCancelled', failed('USER_CANCELLED')],
  ['usercancelled', failed('USER_CANCELLED')],
  ['USERCANCELLED', failed('USER_CANCELLED')],
  ['dropped', failed('DROPPED')],
  ['bounced', failed('BOUNCED')],
  ['preinitiated', { status: 'PENDING', isKnown: true }],
  ['initiated', { status: 'PENDING', isKnown: true }],
  ['pending', { status: 'PENDING', isKnown: true }],
  ['refunded', { status: 'RETURNED' }],
  ['partially refunded', { status: 'RETURNED' }],
  ['chargeback', { status: 'CHARGEBACK' }],
  ['chargeback_won', { status: 'CHARGEBACK_WON' }],
  ['chargeback reversed', { status: 'CHARGEBACK_WON' }],
  ['chargeback_lost', { status: 'PENDING', isKnown: false }],
  ['authorising', { status: 'PENDING', isKnown: false }],
  ['Success', { status: 'PENDING', isKnown: false }],
  ['success ', { status: 'PENDING', isKnown: false }],
  ['', { status: 'PENDING', isKnown: false }],
  ['constructor', { status: 'PENDING', isKnown: false }],
])('a payment of which the gateway says %j is %j', (word, outcome) => {
  expect(payInOutcome(word)).toEqual(outcome);
});

test.each([
  ...['accepted', 'in_process', 'pending', 'on_hold', 'queued', 'PENDING'].map((word) => [word, 'ACCEPTED', true]),
  ...['success', 'completed', 'processed', 'SUCCESS'].map((word) => [word, 'SUCCESS', true]),
  ...['failure', 'failed', 'rejected', 'FAILED'].map((word) => [word, 'FAILED', true]),
  ['reversed', 'REVERSED', true],
  ['Success', 'ACCEPTED', false],
  ['', 'ACCEPTED', false],
] as [string, string, boolean][])('a transfer of which the gateway says %j is %s', (word, status, isKnown) => {
  expect(transferOutcome(word)).toEqual({ status, isKnown });
});

test.each([
  ...['received', 'unsettled', 'timed_out'].map((word) => [word, 'CREDIT', true]),
  ['pending', 'WAIT', true],
  ['failure', 'NONE', true],
  ...['refunded', 'partially_refunded'].map((word) => [word, 'REFUND', true]),
  ['settled_partially', 'NONE', false],
] as [string, string, boolean][])(
  'a credit of which the gateway says %j has the effect %s',
  (word, effect, isKnown) => {
    expect(creditOutcome(word)).toEqual({ effect, isKnown });
  },
);

test.each([
  ...['queued', 'accepted'].map((word) => [word, 'ACCEPTED', true]),
  ['refunded', 'SETTLED', true],
  ['cancelled', 'FAILED', true],
  ['Refunded', 'ACCEPTED', false],
  ['', 'ACCEPTED', false],
] as [string, string, boolean][])('a refund of which the gateway says %j is %s', (word, status, isKnown) => {
  expect(refundOutcome(word)).toEqual({ status, isKnown });
});

test.each([
  ['UPI', 'PG_UPI'],
  ['CC', 'PG_CARD'],
  ['DC', 'PG_CARD'],
  ['EMI', 'PG_CARD'],
  ['NB', 'PG_NETBANKING'],
  ['MW', 'PG_UPI'],
  ['', 'PG_UPI'],
])('the mode %j is the method %s', (mode, method) => {
  expect(methodOf(mode)).toBe(method);
});

const finalPayIn = ['success', 'failure', 'dropped', 'bounced', 'usercancelled'];
const finalTransfer = ['success', 'completed', 'processed', 'failure', 'failed', 'rejected'];

/** Any text, words of other products, and words of the table with something wrong. */
const word = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('captured', 'SUCCESS!', 'toString', '__proto__', 'hasOwnProperty', 'paid', 'authorised', 'FAILURE'),
  fc
    .tuple(fc.constantFrom(...finalPayIn, ...finalTransfer), fc.constantFrom(' ', '\0', 's', '\u200b'))
    .map((parts) => parts.join('')),
);

test('no word outside the tables is final', () => {
  fc.assert(
    fc.property(word, (text) => {
      fc.pre(!finalPayIn.includes(text.toLowerCase()) && !finalTransfer.includes(text.toLowerCase()));
      expect(['SUCCESS', 'FAILED']).not.toContain(payInOutcome(text).status);
      expect(['SUCCESS', 'FAILED']).not.toContain(transferOutcome(text).status);
    }),
    { numRuns: 2_000 },
  );
});
