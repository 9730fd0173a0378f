import type { Tx } from '../../../prisma/client.ts';
import type { Payout, Prisma } from '../../../prisma/generated/client.ts';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import { ownItems } from '../../../prisma/payouts.ts';
import type { Allocation } from '../../../workflows/domain/money/journals/payouts.ts';
import { paise, rupeeText, sum } from '../../../workflows/domain/money.ts';

/** Changes a payout, which is then at its next version. */
export const change = (tx: Tx, { id }: Payout, data: Prisma.PayoutUncheckedUpdateInput): Promise<Payout> =>
  tx.payout.update({ where: { id }, data: { ...data, version: { increment: 1 } } });

/** Changes what the driver sees of a payout. */
export const show = (tx: Tx, { id }: Payout, data: Prisma.TransactionUpdateManyMutationInput) =>
  tx.transaction.updateMany({ where: { id }, data: { ...data, version: { increment: 1 } } });

/** Tells finance something about a payout, once for each attempt. */
export const tellFinance = async (tx: Tx, row: Payout, event: string, what: string): Promise<void> => {
  const { id, shortId, attempt, fleetId, amountPaise } = row;
  const amount = rupeeText(paise(Number(amountPaise)));
  await putIntoInbox(tx, {
    to: await financeOf(tx, fleetId),
    event,
    title: `Payout ${shortId} of ${amount}: ${what}`,
    payload: { payoutId: id, amount, reason: what },
    cause: `${id}:${attempt}:${event}`,
  });
};

/** What was settled is paid as soon as nothing of it is open. Rule 8. */
export const markPaid = async (tx: Tx, row: Payout, covered: readonly Allocation[]): Promise<void> => {
  const { id: payoutId, kind, sourceId } = row;
  const isPaid = (await ownItems(tx, row)).every(({ openPaise }) => openPaise === 0n);
  const paidAt = isPaid ? new Date() : null;
  if (kind === 'COLLECTION')
    await tx.dailyCollection.update({
      where: { id: sourceId },
      data: {
        ...{ paidPaise: { increment: sum(...covered.map(({ amount }) => amount)) }, paidAt },
        ...{ status: isPaid ? 'PAID' : 'PAYOUT_PENDING', unheardSince: new Date(), version: { increment: 1 } },
      },
    });
  if (isPaid)
    await tx.incentive.updateMany({
      where: kind === 'COLLECTION' ? { collectionId: sourceId } : { id: sourceId },
      data: { status: 'PAID', paidAt, payoutId },
    });
};
