import { randomUUID } from 'node:crypto';
import type { Tx } from '../../../prisma/client.ts';
import type { BulkPayout, BulkPayoutRow, Prisma } from '../../../prisma/generated/client.ts';
import type { RowChange } from '../../../prisma/payouts/bulk-payouts.ts';
import { postAll } from '../../../prisma/post.ts';
import type { Journal } from '../../../workflows/domain/money/journals/journal.ts';
import { bulkIncentive, bulkPenalty } from '../../../workflows/domain/money/journals/payouts.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { instant } from '../../../workflows/domain/time.ts';

const maker = 'SYSTEM_BULK_UPLOAD';

/** Books the penalties and incentives of rows, which count as paid. Returns their ids by row. Rules 10 and 11. */
export const bookBeside = async (tx: Tx, rows: readonly BulkPayoutRow[], { shortId, createdBy }: BulkPayout) => {
  const now = new Date();
  const journals: Journal[] = [];
  const penalties: Prisma.PenaltyCreateManyInput[] = [];
  const incentives: Prisma.IncentiveCreateManyInput[] = [];
  const ids = new Map<string, Pick<RowChange, 'penaltyId' | 'incentiveId'>>();
  for (const { id, batchId, rowNumber, driverId, fleetId, payoutCycle, penaltyPaise, incentivePaise } of rows) {
    const of = { driverId: driverId!, fleetId: fleetId! };
    const booked = { ...of, batchId, row: rowNumber, occurredAt: instant(now.getTime()), by: createdBy };
    const made = { ...of, reason: `${shortId} row ${rowNumber}: ${payoutCycle}`, createdBy: maker, paidAt: now };
    const penaltyId = penaltyPaise > 0n ? randomUUID() : null;
    const incentiveId = incentivePaise > 0n ? randomUUID() : null;
    if (penaltyId) {
      const amounts = { amountPaise: penaltyPaise, nettedPaise: penaltyPaise };
      const settled = { type: 'MONETARY', status: 'SETTLED', begunAt: now } as const;
      penalties.push({ id: penaltyId, ...made, ...amounts, ...settled });
      journals.push(bulkPenalty({ ...booked, amount: paise(Number(penaltyPaise)) }));
    }
    if (incentiveId) {
      incentives.push({ id: incentiveId, ...made, amountPaise: incentivePaise, status: 'PAID' as const });
      journals.push(bulkIncentive({ ...booked, amount: paise(Number(incentivePaise)) }));
    }
    ids.set(id, { penaltyId, incentiveId });
  }
  if (penalties.length > 0) await tx.penalty.createMany({ data: penalties });
  if (incentives.length > 0) await tx.incentive.createMany({ data: incentives });
  if (journals.length > 0) await postAll(tx, journals);
  return ids;
};
