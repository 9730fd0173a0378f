import { cancelBatch, lockWaitingRows } from '../../../prisma/payouts/bulk-payouts.ts';
import type { Db } from '../../../prisma/client.ts';
import { batchFacts } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import type { BatchFacts } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';

/** What happens to a file of payouts by itself. */
export const bulkPayoutActivities = ({ db }: { db: Db }) => {
  const hear = async (id: string): Promise<BatchFacts> =>
    batchFacts(await db.bulkPayout.update({ where: { id }, data: { unheardSince: null } }));

  return {
    /** Marks the batch as begun. Safe to retry: it keeps the first mark. */
    async begin(id: string): Promise<BatchFacts> {
      await db.bulkPayout.updateMany({ where: { id, begunAt: null }, data: { begunAt: new Date() } });
      return hear(id);
    },

    /** Reads what people did with the batch, and how far its rows are. Safe to retry. */
    hear,

    /** Cancels a batch that nobody approved in time. Safe to retry: one that was approved goes on. */
    lapse: (id: string): Promise<BatchFacts> =>
      db.$transaction(async (tx) => {
        await lockWaitingRows(tx, id);
        return batchFacts(await cancelBatch(tx, id, ['AWAITING_APPROVAL']));
      }),
  };
};

export type BulkPayoutActivities = ReturnType<typeof bulkPayoutActivities>;
