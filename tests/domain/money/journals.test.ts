import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountCodes, chart, ownerTypeOf, platform } from '../../../workflows/domain/money/accounts.ts';
import type { AccountCode } from '../../../workflows/domain/money/accounts.ts';
import * as collections from '../../../workflows/domain/money/collection-journals.ts';
import * as deposits from '../../../workflows/domain/money/deposit-journals.ts';
import * as incentives from '../../../workflows/domain/money/incentive-journals.ts';
import { credit, debit, journal, reversal } from '../../../workflows/domain/money/journals.ts';
import type { Journal } from '../../../workflows/domain/money/journals.ts';
import * as orders from '../../../workflows/domain/money/order-journals.ts';
import * as payouts from '../../../workflows/domain/money/payout-journals.ts';
import * as penalties from '../../../workflows/domain/money/penalty-journals.ts';
import * as receipts from '../../../workflows/domain/money/receipt-journals.ts';
import * as refunds from '../../../workflows/domain/money/refund-journals.ts';
import * as rentals from '../../../workflows/domain/money/rental-journals.ts';
import * as settlements from '../../../workflows/domain/money/settlement-journals.ts';
import { paise } from '../../../workflows/domain/money.ts';

const of = { driverId: 'd', fleetId: 'f', occurredAt: '2026-11-29T10:00:00.000Z' };
const p = paise;
const none = p(0);

/** `D 1020 500`, with the owner where the account has one. */
const lines = ({ entries }: Journal) =>
  entries.map(({ side, code, amount, ownerId }) =>
    [side, ownerId === platform ? code : `${code}[${ownerId}]`, amount].join(' '),
  );

const moves = ({ dues, items }: Journal) =>
  [...dues, ...items].map(({ kind, source, booked, used }) => `${kind} ${source} +${booked} -${used}`);

const part = (amount: number) => ({ kind: 'PENALTY' as const, source: 'pen', amount: p(amount) });
const order = { ...of, orderId: 'o' };
const rental = { ...of, rentalId: 'r' };
const payout = { ...of, payoutId: 'po', attempt: 1, amount: p(100) };
const collection = { ...of, collectionId: 'c' };
const count = { ...collection, attendanceId: 'a', hubId: 'h', declared: p(500), before: null };
const refund = { ...of, refundId: 're' };
const theCase = { ...of, caseId: 'ca', clearing: 1020 as const };

