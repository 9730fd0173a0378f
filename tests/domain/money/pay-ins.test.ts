import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgePayIn, linkEndsMs, payInClock, payInEventKey } from '../../../workflows/domain/money/pay-ins.ts';
import type { PayInFacts, PayInNews, PayInStatus, PayInVerdict } from '../../../workflows/domain/money/pay-ins.ts';
import { paise } from '../../../workflows/domain/money.ts';

const asked = paise(125_050);

const aPayIn = (status: PayInStatus): PayInFacts => ({
  ...{ transactionId: 'payment-1', shortId: 'TXN20261129001', txnid: 'DKDNOW', type: 'DEPOSIT', amountPaise: asked },
  ...{
    driverId: 'driver-1',
    fleetId: 'fleet-1',
    hasLink: true,
    isVoided: false,
    createdAt: '2026-11-29T05:00:00.000Z',
    status,
  },
});

const news = (word: string, more: Partial<PayInNews> = {}): PayInNews => ({
  ...{ txnid: 'DKDNOW', word, amountPaise: asked, isBooked: false },
  ...more,
});

const credit = (alert: 'LATE_SUCCESS' | null): PayInVerdict => ({ effect: 'credit', amount: asked, alert });
const mismatch = (amount: number | null): PayInVerdict => ({
  ...{ effect: 'mismatch', alert: 'AMOUNT_MISMATCH' },
  amount: amount === null ? null : paise(amount),
});
const fail = (reason: 'GATEWAY_FAILURE' | 'USER_CANCELLED' | 'DROPPED' | 'BOUNCED'): PayInVerdict => ({
  ...{ effect: 'fail', reason, alert: null },
});
const none = (alert: 'UNKNOWN_WORD' | 'RETURNED' | null = null): PayInVerdict => ({ effect: 'none', alert });

const success = (more: Partial<PayInNews> = {}) => news('success', more);
const other = paise(1_999);

/** Source: payments.md, Lifecycle of a pay-in. */
test.each<[PayInStatus, string, PayInNews, PayInVerdict]>([
  ['PENDING', 'success', success(), credit(null)],
  ['FAILED', 'success', success(), credit('LATE_SUCCESS')],
  ['PENDING', 'success of an earlier number', success({ txnid: 'DKDOLD' }), credit(null)],
  ['SUCCESS', 'the same success', success({ isBooked: true }), none()],
  ['REFUNDED', 'the same success', success({ isBooked: true }), none()],
  ['SUCCESS', 'a second payment', success({ txnid: 'DKDOLD' }), mismatch(asked)],
  ['PENDING', 'success of another amount', success({ amountPaise: other }), mismatch(other)],
  ['SUCCESS', 'success of another amount', success({ amountPaise: other }), mismatch(other)],
  ['FAILED', 'the same other amount', success({ amountPaise: other, isBooked: true }), none()],
  ['PENDING', 'success of nothing', success({ amountPaise: paise(0) }), mismatch(null)],
  ['PENDING', 'success of no amount', success({ amountPaise: null }), mismatch(null)],
  ['PENDING', 'failure', news('failure'), fail('GATEWAY_FAILURE')],
  ['PENDING', 'userCancelled', news('userCancelled'), fail('USER_CANCELLED')],
  ['PENDING', 'dropped', news('dropped'), fail('DROPPED')],
  ['PENDING', 'bounced', news('bounced'), fail('BOUNCED')],
  ['PENDING', 'failure of an earlier number', news('failure', { txnid: 'DKDOLD' }), none()],
  ['FAILED', 'another failure', news('bounced'), none()],
  ['SUCCESS', 'a late failure', news('failure'), none()],
  ['SUCCESS', 'a late pending', news('pending'), none()],
  ['PENDING', 'initiated', news('initiated'), none()],
  ['PENDING', 'a word that nobody knows', news('Success'), none('UNKNOWN_WORD')],
  ['SUCCESS', 'refunded', news('refunded'), none('RETURNED')],
])('%s, and the gateway says %s', (status, _, said, verdict) => {
  expect(judgePayIn(aPayIn(status), said)).toEqual(verdict);
});

