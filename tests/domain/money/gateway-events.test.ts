import { expect, test } from '@jest/globals';
import { resolved } from '../../../workflows/domain/money/gateway-events.ts';
import type { Decision, EventFacts } from '../../../workflows/domain/money/gateway-events.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { refusalIn } from '../../../workflows/domain/refusals.ts';

const held: EventFacts = {
  id: 'e',
  state: 'REVIEW',
  amount: rupees(450),
  ...{ source: 'PG', word: 'success', journalType: 'amount_mismatch', isTold: false, isResolved: false },
};
const happened = { occurredAt: '2026-11-22T05:00:00.000Z', by: 'finance' };
const due = (amount: number) => ({ kind: 'PENALTY' as const, source: `pen-${amount}`, amount: rupees(amount) });
const to = (to: 'DEPOSIT' | 'DUES' | 'PAYABLE', ...dues: number[]): Decision => ({
  ...{ action: 'ATTRIBUTE', to, driverId: 'd', fleetId: 'f' },
  dues: dues.map(due),
});

const outcome = (event: EventFacts, decision: Decision) => {
  try {
    const { state, booking, attribution } = resolved(event, decision, happened);
    return [
      state,
      ...[booking, attribution]
        .flatMap((journal) => journal?.entries ?? [])
        .map(({ side, code, ownerId }) => `${side} ${code}[${ownerId}]`),
    ];
  } catch (error) {
    return refusalIn(error)?.key;
  }
};

const ignore = { action: 'IGNORE' } as const;
const refund = { action: 'REFUND', refundId: 're', driverId: 'd', fleetId: 'f' } as const;

test.each<[string, Partial<EventFacts>, Decision, string | string[]]>([
  ['money to the deposit', {}, to('DEPOSIT'), ['PROCESSED', 'D 2040[-]', 'C 2010[d]']],
  ['money to the payable', {}, to('PAYABLE'), ['PROCESSED', 'D 2040[-]', 'C 2020[d]']],
  ['money to dues of the same sum', {}, to('DUES', 400, 50), ['PROCESSED', 'D 2040[-]', 'C 1070[d]']],
  ['money to smaller dues', {}, to('DUES', 400, 49), 'AMOUNT_EXCEEDS_DUES'],
  ['money to no dues', {}, to('DUES'), 'AMOUNT_EXCEEDS_DUES'],
  [
    'a credit that was unattributed',
    { journalType: 'qr_unattributed' },
    to('DEPOSIT'),
    ['PROCESSED', 'D 2040[-]', 'C 2010[d]'],
  ],
  ['a refund', {}, refund, ['PROCESSED', 'D 2040[-]', 'C 2090[-]']],
  ['nothing', {}, ignore, ['IGNORED']],
  ['no booked money to the deposit', { journalType: null }, to('DEPOSIT'), 'EVENT_WITHOUT_MONEY'],
  ['money that is the deposit’s already', { journalType: 'deposit_paid' }, to('DEPOSIT'), 'EVENT_WITHOUT_MONEY'],
  ['no amount', { amount: null }, refund, 'EVENT_WITHOUT_MONEY'],
  [
    'a payment of nobody to the deposit',
    { state: 'UNMATCHED', journalType: null },
    to('DEPOSIT'),
    ['PROCESSED', 'D 1020[-]', 'C 2040[-]', 'D 2040[-]', 'C 2010[d]'],
  ],
  [
    'the refund of a payment of nobody',
    { state: 'UNMATCHED', journalType: null },
    refund,
    ['PROCESSED', 'D 1020[-]', 'C 2040[-]', 'D 2040[-]', 'C 2090[-]'],
  ],
  [
    'a payment of nobody that failed',
    { state: 'UNMATCHED', journalType: null, word: 'failure' },
    refund,
    'EVENT_WITHOUT_MONEY',
  ],
  [
    'a payment of nobody in an unknown word',
    { state: 'UNMATCHED', journalType: null, word: 'done' },
    refund,
    'EVENT_WITHOUT_MONEY',
  ],
  ['a transfer of nobody', { state: 'UNMATCHED', journalType: null, source: 'WIRE' }, refund, 'EVENT_WITHOUT_MONEY'],
  [
    'a payment that was told twice',
    { state: 'UNMATCHED', journalType: null, isTold: true },
    refund,
    'EVENT_WITHOUT_MONEY',
  ],
  ['nothing of an unmatched event', { state: 'UNMATCHED', journalType: null }, ignore, ['IGNORED']],
  ['an event that was resolved', { isResolved: true }, ignore, 'EVENT_NOT_OPEN'],
  ...(['RECEIVED', 'PROCESSED', 'IGNORED'] as const).map(
    (state): [string, Partial<EventFacts>, Decision, string | string[]] => [
      `an event that is ${state}`,
      { state },
      ignore,
      'EVENT_NOT_OPEN',
    ],
  ),
])('finance decides about %s', (_, event, decision, expected) => {
  expect(outcome({ ...held, ...event }, decision)).toEqual(expected);
});