/** Number in ledger.md, journal, event, entries, moves of dues and items. */
const postings: [string, Journal, string, string[], string[]][] = [
  [
    '1',
    deposits.depositPaid({ ...of, txnid: 't', amount: p(500) }),
    'deposit_paid t',
    ['D 1020 500', 'C 2010[d] 500'],
    [],
  ],
  ['2', deposits.depositOpening({ ...of, amount: p(500) }), 'deposit_opening d', ['D 3010 500', 'C 2010[d] 500'], []],
  [
    '3',
    rentals.rentalCharged({ ...rental, txnid: 't', amount: p(9) }),
    'rental_charged t',
    ['D 1020 9', 'C 2070[r] 9'],
    [],
  ],
  [
    '4 at a hub',
    rentals.rentalChargedOffline({ ...rental, transactionId: 't', hubId: 'h', amount: p(9) }),
    'rental_charged_offline t',
    ['D 1060[h] 9', 'C 2070[r] 9'],
    [],
  ],
  [
    '4 by bank',
    rentals.rentalChargedOffline({ ...rental, transactionId: 't', hubId: null, amount: p(9) }),
    'rental_charged_offline t',
    ['D 1010 9', 'C 2070[r] 9'],
    [],
  ],
  [
    '5',
    rentals.rentalRecognized({ ...rental, day: 3, amount: p(9) }),
    'rental_recognized r:3',
    ['D 2070[r] 9', 'C 4010[f] 9'],
    [],
  ],
  [
    '6',
    rentals.rentalCancelled({ ...rental, rest: p(90), refund: p(60) }),
    'rental_cancelled r',
    ['D 2070[r] 90', 'C 2020[d] 60', 'C 4010[f] 30'],
    ['RENT_REFUND r +60 -0'],
  ],
  [
    '6 beyond the rest',
    rentals.rentalCancelled({ ...rental, rest: p(90), refund: p(100) }),
    'rental_cancelled r',
    ['D 2070[r] 90', 'C 2020[d] 100', 'D 4010[f] 10'],
    ['RENT_REFUND r +100 -0'],
  ],
  [
    '7',
    collections.qrCollected({ ...collection, creditId: 'g', amount: p(9) }),
    'qr_collected g',
    ['D 1030 9', 'C 2030[c] 9'],
    [],
  ],
  [
    '8',
    receipts.qrUnattributed({ ...of, creditId: 'g', amount: p(9) }),
    'qr_unattributed g',
    ['D 1030 9', 'C 2040 9'],
    [],
  ],
  [
    '9',
    receipts.unattributedAssigned({ ...of, receiptId: 'u', collectionId: 'c', amount: p(9) }),
    'unattributed_assigned u',
    ['D 2040 9', 'C 2030[c] 9'],
    [],
  ],
  [
    '10',
    collections.qrFee({ ...of, creditId: 'g', fee: p(10), tax: p(2) }),
    'qr_fee g',
    ['D 5020 10', 'D 1080 2', 'C 1030 12'],
    [],
  ],
  [
    '11',
    collections.cashDeclared({ ...collection, attendanceId: 'a', revision: 1, difference: p(500) }),
    'cash_declared a:1',
    ['D 1050[d] 500', 'C 2030[c] 500'],
    [],
  ],
  [
    '11 corrected',
    collections.cashDeclared({ ...collection, attendanceId: 'a', revision: 2, difference: p(-20) }),
    'cash_declared a:2',
    ['C 1050[d] 20', 'D 2030[c] 20'],
    [],
  ],
  [
    '12',
    collections.cashCounted({ ...count, count: 1, counted: p(500) }),
    'cash_counted a:1',
    ['D 1060[h] 500', 'C 1050[d] 500'],
    [],
  ],
  [
    '12a',
    collections.cashCounted({ ...count, count: 1, counted: p(480) }),
    'cash_counted a:1',
    ['D 1060[h] 480', 'D 1070[d] 20', 'C 1050[d] 500'],
    ['CASH_SHORTAGE a +20 -0'],
  ],
  [
    '12b',
    collections.cashCounted({ ...count, count: 1, counted: p(530) }),
    'cash_counted a:1',
    ['D 1060[h] 530', 'C 1050[d] 500', 'C 2030[c] 30'],
    [],
  ],
  [
    '12 counted again',
    collections.cashCounted({ ...count, count: 2, before: p(480), counted: p(530) }),
    'cash_counted a:2',
    ['D 1060[h] 50', 'C 1070[d] 20', 'C 2030[c] 30'],
    ['CASH_SHORTAGE a +0 -20'],
  ],
  [
    '13',
    collections.collectionAdjusted({ ...collection, adjustmentId: 'x', amount: p(9) }),
    'collection_adjusted x',
    ['D 4050[f] 9', 'C 2030[c] 9'],
    [],
  ],
  [
    '13 negative',
    collections.collectionAdjusted({ ...collection, adjustmentId: 'x', amount: p(-9) }),
    'collection_adjusted x',
    ['C 4050[f] 9', 'D 2030[c] 9'],
    [],
  ],
  [
    '14',
    collections.collectionReconciled({
      ...collection,
      version: 1,
      total: p(598_000),
      recoveredShortage: p(14_000),
      share: p(428_400),
    }),
    'collection_reconciled c:1',
    ['D 2030[c] 598000', 'D 1070[d] 14000', 'C 2020[d] 428400', 'C 4020[f] 183600'],
    ['REVENUE_SHORTAGE c +14000 -0', 'COLLECTION c +428400 -0'],
  ],
  [
    '15',
    collections.duesNetted({ ...collection, version: 1, dues: [part(4), part(5)] }),
    'dues_netted c:1',
    ['D 2020[d] 4', 'C 1070[d] 4', 'D 2020[d] 5', 'C 1070[d] 5'],
    ['PENALTY pen +0 -4', 'PENALTY pen +0 -5', 'COLLECTION c +0 -9'],
  ],
  [
    '16',
    collections.shortageWrittenOff({ ...collection, version: 1, attendanceId: 'a', amount: p(20) }),
    'shortage_written_off c:1',
    ['D 5030[f] 20', 'C 1070[d] 20'],
    ['CASH_SHORTAGE a +0 -20'],
  ],
  [
    '17',
    incentives.incentiveCreated({ ...of, incentiveId: 'i', amount: p(9) }),
    'incentive_created i',
    ['D 5010[f] 9', 'C 2020[d] 9'],
    ['INCENTIVE i +9 -0'],
  ],
  [
    '18',
    incentives.incentiveCancelled({ ...of, incentiveId: 'i', amount: p(9) }),
    'incentive_cancelled i',
    ['D 2020[d] 9', 'C 5010[f] 9'],
    ['INCENTIVE i +-9 -0'],
  ],
  [
    '19',
    penalties.penaltyIssued({ ...of, penaltyId: 'pen', amount: p(9) }),
    'penalty_issued pen',
    ['D 1070[d] 9', 'C 4030[f] 9'],
    ['PENALTY pen +9 -0'],
  ],
  [
    '20',
    penalties.penaltyFromDeposit({ ...of, penaltyId: 'pen', seq: 1, amount: p(9) }),
    'penalty_from_deposit pen:1',
    ['D 2010[d] 9', 'C 1070[d] 9'],
    ['PENALTY pen +0 -9'],
  ],
  [
    '21',
    penalties.penaltyPaidByLink({ ...of, penaltyId: 'pen', txnid: 't', paid: p(9), openDue: p(9) }),
    'penalty_paid_link t',
    ['D 1020 9', 'C 1070[d] 9'],
    ['PENALTY pen +0 -9'],
  ],
  [
    '21 overpaid',
    penalties.penaltyPaidByLink({ ...of, penaltyId: 'pen', txnid: 't', paid: p(9), openDue: p(4) }),
    'penalty_paid_link t',
    ['D 1020 9', 'C 1070[d] 4', 'C 2020[d] 5'],
    ['PENALTY pen +0 -4', 'LATE_PAYMENT t +5 -0'],
  ],
  [
    '22',
    penalties.penaltyWaived({
      ...of,
      penaltyId: 'pen',
      fromDeposit: p(1),
      netted: p(2),
      paidByLink: p(3),
      outstanding: p(4),
    }),
    'penalty_waived pen',
    ['D 4030[f] 10', 'C 2010[d] 1', 'C 2020[d] 5', 'C 1070[d] 4'],
    ['PENALTY pen +0 -4', 'WAIVER pen +5 -0'],
  ],
  [
    '23',
    penalties.lateLinkPayment({ ...of, txnid: 't', paid: p(9) }),
    'late_link_payment t',
    ['D 1020 9', 'C 2020[d] 9'],
    ['LATE_PAYMENT t +9 -0'],
  ],
  [
    '24',
    payouts.payoutInitiated({ ...payout, from: 'PAYABLE' }),
    'payout_initiated po:1',
    ['D 2020[d] 100', 'C 2080[d] 100'],
    [],
  ],
  [
    '24 deposit',
    payouts.payoutInitiated({ ...payout, from: 'DEPOSIT' }),
    'payout_initiated po:1',
    ['D 2010[d] 100', 'C 2080[d] 100'],
    [],
  ],
  [
    '25',
    payouts.payoutSettled({ ...payout, from: 'PAYABLE', reserved: p(60) }),
    'payout_settled po:1',
    ['D 2080[d] 100', 'C 1040 100'],
    ['ADVANCE po +-40 -0'],
  ],
  [
    '26',
    payouts.payoutFailed({ ...payout, from: 'PAYABLE' }),
    'payout_failed po:1',
    ['D 2080[d] 100', 'C 2020[d] 100'],
    [],
  ],
  [
    '27',
    payouts.payoutReversed({
      ...payout,
      from: 'PAYABLE',
      allocations: [
        { kind: 'COLLECTION', source: 'c', amount: p(60) },
        { kind: 'ADVANCE', source: 'po', amount: p(40) },
      ],
    }),
    'payout_reversed po:1',
    ['D 1040 100', 'C 2020[d] 100'],
    ['COLLECTION c +0 --60', 'ADVANCE po +40 -0'],
  ],
  [
    '28',
    payouts.payoutFee({ ...of, payoutId: 'po', attempt: 1, fee: p(5), tax: p(1) }),
    'payout_fee po:1',
    ['D 5020 5', 'D 1080 1', 'C 1040 6'],
    [],
  ],
  [
    '29',
    payouts.bulkPenalty({ ...of, batchId: 'b', row: 2, amount: p(9) }),
    'bulk_penalty b:2',
    ['D 2020[d] 9', 'C 4030[f] 9'],
    ['ADVANCE b:2 +-9 -0'],
  ],
  [
    '30',
    payouts.bulkIncentive({ ...of, batchId: 'b', row: 2, amount: p(9) }),
    'bulk_incentive b:2',
    ['D 5010[f] 9', 'C 2020[d] 9'],
    ['INCENTIVE b:2 +9 -0'],
  ],
  [
    '31',
    orders.orderPaid({ ...order, creditId: 'g', accepted: p(7), excess: none }),
    'order_paid g',
    ['D 1030 7', 'C 2050[o] 7'],
    [],
  ],
  [
    '31 excess',
    orders.orderPaid({ ...order, creditId: 'g', accepted: p(7), excess: p(2) }),
    'order_paid g',
    ['D 1030 9', 'C 2050[o] 7', 'C 2060[o] 2'],
    [],
  ],
  ['32', orders.orderCompleted({ ...order, total: p(7) }), 'order_completed o', ['D 2050[o] 7', 'C 4040[f] 7'], []],
  [
    '32 of the platform',
    orders.orderCompleted({ ...order, fleetId: null, total: p(7) }),
    'order_completed o',
    ['D 2050[o] 7', 'C 4040 7'],
    [],
  ],
  ['33', orders.orderExpired({ ...order, collected: p(7) }), 'order_expired o', ['D 2050[o] 7', 'C 2060[o] 7'], []],
  [
    '34',
    refunds.orderRefundInitiated({ ...order, refundId: 're', excess: p(1), collected: p(2), income: p(3) }),
    'order_refund_initiated re',
    ['D 2060[o] 1', 'D 2050[o] 2', 'D 4040[f] 3', 'C 2090 6'],
    [],
  ],
  [
    '35 deposit',
    refunds.pgRefundInitiated({ ...refund, refund: { of: 'DEPOSIT', amount: p(9) } }),
    'pg_refund_initiated re',
    ['D 2010[d] 9', 'C 2090 9'],
    [],
  ],
  [
    '35 rent',
    refunds.pgRefundInitiated({ ...refund, refund: { of: 'RENTAL', rentalId: 'r', rest: p(7), earned: p(2) } }),
    'pg_refund_initiated re',
    ['D 2070[r] 7', 'D 4010[f] 2', 'C 2090 9'],
    [],
  ],
  [
    '35 part of a rent',
    refunds.pgRefundInitiated({ ...refund, refund: { of: 'RENTAL_PART', amount: p(2) } }),
    'pg_refund_initiated re',
    ['D 4010[f] 2', 'C 2090 2'],
    [],
  ],
  [
    '35 penalty',
    refunds.pgRefundInitiated({ ...refund, refund: { of: 'PENALTY', penaltyId: 'pen', amount: p(9) } }),
    'pg_refund_initiated re',
    ['D 1070[d] 9', 'C 2090 9'],
    ['PENALTY pen +0 --9'],
  ],
  [
    '35 late payment',
    refunds.pgRefundInitiated({ ...refund, refund: { of: 'LATE_PAYMENT', txnid: 't', amount: p(9) } }),
    'pg_refund_initiated re',
    ['D 2020[d] 9', 'C 2090 9'],
    ['LATE_PAYMENT t +0 -9'],
  ],
  [
    '36',
    refunds.refundSettled({ ...of, refundId: 're', amount: p(9), paidFrom: 1020 }),
    'refund_settled re',
    ['D 2090 9', 'C 1020 9'],
    [],
  ],
  [
    '37',
    refunds.refundFailed(
      refunds.pgRefundInitiated({ ...refund, refund: { of: 'PENALTY', penaltyId: 'pen', amount: p(9) } }),
      of,
    ),
    'refund_failed re',
    ['C 1070[d] 9', 'D 2090 9'],
    ['PENALTY pen +0 -9'],
  ],
  [
    '38 deposit',
    refunds.depositChargeback({ ...theCase, amount: p(9), depositBalance: p(4) }),
    'chargeback ca',
    ['D 2010[d] 4', 'D 1070[d] 5', 'C 1020 9'],
    ['CHARGEBACK ca +5 -0'],
  ],
  [
    '38 penalty or rent',
    refunds.driverChargeback({ ...theCase, amount: p(9) }),
    'chargeback ca',
    ['D 1070[d] 9', 'C 1020 9'],
    ['CHARGEBACK ca +9 -0'],
  ],
  [
    '38 order',
    refunds.orderChargeback({ ...order, ...theCase, clearing: 1030, excess: p(1), collected: p(2), income: p(3) }),
    'chargeback ca',
    ['D 2060[o] 1', 'D 2050[o] 2', 'D 4040[f] 3', 'C 1030 6'],
    [],
  ],
  [
    '39',
    settlements.pgSettlement({ ...of, settlementId: 's', line: 1, net: p(97), fee: p(2), tax: p(1) }),
    'pg_settlement s:1',
    ['D 1010 97', 'D 5020 2', 'D 1080 1', 'C 1020 100'],
    [],
  ],
  [
    '40',
    settlements.vaSettlement({ ...of, settlementId: 's', net: p(97) }),
    'va_settlement s',
    ['D 1010 97', 'C 1030 97'],
    [],
  ],
  [
    '41',
    settlements.wireTopup({ ...of, bankReference: 'br', amount: p(9) }),
    'wire_topup br',
    ['D 1040 9', 'C 1010 9'],
    [],
  ],
  [
    '42',
    settlements.hubCashBanked({ ...of, slipId: 's', hubId: 'h', amount: p(9) }),
    'hub_cash_banked s',
    ['D 1010 9', 'C 1060[h] 9'],
    [],
  ],
  [
    '43',
    deposits.depositDuesCleared({ ...of, settlementId: 's', dues: [part(9)] }),
    'deposit_dues_cleared s',
    ['D 2010[d] 9', 'C 1070[d] 9'],
    ['PENALTY pen +0 -9'],
  ],
  [
    '44',
    penalties.badDebt({ ...of, approvalId: 'ap', due: part(9) }),
    'bad_debt ap',
    ['D 5040[f] 9', 'C 1070[d] 9'],
    ['PENALTY pen +0 -9'],
  ],
  [
    '45',
    receipts.amountMismatch({ ...of, gatewayEventId: 'e', clearing: 1020, amount: p(9) }),
    'amount_mismatch e',
    ['D 1020 9', 'C 2040 9'],
    [],
  ],
  [
    '46',
    reversal({ ...penalties.penaltyIssued({ ...of, penaltyId: 'pen', amount: p(9) }), id: '7' }, of),
    'reversal 7',
    ['C 1070[d] 9', 'D 4030[f] 9'],
    ['PENALTY pen +-9 -0'],
  ],
  [
    '47',
    payouts.payoutLateSuccess({ ...payout, from: 'PAYABLE', depositBalance: none }),
    'payout_late_success po:1',
    ['D 2020[d] 100', 'C 1040 100'],
    ['ADVANCE po:1 +-100 -0'],
  ],
  [
    '47 deposit',
    payouts.payoutLateSuccess({ ...payout, from: 'DEPOSIT', depositBalance: p(60) }),
    'payout_late_success po:1',
    ['D 2010[d] 60', 'D 1070[d] 40', 'C 1040 100'],
    ['OVERPAYMENT po:1 +40 -0'],
  ],
  ...(
    [
      [{ as: 'DEPOSIT', driverId: 'd' }, 'C 2010[d] 9', []],
      [
        { as: 'DUES', driverId: 'd', dues: [{ kind: 'PENALTY', source: 'pen', amount: p(9) }] },
        'C 1070[d] 9',
        ['PENALTY pen +0 -9'],
      ],
      [{ as: 'LATE_PAYMENT', driverId: 'd' }, 'C 2020[d] 9', ['LATE_PAYMENT u +9 -0']],
      [{ as: 'RENTAL', rentalId: 'r' }, 'C 2070[r] 9', []],
      [{ as: 'REFUND' }, 'C 2090 9', []],
    ] as [receipts.Resolution, string, string[]][]
  ).map(([to, line, moved]): (typeof postings)[number] => [
    `48 ${to.as}`,
    receipts.unattributedResolved({ ...of, receiptId: 'u', amount: p(9), to }),
    'unattributed_resolved u',
    ['D 2040 9', line],
    moved,
  ]),
  [
    '49',
    refunds.chargebackWon(refunds.depositChargeback({ ...theCase, amount: p(9), depositBalance: p(4) }), of),
    'chargeback_won ca',
    ['C 2010[d] 4', 'C 1070[d] 5', 'D 1020 9'],
    ['CHARGEBACK ca +-5 -0'],
  ],
  [
    '50',
    payouts.bulkRowReversed({ ...of, batchId: 'b', row: 2, penalty: p(4), incentive: p(9) }),
    'bulk_row_reversed b:2',
    ['D 4030[f] 4', 'D 2020[d] 5', 'C 5010[f] 9'],
    ['ADVANCE b:2 +4 -0', 'INCENTIVE b:2 +-9 -0'],
  ],
];

