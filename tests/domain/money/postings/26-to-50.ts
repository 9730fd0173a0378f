import * as deposits from '../../../../workflows/domain/money/journals/deposits.ts';
import { reversal } from '../../../../workflows/domain/money/journals/journal.ts';
import * as orders from '../../../../workflows/domain/money/journals/orders.ts';
import * as payouts from '../../../../workflows/domain/money/journals/payouts.ts';
import * as penalties from '../../../../workflows/domain/money/journals/penalties.ts';
import * as receipts from '../../../../workflows/domain/money/journals/receipts.ts';
import * as refunds from '../../../../workflows/domain/money/journals/refunds.ts';
import * as settlements from '../../../../workflows/domain/money/journals/settlements.ts';
import { of, p, none, part, order, payout, refund, theCase } from './facts.ts';
import type { PostingRow } from './facts.ts';

/** What the postings 26 to 50 of ledger.md book. */
export const postings26to50: PostingRow[] = [
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
    refunds.pgRefundInitiated({ ...refund, parts: [{ of: 'DEPOSIT', amount: p(9) }] }),
    'pg_refund_initiated re',
    ['D 2010[d] 9', 'C 2090 9'],
    [],
  ],
  [
    '35 rent',
    refunds.pgRefundInitiated({ ...refund, parts: [{ of: 'RENTAL', rentalId: 'r', rest: p(7), earned: p(2) }] }),
    'pg_refund_initiated re',
    ['D 2070[r] 7', 'D 4010[f] 2', 'C 2090 9'],
    [],
  ],
  [
    '35 part of a rent',
    refunds.pgRefundInitiated({ ...refund, parts: [{ of: 'RENTAL_PART', amount: p(2) }] }),
    'pg_refund_initiated re',
    ['D 4010[f] 2', 'C 2090 2'],
    [],
  ],
  [
    '35 penalty',
    refunds.pgRefundInitiated({ ...refund, parts: [{ of: 'PENALTY', penaltyId: 'pen', amount: p(9) }] }),
    'pg_refund_initiated re',
    ['D 1070[d] 9', 'C 2090 9'],
    ['PENALTY pen +0 --9'],
  ],
  [
    '35 late payment',
    refunds.pgRefundInitiated({ ...refund, parts: [{ of: 'LATE_PAYMENT', source: 't', amount: p(9) }] }),
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
      refunds.pgRefundInitiated({ ...refund, parts: [{ of: 'PENALTY', penaltyId: 'pen', amount: p(9) }] }),
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
  ).map(([to, line, moved]): PostingRow => [
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
