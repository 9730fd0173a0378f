import type { Tx } from '../../../prisma/client.ts';
import type { Payout, Prisma } from '../../../prisma/generated/client.ts';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import type { Allocation } from '../../../workflows/domain/money/journals/payouts.ts';
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

const sourcesOf = (allocations: readonly Allocation[], kind: Allocation['kind']) =>
  allocations.filter((of) => of.kind === kind).map(({ source }) => source);

/** Collections and incentives that were settled are paid as soon as nothing of their items is open. Rule 8. */
export const markPaid = async (tx: Tx, { id }: Payout, allocations: readonly Allocation[]): Promise<void> => {
  const parts = JSON.stringify(allocations.map(({ kind, source, amount }) => ({ kind, source, amount })));
  const collections = await tx.$queryRaw<{ id: string }[]>`
    UPDATE "daily_collections" c SET "paidPaise" = c."paidPaise" + part."amount", "unheardSince" = now(), "version" = c."version" + 1,
      "updatedAt" = now(),
      "status" = CASE WHEN item."open_paise" = 0 THEN 'PAID' ELSE 'PAYOUT_PENDING' END::"CollectionStatus",
      "paidAt" = CASE WHEN item."open_paise" = 0 THEN now() END
    FROM jsonb_to_recordset(${parts}::jsonb) AS part("kind" text, "source" text, "amount" bigint)
    JOIN "payable_item" item ON item."kind" = part."kind" AND item."source" = part."source"
    WHERE part."kind" = 'COLLECTION' AND c."id"::text = part."source" RETURNING c."id"`;
  await tx.incentive.updateMany({
    where: {
      OR: [
        { id: { in: sourcesOf(allocations, 'INCENTIVE') } },
        { collectionId: { in: collections.map((collection) => collection.id) }, status: 'ATTACHED' },
      ],
    },
    data: { status: 'PAID', paidAt: new Date(), payoutId: id },
  });
};