test.each(postings)('posting %s', (_, posting, event, entries, moved) => {
  expect(`${posting.eventType} ${posting.eventKey}`).toBe(event);
  expect(lines(posting)).toEqual(entries);
  expect(moves(posting)).toEqual(moved);
});

test('every posting of the contract has a builder', () => {
  const numbers = new Set(postings.map(([name]) => parseInt(name, 10)));

  expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test('who waives or writes off closes the due as such, and who covers it does not', () => {
  const closes = (number: string) =>
    postings.filter(([name]) => name === number).flatMap(([, { dues }]) => dues.map((due) => due.closes));

  expect(['16', '22', '44', '20'].map(closes)).toEqual([['WRITTEN_OFF'], ['WAIVED'], ['WRITTEN_OFF'], [undefined]]);
});

test('a posted payout settles what it reserved, a failed one frees it', () => {
  const reservations = postings
    .filter(([, { reservation }]) => reservation)
    .map(([name, { reservation }]) => [name, reservation]);

  expect(reservations).toEqual([
    ['25', { payoutId: 'po', becomes: 'FINAL' }],
    ['26', { payoutId: 'po', becomes: 'FREE' }],
  ]);
});

const two = (amount: number) => [debit(1010, amount), credit(1040, amount)];

test.each<[string, Parameters<typeof journal>[3], RegExp]>([
  ['sides that differ', [debit(1010, 5), credit(1040, 4)], /debits of 0\.05 and credits of 0\.04/],
  ['nothing', [], /no amount/],
  ['lines of zero alone', two(0), /no amount/],
  ['a negative amount', two(-5), /negative amount/],
  ['a driver’s account without a driver', [debit(1010, 5), credit(2010, 5)], /2010 has no account/],
  ['a platform’s account of somebody', [debit(1010, 5, 'd'), credit(1040, 5)], /1010 has no account/],
  ['an owner without a name', [debit(1010, 5), credit(2010, 5, '')], /2010 has no account/],
  ['dues that do not move', [debit(1070, 5, 'd'), credit(4030, 5, 'f')], /1070 moves without its dues/],
  ['items that do not move', [debit(5010, 5, 'f'), credit(2020, 5, 'd')], /2020 moves without its items/],
])('a journal of %s cannot be made', (_, entries, says) => {
  expect(() => journal('test', 'key', of, entries)).toThrow(says);
});

test('half a paisa cannot be posted', () => {
  expect(() => debit(1010, 0.5)).toThrow(RangeError);
});

test('no choice of entries makes an unbalanced journal', () => {
  const safe = accountCodes.filter((code) => code !== 1070 && code !== 2020);
  const entry = fc
    .record({ code: fc.constantFrom(...safe), amount: fc.integer({ min: 0, max: 9 }), isDebit: fc.boolean() })
    .map(({ code, amount, isDebit }) =>
      (isDebit ? debit : credit)(code, amount, ownerTypeOf(code, platform) ? platform : 'x'),
    );

  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
      const total = (side: 'D' | 'C') =>
        entries.filter((each) => each.side === side).reduce((all, { amount }) => all + amount, 0);
      const make = () => journal('test', 'key', of, entries);
      if (total('D') !== total('C') || total('D') === 0) expect(make).toThrow(RangeError);
      else expect(make().entries.every(({ amount }) => amount > 0)).toBe(true);
    }),
  );
});

test('the reversal of a reversal is the journal again', () => {
  for (const [, posting] of postings) {
    const back = reversal({ ...posting, id: '1' }, of);
    const again = reversal({ ...back, id: '2' }, of);

    expect([lines(again), moves(again)]).toEqual([lines(posting), moves(posting)]);
  }
});

test('an account of the chart grows on the side of its kind', () => {
  for (const code of accountCodes) {
    const { kind, normal } = chart[code];

    expect([code, normal]).toEqual([code, kind === 'A' || kind === 'E' ? 'D' : 'C']);
  }
});

test('guarded are exactly the accounts that the contract does not let fall below zero', () => {
  const guarded: AccountCode[] = [1050, 1060, 1070, 2010, 2030, 2040, 2050, 2060, 2070, 2080, 2090];

  expect(accountCodes.filter((code) => chart[code].guarded)).toEqual(guarded);
});
