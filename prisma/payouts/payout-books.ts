import type { Journal } from '../../workflows/domain/money/journals/journal.ts';
import {
  payoutFailed,
  payoutInitiated,
  payoutReversed,
  payoutSettled,
} from '../../workflows/domain/money/journals/payouts.ts';
import {
  orderRefundInitiated,
  orderRefundReversed,
  refundFailed,
  refundSettled,
} from '../../workflows/domain/money/journals/refunds.ts';
import type { OrderParts } from '../../workflows/domain/money/journals/refunds.ts';
import { paise, sum } from '../../workflows/domain/money.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import { kindOf } from '../../workflows/domain/money/payouts/payouts.ts';
import { instant } from '../../workflows/domain/time.ts';
import { postedJournal } from '../books.ts';
import type { Tx } from '../client.ts';
import type { Payout } from '../generated/client.ts';
import { allocationsOf } from './payouts.ts';

// Whose payout it is, is locked (`lockOwner`) until the end of the transaction.

/** What happens to the money of a payout, by what it pays. Each returns its journal, which is posted in the same transaction. */
interface Books {
  initiate(tx: Tx, row: Payout): Promise<Journal>;
  settle(tx: Tx, row: Payout): Promise<Journal>;
  /** `by`: who took it back; without one it failed by itself. */
  fail(tx: Tx, row: Payout, by?: string): Promise<Journal>;
  reverse(tx: Tx, row: Payout): Promise<Journal>;
}

/** What a journal needs to know of a payout to a driver, from what they are owed or from their deposit. */
export const bookingOf = ({ id, driverId, fleetId, attempt, amountPaise, kind }: Payout) => {
  const { from } = kindOf({ kind });
  if (from === 'ORDER') throw new Error(`The payout ${id} goes to no driver.`);
  return {
    ...{ payoutId: id, driverId: driverId!, fleetId: fleetId!, attempt, from },
    ...{ amount: paise(Number(amountPaise)), occurredAt: instant(Date.now()) },
  };
};

const toDriver: Books = {
  initiate: (tx, row) => Promise.resolve(payoutInitiated({ ...bookingOf(row), by: row.requestedBy })),
  async settle(tx, row) {
    const items = (await allocationsOf(tx, row)).filter(({ kind }) => kind !== 'ADVANCE');
    return payoutSettled({ ...bookingOf(row), reserved: sum(...items.map(({ amount }) => amount)) });
  },
  fail: (tx, row, by) => Promise.resolve(payoutFailed({ ...bookingOf(row), ...(by && { by }) })),
  reverse: async (tx, row) => payoutReversed({ ...bookingOf(row), allocations: await allocationsOf(tx, row) }),
};

/** The identity of a refund of an order in the books: that of its attempt. */
export const refundIdOf = ({ id, attempt }: Pick<Payout, 'id' | 'attempt'>): string => `${id}:${attempt}`;

/** From where in an order an amount is taken: what came beyond it first, then what it collected, then its income. Source: ledger.md 34. */
export const orderParts = async (tx: Tx, { orderId, fleetId }: Payout, amount: Paise): Promise<OrderParts> => {
  const rows = await tx.$queryRaw<{ code: number; held: bigint }[]>`
    SELECT a."code", b."credit_paise" - b."debit_paise" AS "held" FROM "ledger_account" a JOIN "ledger_balance" b ON b."account_id" = a."id"
    WHERE a."owner_type" = 'ORDER' AND a."owner_id" = ${orderId} AND a."code" IN (2050, 2060)`;
  const heldIn = (code: number) => Number(rows.find((row) => row.code === code)?.held ?? 0);
  const excess = paise(Math.min(amount, heldIn(2060)));
  const collected = paise(Math.min(amount - excess, heldIn(2050)));
  return { orderId: orderId!, fleetId, excess, collected, income: paise(amount - excess - collected) };
};

/** Counts what of an order went back to its payers. */
export const countRefunded = (tx: Tx, { orderId }: Payout, amount: bigint) =>
  tx.paymentOrder.update({
    where: { id: orderId! },
    data: { refundedPaise: { increment: amount }, version: { increment: 1 } },
  });

const now = () => ({ occurredAt: instant(Date.now()) });
const begunBy = async (tx: Tx, row: Payout) => (await postedJournal(tx, 'order_refund_initiated', refundIdOf(row)))!;

const toPayer: Books = {
  async initiate(tx, row) {
    const parts = await orderParts(tx, row, paise(Number(row.amountPaise)));
    return orderRefundInitiated({ ...now(), ...parts, refundId: refundIdOf(row), by: row.requestedBy });
  },
  async settle(tx, row) {
    await countRefunded(tx, row, row.amountPaise);
    const { fleetId, amountPaise } = row;
    const of = { ...now(), fleetId, refundId: refundIdOf(row), amount: paise(Number(amountPaise)) };
    return refundSettled({ ...of, paidFrom: 1040 });
  },
  fail: async (tx, row, by) => refundFailed(await begunBy(tx, row), { ...now(), ...(by && { by }) }),
  async reverse(tx, row) {
    await countRefunded(tx, row, -row.amountPaise);
    return orderRefundReversed(await begunBy(tx, row), now());
  },
};

const books = { PAYABLE: toDriver, DEPOSIT: toDriver, ORDER: toPayer };

export const booksOf = (row: Payout): Books => books[kindOf(row).from];
