import type { Tx } from '../../../prisma/client.ts';
import { dayOf } from '../../../prisma/collections.ts';
import type { PayableItem, Payout } from '../../../prisma/generated/client.ts';
import { owedFromDeposit } from '../../../prisma/payouts/deposit-refunds.ts';
import { leftOfCredits } from '../../../prisma/payouts/order-refunds.ts';
import type { Owed } from '../../../prisma/payouts/attempt-columns.ts';
import { itemsOfDays } from '../../../prisma/payouts/payouts.ts';
import { paise, rupeeText, sum } from '../../../workflows/domain/money.ts';
import { inFlightStatuses } from '../../../workflows/domain/money/payouts/payouts.ts';
import type { PayoutKind } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';

// What is paid out; whose it is, is locked (`lockOwner`). Each throws what payouts.md lists.

const requireNoOther = async (tx: Tx, kind: PayoutKind, sourceIds: string[]): Promise<void> => {
  const where = { kind, sourceId: { in: sourceIds }, status: { in: [...inFlightStatuses, 'SUCCESS' as const] } };
  const other = await tx.payout.findFirst({ where, select: { id: true, status: true } });
  if (other) throw refusal('PAYOUT_IN_PROGRESS', { payoutId: other.id, status: other.status });
};

/** What is open of items; money that another payout has reserved is under way. */
const openOf = (items: readonly PayableItem[]) => {
  const taken = items.find(({ reservedBy }) => reservedBy !== null);
  if (taken) throw refusal('PAYOUT_IN_PROGRESS', { payoutId: taken.reservedBy, status: 'RESERVED' });
  const amount = sum(...items.map(({ openPaise }) => paise(Number(openPaise))));
  return { amount, sources: items.map((item) => item.source) };
};

/** What days are worth, each of which may be paid: their shares, and the incentives that are settled with them. */
export const owedForDays = async (tx: Tx, collectionIds: string[]): Promise<Owed> => {
  const days = await tx.dailyCollection.findMany({ where: { id: { in: collectionIds } }, orderBy: { date: 'asc' } });
  if (days.some(({ status }) => status === 'PAID')) throw refusal('COLLECTION_ALREADY_PAID');
  await requireNoOther(tx, 'COLLECTION', collectionIds);
  for (const { status } of days) {
    if (status !== 'RECONCILED' && status !== 'PAYOUT_PENDING') throw refusal('COLLECTION_NOT_RECONCILED', { status });
  }
  const [first, last] = [days.at(0)!, days.at(-1)!];
  const span = first === last ? dayOf(first.date) : `${dayOf(first.date)} to ${dayOf(last.date)}`;
  const open = openOf(await itemsOfDays(tx, collectionIds));
  return { fleetId: first.fleetId, ...open, description: `Payout for ${span}` };
};

const owedForIncentive = async (tx: Tx, id: string): Promise<Owed> => {
  const { status, fleetId, collectionId, reason } = await tx.incentive.findUniqueOrThrow({ where: { id } });
  if (status === 'PAID') throw refusal('INCENTIVE_ALREADY_PAID');
  await requireNoOther(tx, 'INCENTIVE', [id]);
  if (status === 'ATTACHED') throw refusal('INCENTIVE_ATTACHED', { collectionId });
  if (status === 'CANCELLED') throw refusal('INCENTIVE_CANCELLED');
  const items = await tx.payableItem.findMany({ where: { kind: 'INCENTIVE', source: id } });
  return { fleetId, ...openOf(items), description: reason.slice(0, 50) };
};

/** The rest of a payment for an order, to the account that it came from. */
const owedToPayer = async (tx: Tx, row: Payout): Promise<Owed> => {
  const { orderId, creditId, fleetId, description, amountPaise } = row;
  const amount = paise(Number(amountPaise));
  const credits = await leftOfCredits(tx, orderId!);
  const left = credits.find(({ credit }) => credit.id === creditId)?.left ?? paise(0);
  if (amount > left) throw refusal('ORDER_REFUND_EXCEEDED', { left: rupeeText(left), most: rupeeText(left) });
  const payee = { account: row, bankChangedAt: null, preferRtgs: false };
  return { fleetId, amount, sources: [], description, payee };
};

/** The days of which the last attempt was to pay something. */
const daysOf = async (tx: Tx, { id: payoutId, attempt }: Payout): Promise<string[]> => {
  const meant = await tx.payoutAllocation.findMany({ where: { payoutId, attempt } });
  const sourcesOf = (kind: string) => meant.flatMap((of) => (of.itemKind === kind ? [of.itemSource] : []));
  const incentives = await tx.incentive.findMany({ where: { id: { in: sourcesOf('INCENTIVE') } } });
  return [...new Set([...sourcesOf('COLLECTION'), ...incentives.flatMap((of) => of.collectionId ?? [])])];
};

/** A day or an incentive, which is paid by itself. */
export interface OneSource {
  kind: 'COLLECTION' | 'INCENTIVE';
  sourceId: string;
}

export const owedForOne = (tx: Tx, { kind, sourceId }: OneSource): Promise<Owed> =>
  kind === 'COLLECTION' ? owedForDays(tx, [sourceId]) : owedForIncentive(tx, sourceId);

/** A row of a bulk file is repeated with its batch. */
type Repeatable = Exclude<PayoutKind, 'BULK_ROW'>;

const again: Record<Repeatable, (tx: Tx, row: Payout) => Promise<Owed>> = {
  COLLECTION: (tx, { sourceId }) => owedForDays(tx, [sourceId!]),
  INCENTIVE: (tx, { sourceId }) => owedForIncentive(tx, sourceId!),
  AGGREGATE: async (tx, row) => owedForDays(tx, await daysOf(tx, row)),
  DEPOSIT_REFUND: (tx, { driverId, amountPaise }) =>
    owedFromDeposit(tx, { driverId: driverId!, amount: paise(Number(amountPaise)) }),
  CUSTOMER_REFUND: owedToPayer,
};

/** What a payout is to pay that failed or came back: the same once more, as far as it is still owed. */
export const owedAgain = (tx: Tx, kind: Repeatable, row: Payout): Promise<Owed> => again[kind](tx, row);
