import { paise } from '../../workflows/domain/money.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import { inFlightStatuses } from '../../workflows/domain/money/payouts/payouts.ts';
import type { Tx } from '../client.ts';
import type { VirtualCredit } from '../generated/client.ts';

/**
 * The payments for an order, newest first, and what of each was not sent back: no payout of it is on its way or has arrived. The order
 * must be locked (`lockOwner`).
 */
export const leftOfCredits = async (tx: Tx, orderId: string): Promise<{ credit: VirtualCredit; left: Paise }[]> => {
  const rows = await tx.virtualCredit.findMany({
    where: { orderId, state: 'ORDERED' },
    include: {
      payouts: { where: { status: { in: [...inFlightStatuses, 'SUCCESS'] } }, select: { amountPaise: true } },
    },
    orderBy: [{ occurredAt: 'desc' }, { id: 'desc' }],
  });
  return rows.map(({ payouts, ...credit }) => {
    const sent = payouts.reduce((total, { amountPaise }) => total + amountPaise, 0n);
    return { credit, left: paise(Math.max(0, Number(credit.amountPaise - sent))) };
  });
};
