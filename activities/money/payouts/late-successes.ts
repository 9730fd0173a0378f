import { isRepaid } from '../../../prisma/payouts/bulk-payouts.ts';
import { bookingOf, countRefunded, orderParts, refundIdOf } from '../../../prisma/payouts/payout-books.ts';
import { depositHeld } from '../../../prisma/books.ts';
import type { Tx } from '../../../prisma/client.ts';
import type { Payout } from '../../../prisma/generated/client.ts';
import type { Journal } from '../../../workflows/domain/money/journals/journal.ts';
import { payoutLateSuccess } from '../../../workflows/domain/money/journals/payouts.ts';
import type { Allocation } from '../../../workflows/domain/money/journals/payouts.ts';
import { orderRefundLate } from '../../../workflows/domain/money/journals/refunds.ts';
import { paise, sum } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { inFlightStatuses, isInFlight, kindOf } from '../../../workflows/domain/money/payouts/payouts.ts';
import { instant } from '../../../workflows/domain/time.ts';

interface Arrived {
  attempt: number;
  amount: Paise;
  /** Whether nothing else pays the same. */
  isOnly: boolean;
}

/** How an attempt that was given up and has paid after all is booked, by what it paid. Source: ledger.md 47. */
interface Late {
  /** Whether another payout pays, or has paid, what this one was to pay. */
  isPaidByAnother: (tx: Tx, row: Payout) => Promise<boolean>;
  journalOf: (tx: Tx, row: Payout, arrived: Arrived) => Promise<Journal>;
}

const alive = { in: [...inFlightStatuses, 'SUCCESS' as const] };

/** Of the items that it was to pay what is open and free: the advance covers that first. */
const openOwnItems = async (tx: Tx, { id: payoutId }: Payout, amount: Paise): Promise<Allocation[]> => {
  const meant = await tx.payoutAllocation.findMany({ where: { payoutId }, distinct: ['itemKind', 'itemSource'] });
  const OR = meant.map(({ itemKind: kind, itemSource: source }) => ({ kind, source }));
  const items = await tx.payableItem.findMany({ where: { OR }, orderBy: { id: 'asc' } });
  let left: number = amount;
  return items.flatMap(({ kind, source, openPaise, reservedPaise }) => {
    const covered = paise(Math.min(left, Math.max(0, Number(openPaise - reservedPaise))));
    left -= covered;
    return covered > 0 ? [{ kind: kind as Allocation['kind'], source, amount: covered }] : [];
  });
};

/** Of what a driver is owed: a payout that was begun later has reserved, or paid, the same items. */
const ofPayable: Late = {
  async isPaidByAnother(tx, { id, kind, attempt }) {
    if (kind === 'BULK_ROW') return isRepaid(tx, id);
    const [row] = await tx.$queryRaw<{ isPaid: boolean }[]>`
      SELECT EXISTS (
        SELECT FROM "payout_allocations" mine
        JOIN "payout_allocations" other USING ("itemKind", "itemSource") JOIN "payouts" p ON p."id" = other."payoutId"
        WHERE mine."payoutId" = ${id}::uuid AND mine."attempt" = ${attempt} AND mine."itemKind" <> 'ADVANCE'
          AND other."payoutId" <> mine."payoutId" AND other."id" > mine."id" AND other."undoneAt" IS NULL
          AND p."status" NOT IN ('FAILED', 'CANCELLED', 'REVERSED')
      ) AS "isPaid"`;
    return row!.isPaid;
  },
  async journalOf(tx, row, { attempt, amount, isOnly }) {
    const covers = isOnly ? await openOwnItems(tx, row, amount) : [];
    return payoutLateSuccess({ ...bookingOf(row), attempt, amount, depositBalance: paise(0), covers });
  },
};

/** Of a deposit: another refund was begun later, and the deposit does not hold so much any more. */
const ofDeposit: Late = {
  async isPaidByAnother(tx, { id, driverId, kind, amountPaise, createdAt }) {
    const where = { kind, driverId, status: alive, id: { not: id }, createdAt: { gt: createdAt } };
    return (await depositHeld(tx, driverId!)) < amountPaise && (await tx.payout.count({ where })) > 0;
  },
  async journalOf(tx, row, { attempt, amount }) {
    const booking = bookingOf(row);
    const depositBalance = await depositHeld(tx, booking.driverId);
    return payoutLateSuccess({ ...booking, attempt, amount, depositBalance });
  },
};

/** Of an order: other refunds of the same payment leave less of it than this one has paid. */
const ofOrder: Late = {
  async isPaidByAnother(tx, { id, creditId, amountPaise }) {
    const others = { creditId, status: alive, id: { not: id } };
    const { _sum } = await tx.payout.aggregate({ where: others, _sum: { amountPaise: true } });
    const credit = await tx.virtualCredit.findUniqueOrThrow({ where: { id: creditId! } });
    return (_sum.amountPaise ?? 0n) + amountPaise > credit.amountPaise;
  },
  async journalOf(tx, row, { attempt, amount }) {
    const parts = await orderParts(tx, row, amount);
    await countRefunded(tx, row, BigInt(amount));
    return orderRefundLate({ ...parts, refundId: refundIdOf({ ...row, attempt }), occurredAt: instant(Date.now()) });
  },
};

const late = { PAYABLE: ofPayable, DEPOSIT: ofDeposit, ORDER: ofOrder };

/** Whether an attempt was booked as paid before, in time or late: what then came back, or is told twice, is told again. */
export const isBooked = async (tx: Tx, { id }: Payout, attempt: number): Promise<boolean> => {
  const eventType = { in: ['payout_settled', 'refund_settled', 'payout_late_success'] };
  return (await tx.ledgerJournal.count({ where: { eventType, eventKey: refundIdOf({ id, attempt }) } })) > 0;
};

/** Whether nothing else pays the same: no other attempt that lives, and no other payout. */
export const isOnlyOne = async (tx: Tx, row: Payout, paid: number): Promise<boolean> => {
  // A row of a bulk file has one attempt.
  if (paid !== row.attempt && (isInFlight(row) || row.status === 'SUCCESS')) return false;
  return !(await late[kindOf(row).from].isPaidByAnother(tx, row));
};

/** The journal of an attempt that was given up and has paid after all. */
export const lateJournal = (tx: Tx, row: Payout, arrived: Arrived): Promise<Journal> =>
  late[kindOf(row).from].journalOf(tx, row, arrived);

/** What of a driver's items such a journal has paid, an advance for the rest. */
export const paidBy = (row: Payout, { items }: Journal): Allocation[] =>
  kindOf(row).from === 'PAYABLE'
    ? items.map(({ kind, source, booked, used }) => ({ kind, source, amount: sum(used, paise(0 - booked)) }))
    : [];
