import type { Tx } from '../../../prisma/client.ts';
import type { Payout, Prisma } from '../../../prisma/generated/client.ts';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';

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
