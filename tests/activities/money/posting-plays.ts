import { orderCompleted } from '../../../workflows/domain/money/journals/orders.ts';
import * as payouts from '../../../workflows/domain/money/journals/payouts.ts';
import { badDebt } from '../../../workflows/domain/money/journals/penalties.ts';
import * as refunds from '../../../workflows/domain/money/journals/refunds.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { posted } from '../../world/money/books.ts';
import {
  deposit,
  incentive,
  penalty,
  link,
  rental,
  order,
  receipt,
  payout,
  paid,
  failed,
  refund,
  theCase,
  parts,
  resolved,
  row,
  rowReversed,
  happened,
} from './posting-parts.ts';
import type { Someone } from './posting-parts.ts';

type Play = (who: Someone) => Promise<unknown>;
export type Rupees = Record<string, number>;

/** Number in ledger.md, what happens, and what is left: balances by code and open dues and items by kind, in rupees. */
export const plays: [string, string, Play, Rupees, Rupees][] = [
  [
    '27',
    'a settled payout comes back with its items and its advance',
    async (who) => {
      await posted(incentive(who, 100));
      const allocations = await paid(payout(who, 120));
      const advance = { kind: 'ADVANCE' as const, source: `po-${who.id}`, amount: rupees(20) };
      await posted(payouts.payoutReversed({ ...payout(who, 120), allocations: [...allocations, advance] }));
    },
    { 2020: 100 },
    { INCENTIVE: 100 },
  ],
  [
    '27',
    'a deposit refund comes back',
    async (who) => {
      await posted(deposit(who, 100));
      await paid(payout(who, 100, 'DEPOSIT'));
      await posted(payouts.payoutReversed({ ...payout(who, 100, 'DEPOSIT'), allocations: [] }));
    },
    { 2010: 100 },
    {},
  ],
  [
    '47',
    'a payout that failed arrives after all',
    async (who) => {
      await posted(incentive(who, 100));
      await failed(payout(who, 120));
      await posted(payouts.payoutLateSuccess({ ...payout(who, 120), depositBalance: rupees(0) }));
    },
    { 2020: -20 },
    { ADVANCE: -20 },
  ],
  [
    '47',
    'a deposit refund arrives after the deposit was used',
    async (who) => {
      await posted(deposit(who, 100));
      await failed(payout(who, 100, 'DEPOSIT'));
      await posted(refund(who, { of: 'DEPOSIT', amount: rupees(70) }));
      const late = payout(who, 100, 'DEPOSIT');
      await posted(payouts.payoutLateSuccess({ ...late, depositBalance: rupees(30) }));
    },
    { 1070: 70 },
    { OVERPAYMENT: 70 },
  ],
  [
    '29, 30',
    'a row of a bulk file: the penalty is taken from the incentive',
    (who) =>
      posted(
        payouts.bulkPenalty({ ...row(who), amount: rupees(30) }),
        payouts.bulkIncentive({ ...row(who), amount: rupees(50) }),
      ),
    { 2020: 20 },
    { INCENTIVE: 20 },
  ],
  [
    '50',
    'a row that failed leaves nothing but opposite items, which cover each other',
    (who) =>
      posted(
        payouts.bulkPenalty({ ...row(who), amount: rupees(30) }),
        payouts.bulkIncentive({ ...row(who), amount: rupees(50) }),
        rowReversed(who),
      ),
    {},
    {},
  ],
  [
    '35',
    'a deposit is paid back',
    (who) => posted(deposit(who, 100), refund(who, { of: 'DEPOSIT', amount: rupees(40) })),
    { 2010: 60 },
    {},
  ],
  [
    '35',
    'a whole rental is paid back, with a part that was earned',
    (who) => {
      const { rentalId } = who;
      return posted(rental(who, 90), refund(who, { of: 'RENTAL', rentalId, rest: rupees(90), earned: rupees(10) }));
    },
    {},
    {},
  ],
  [
    '35',
    'a part of a rent is paid back, and the period goes on',
    (who) => posted(rental(who, 90), refund(who, { of: 'RENTAL_PART', amount: rupees(10) })),
    { 2070: 90 },
    {},
  ],
  [
    '35',
    'a paid penalty is due again',
    (who) => {
      const what = { of: 'PENALTY' as const, penaltyId: who.id, amount: rupees(30) };
      return posted(penalty(who, 50), link(who, 50, 50), refund(who, what));
    },
    { 1070: 30 },
    { PENALTY: 30 },
  ],
  [
    '35',
    'a late payment is paid back',
    (who) => {
      const what = { of: 'LATE_PAYMENT' as const, source: who.id, amount: rupees(20) };
      return posted(penalty(who, 50), link(who, 80, 50), refund(who, what));
    },
    { 2020: 10 },
    { LATE_PAYMENT: 10 },
  ],
  [
    '36',
    'a refund that arrived',
    (who) => {
      const arrived = { ...who.of, refundId: `re-${who.id}`, amount: rupees(40), paidFrom: 1020 as const };
      return posted(
        deposit(who, 100),
        refund(who, { of: 'DEPOSIT', amount: rupees(40) }),
        refunds.refundSettled(arrived),
      );
    },
    { 2010: 60 },
    {},
  ],
  [
    '37',
    'a refund that failed: the penalty is paid again',
    (who) => {
      const begun = refund(who, { of: 'PENALTY', penaltyId: who.id, amount: rupees(30) });
      return posted(penalty(who, 50), link(who, 50, 50), begun, refunds.refundFailed(begun, happened(who)));
    },
    {},
    {},
  ],
  [
    '34, 37',
    'a refund of an order that failed',
    (who) => {
      const begun = refunds.orderRefundInitiated(parts(who, 10, 25, 0));
      return posted(order(who, 90, 10), begun, refunds.refundFailed(begun, happened(who)));
    },
    { 2050: 90, 2060: 10 },
    {},
  ],
  [
    '38',
    'a deposit is taken back beyond what it holds',
    (who) => posted(deposit(who, 60), refunds.depositChargeback({ ...theCase(who, 100), depositBalance: rupees(60) })),
    { 1070: 40 },
    { CHARGEBACK: 40 },
  ],
  [
    '38',
    'a paid penalty is taken back',
    (who) => posted(penalty(who, 50), link(who, 50, 50), refunds.driverChargeback(theCase(who, 50))),
    { 1070: 50 },
    { CHARGEBACK: 50 },
  ],
  [
    '38',
    'an order is taken back, where it lies',
    (who) => {
      const completed = orderCompleted({ ...who.of, orderId: who.orderId, total: rupees(90) });
      return posted(order(who, 90, 10), completed, refunds.orderChargeback(parts(who, 10, 0, 90)));
    },
    {},
    {},
  ],
  [
    '49',
    'a chargeback that was won',
    (who) => {
      const lost = refunds.depositChargeback({ ...theCase(who, 100), depositBalance: rupees(60) });
      return posted(deposit(who, 60), lost, refunds.chargebackWon(lost, happened(who)));
    },
    { 2010: 60 },
    {},
  ],
  [
    '44',
    'a part of a due is given up',
    (who) => {
      const due = { kind: 'PENALTY' as const, source: who.id, amount: rupees(20) };
      return posted(penalty(who, 50), badDebt({ ...who.of, approvalId: who.id, due }));
    },
    { 1070: 30 },
    { PENALTY: 30 },
  ],
  [
    '48',
    'unattributed money is a deposit',
    (who) => posted(receipt(who, 40), resolved(who, 40, { as: 'DEPOSIT', driverId: who.of.driverId })),
    { 2010: 40 },
    {},
  ],
  [
    '48',
    'unattributed money pays a due',
    (who) => {
      const dues = [{ kind: 'PENALTY' as const, source: who.id, amount: rupees(40) }];
      const to = { as: 'DUES' as const, driverId: who.of.driverId, dues };
      return posted(receipt(who, 40), penalty(who, 50), resolved(who, 40, to));
    },
    { 1070: 10 },
    { PENALTY: 10 },
  ],
  [
    '48',
    'unattributed money is owed to a driver',
    (who) => posted(receipt(who, 40), resolved(who, 40, { as: 'LATE_PAYMENT', driverId: who.of.driverId })),
    { 2020: 40 },
    { LATE_PAYMENT: 40 },
  ],
  [
    '48',
    'unattributed money pays a rent',
    (who) => posted(receipt(who, 40), resolved(who, 40, { as: 'RENTAL', rentalId: who.rentalId })),
    { 2070: 40 },
    {},
  ],
  [
    '48',
    'unattributed money goes back',
    (who) => posted(receipt(who, 40), resolved(who, 40, { as: 'REFUND' })),
    {},
    {},
  ],
];