const words = ['success', 'failure', 'userCancelled', 'dropped', 'bounced', 'pending', 'refunded', 'authorising'];

const anyNews = fc.record({
  word: fc.constantFrom(...words),
  txnid: fc.constantFrom('DKDNOW', 'DKDOLD'),
  amountPaise: fc.constantFrom(asked, other, paise(0), null),
});

/** What the commits do with verdicts, in memory: the status, the money of the driver, and the money that waits for finance. */
const heard = (sequence: Omit<PayInNews, 'isBooked'>[]) => {
  let payIn = aPayIn('PENDING');
  const statuses: PayInStatus[] = ['PENDING'];
  const booked = new Set<string>();
  const [credited, waiting]: [number[], number[]] = [[], []];
  for (const said of sequence) {
    const key = `${said.txnid} ${said.amountPaise}`;
    const verdict = judgePayIn(payIn, { ...said, isBooked: booked.has(key) });
    if (verdict.effect === 'credit') credited.push(verdict.amount);
    if (verdict.effect === 'mismatch' && verdict.amount !== null) waiting.push(verdict.amount);
    if (verdict.effect === 'credit' || (verdict.effect === 'mismatch' && verdict.amount !== null)) booked.add(key);
    if (verdict.effect === 'credit') payIn = { ...payIn, status: 'SUCCESS' };
    if (verdict.effect === 'fail') payIn = { ...payIn, status: 'FAILED' };
    statuses.push(payIn.status);
  }
  return { statuses, credited, waiting };
};

test('no sequence of events credits twice, downgrades a success, or loses a payment', () => {
  fc.assert(
    fc.property(fc.array(anyNews, { maxLength: 30 }), (sequence) => {
      const { statuses, credited, waiting } = heard(sequence);

      const paid = sequence.filter(({ word, amountPaise }) => word === 'success' && amountPaise);
      const payments = new Set(paid.map(({ txnid, amountPaise }) => `${txnid} ${amountPaise}`));
      const isPaid = paid.some(({ amountPaise }) => amountPaise === asked);
      expect(credited).toEqual(isPaid ? [asked] : []);
      expect(credited.length + waiting.length).toBe(payments.size);
      const afterSuccess = statuses.slice(statuses.indexOf('SUCCESS'));
      if (isPaid) expect(new Set(afterSuccess)).toEqual(new Set(['SUCCESS']));
      else expect(statuses).not.toContain('SUCCESS');
    }),
    { numRuns: 2_000 },
  );
});

test('the money does not depend on the order in which events come', () => {
  fc.assert(
    fc.property(fc.array(anyNews, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (sequence, random) => {
      const shuffled = sequence
        .map((said) => ({ said, place: random.next().value as number }))
        .sort((a, b) => a.place - b.place)
        .map(({ said }) => said);

      const [inOrder, inAnother] = [heard(sequence), heard(shuffled)];
      const total = ({ credited, waiting }: ReturnType<typeof heard>) =>
        [credited, waiting].map((amounts) => amounts.reduce((sum, amount) => sum + amount, 0));
      expect(total(inAnother)).toEqual(total(inOrder));
    }),
  );
});

test('an event of a wrong amount does not hide the one of the right amount', () => {
  const key = (amountPaise: number | null) => payInEventKey('DKDNOW', 'success', 'E1', amountPaise);

  expect(new Set([key(asked), key(other), key(null)]).size).toBe(3);
  expect(key(asked)).toBe(key(asked));
});

/** Source: payments.md rule 15. */
test('the gateway is asked after 2, 5, 15, 30 minutes, 1, 3, 12 and 24 hours, when the link ends', () => {
  expect(payInClock.enquiriesMs.map((afterMs) => afterMs / 60_000)).toEqual([2, 5, 15, 30, 60, 180, 720, 1440]);
  expect(new Date(linkEndsMs(aPayIn('PENDING').createdAt)).toISOString()).toBe('2026-11-30T05:00:00.000Z');
});
