import { randomUUID } from 'node:crypto';
import { depositHeld } from '../../prisma/books.ts';
import type { Tx } from '../../prisma/client.ts';
import { clearDues } from '../../prisma/dues.ts';
import { beginDepositRefund } from '../../prisma/payouts/deposit-refunds.ts';
import type { Asked } from '../../prisma/payouts/attempt-columns.ts';
import { takeBack } from '../../prisma/payouts/payout-ends.ts';
import type { Author } from '../../prisma/audit.ts';
import type { PenaltyFacts } from '../../workflows/domain/money/penalties.ts';
import { refusalIn } from '../../workflows/domain/refusals.ts';
import { dayMs, ms } from '../../workflows/domain/time.ts';
import type { Instant } from '../../workflows/domain/time.ts';

// What becomes of the deposit of a driver who is blacklisted. The driver must be locked (`lockDrivers`).

export interface PayoutDeps extends Omit<Asked, 'by'> {
  coolingDays: number;
}

/** What a settlement waits for, as the payout says it: until then the deposit stays as it is. */
const waitsFor = [
  ...['BANK_DETAILS_MISSING', 'BANK_DETAILS_INVALID', 'DRIVER_PAYOUT_BLOCKED', 'PAYOUT_BELOW_MINIMUM'],
  ...['PAYOUT_ABOVE_LIMIT', 'BOOKS_NOT_IN_ORDER'],
];

type Settlement = Pick<PenaltyFacts, 'depositSettledAt' | 'settlementWaitsFor'>;

/**
 * Clears dues from the deposit, oldest first, and begins the payout of the rest in the name of who blacklisted the driver, so that
 * somebody else releases it. Says so, or what the payout waits for. Source: payments.md rule 9.
 */
export const settleDeposit = async (
  tx: Tx,
  { penaltyId, driverId, fleetId, createdAt, version }: PenaltyFacts,
  at: Instant,
  { coolingDays, ...asked }: PayoutDeps,
): Promise<Settlement> => {
  const settled = { depositSettledAt: at, settlementWaitsFor: null };
  await clearDues(tx, { driverId, fleetId, settlementId: `${penaltyId}:${version}`, occurredAt: at });
  if ((await depositHeld(tx, driverId)) === 0) return settled;
  const { createdBy, reason } = await tx.penalty.findUniqueOrThrow({ where: { id: penaltyId } });
  const by = { userId: createdBy, role: null, requestId: null };
  const releasableAt = new Date(ms(createdAt) + coolingDays * dayMs);
  const wanted = { id: randomUUID(), driverId, sourceId: penaltyId, amount: null, reason, releasableAt };
  try {
    await beginDepositRefund(tx, wanted, { ...asked, by });
    return settled;
  } catch (error) {
    const key = refusalIn(error)?.key;
    if (!key || !waitsFor.includes(key)) throw error;
    return { depositSettledAt: null, settlementWaitsFor: key };
  }
};

/** The blacklisting is waived: what was not released of the deposit goes back into it. Rule 11. */
export const restoreDeposit = async (tx: Tx, { driverId, createdAt }: PenaltyFacts, by: Author): Promise<void> => {
  const held = await tx.payout.findMany({
    where: { driverId, kind: 'DEPOSIT_REFUND', status: 'HELD', createdAt: { gte: createdAt } },
  });
  for (const row of held) await takeBack(tx, row, by);
};
