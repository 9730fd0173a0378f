import type { Tx } from '../../../prisma/client.ts';
import type { Payout } from '../../../prisma/generated/client.ts';
import { isInFlight } from '../../../workflows/domain/money/payouts/payouts.ts';
import type { TransferAnswer } from '../../../workflows/domain/money/payouts/payouts.ts';
import { tellFinance } from './payout-rows.ts';

type Told = Extract<TransferAnswer, { kind: 'told' }>;

/**
 * What two people say became of the current attempt, in the words of the gateway, once; null: nobody has decided. What the gateway said
 * before counts, and the decision lapses. The driver is locked. Source: payouts.md, rule 16b.
 */
export const takeDecision = async (tx: Tx, row: Payout): Promise<Told | null> => {
  const decision = await tx.payoutDecision.findFirst({ where: { payoutId: row.id, status: 'APPROVED' } });
  if (!decision) return null;
  const { id, attempt, outcome, utr } = decision;
  const isOpen = isInFlight(row) && attempt === row.attempt;
  await tx.payoutDecision.update({ where: { id }, data: { status: isOpen ? 'APPLIED' : 'LAPSED' } });
  if (!isOpen) {
    await tellFinance(tx, row, 'payout:decision_lapsed', 'the gateway has spoken before the decision counted');
    return null;
  }
  return {
    ...{ kind: 'told', word: outcome === 'PAID' ? 'success' : 'failure', amountPaise: Number(row.amountPaise) },
    ...{ utr: utr ?? '', gatewayTransferId: '', feePaise: 0, taxPaise: 0, isQueued: false },
    reason: outcome === 'PAID' ? '' : 'two people found that it was not paid',
  };
};

/** Whether people said that the current attempt was paid, which the gateway has not. */
export const isDecidedPaid = async (tx: Tx, { id: payoutId, attempt }: Payout): Promise<boolean> =>
  (await tx.payoutDecision.count({ where: { payoutId, attempt, status: 'APPLIED', outcome: 'PAID' } })) > 0;
