import { randomUUID } from 'node:crypto';
import { reserve } from '../../../prisma/payouts/payouts.ts';
import { incentiveCreated } from '../../../workflows/domain/money/journals/incentives.ts';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { orderPaid } from '../../../workflows/domain/money/journals/orders.ts';
import * as payouts from '../../../workflows/domain/money/journals/payouts.ts';
import { penaltyIssued, penaltyPaidByLink } from '../../../workflows/domain/money/journals/penalties.ts';
import { qrUnattributed, unattributedResolved } from '../../../workflows/domain/money/journals/receipts.ts';
import * as refunds from '../../../workflows/domain/money/journals/refunds.ts';
import { rentalCharged } from '../../../workflows/domain/money/journals/rentals.ts';
import { rupees, sum } from '../../../workflows/domain/money.ts';
import { posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aDriver } from '../../world/factories.ts';
import type { aFleet } from '../../world/factories.ts';

/** A driver, an order, a rental and ids for whatever happens to them. Amounts of the table are rupees. */
export const someone = async (fleet: Awaited<ReturnType<typeof aFleet>>) => {
  const { id: driverId } = await aDriver(fleet, { vehicle: false });
  const fleetId = fleet.id;
  const of = { driverId, fleetId, occurredAt: new Date().toISOString() };
  const [id, orderId, rentalId] = [randomUUID(), randomUUID(), randomUUID()];
  return { of, id, orderId, rentalId };
};
export type Someone = Awaited<ReturnType<typeof someone>>;

export const deposit = ({ of, id }: Someone, amount: number) =>
  depositPaid({ ...of, txnid: id, amount: rupees(amount) });
export const incentive = ({ of, id }: Someone, amount: number) =>
  incentiveCreated({ ...of, incentiveId: id, amount: rupees(amount) });
export const penalty = ({ of, id }: Someone, amount: number) =>
  penaltyIssued({ ...of, penaltyId: id, amount: rupees(amount) });
export const link = ({ of, id }: Someone, paid: number, due: number) =>
  penaltyPaidByLink({ ...of, penaltyId: id, txnid: id, paid: rupees(paid), openDue: rupees(due) });
export const rental = ({ of, id, rentalId }: Someone, amount: number) =>
  rentalCharged({ ...of, rentalId, txnid: id, amount: rupees(amount) });
export const order = ({ of, id, orderId }: Someone, accepted: number, excess: number) =>
  orderPaid({ ...of, orderId, creditId: id, accepted: rupees(accepted), excess: rupees(excess) });
export const receipt = ({ of, id }: Someone, amount: number) =>
  qrUnattributed({ occurredAt: of.occurredAt, creditId: id, amount: rupees(amount) });

export const payout = ({ of, id }: Someone, amount: number, from: 'PAYABLE' | 'DEPOSIT' = 'PAYABLE') => ({
  ...{ ...of, payoutId: `po-${id}`, attempt: 1, from },
  amount: rupees(amount),
});

/** Reserves what is owed, begins a payout and settles it. */
export const paid = async (of: ReturnType<typeof payout>) => {
  const [allocations = []] = await db.$transaction((tx) => reserve(tx, [of]));
  const reserved = sum(...allocations.map(({ amount }) => amount));
  await posted(payouts.payoutInitiated(of), payouts.payoutSettled({ ...of, reserved }));
  return allocations;
};

export const failed = (of: ReturnType<typeof payout>) => posted(payouts.payoutInitiated(of), payouts.payoutFailed(of));

export const refund = ({ of, id }: Someone, what: refunds.RefundOf) =>
  refunds.pgRefundInitiated({ ...of, refundId: `re-${id}`, parts: [what] });
export const theCase = ({ of, id }: Someone, amount: number) => ({
  ...{ ...of, caseId: `ca-${id}`, clearing: 1020 as const },
  amount: rupees(amount),
});
export const parts = ({ of, id, orderId }: Someone, excess: number, collected: number, income: number) => ({
  ...{ ...of, refundId: `re-${id}`, caseId: `ca-${id}`, orderId, clearing: 1030 as const },
  ...{ excess: rupees(excess), collected: rupees(collected), income: rupees(income) },
});
export const resolved = ({ of, id }: Someone, amount: number, to: Parameters<typeof unattributedResolved>[0]['to']) =>
  unattributedResolved({ ...of, receiptId: id, amount: rupees(amount), to });
export const row = ({ of, id }: Someone) => ({ ...of, batchId: id, row: 1 });
export const rowReversed = (who: Someone) =>
  payouts.bulkRowReversed({ ...row(who), penalty: rupees(30), incentive: rupees(50) });
export const happened = ({ of }: Someone) => ({ occurredAt: of.occurredAt });
