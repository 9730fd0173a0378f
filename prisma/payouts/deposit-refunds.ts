import type { Paise } from '../../workflows/domain/money.ts';
import { rupeeText } from '../../workflows/domain/money.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { Author } from '../audit.ts';
import { depositHeld } from '../books.ts';
import type { Tx } from '../client.ts';
import { openDues } from '../dues.ts';
import type { Payout } from '../generated/client.ts';
import type { Asked, Owed } from './attempt-columns.ts';
import { createPayout } from './payout-attempts.ts';

interface Wanted {
  id: string;
  driverId: string;
  /** The blacklisting that settles the deposit; null: somebody asked for it. */
  sourceId: string | null;
  /** Null: all that the deposit holds. */
  amount: Paise | null;
  reason: string;
  /** Before it, nobody releases it. */
  releasableAt: Date | null;
}

/**
 * What a refund takes from the deposit of a driver. Throws DEPOSIT_DUES_OUTSTANDING, and DEPOSIT_EXCEEDED when it does not hold so much.
 * The driver must be locked (`lockDrivers`).
 */
export const owedFromDeposit = async (
  tx: Tx,
  { driverId, amount }: Pick<Wanted, 'driverId' | 'amount'>,
): Promise<Owed> => {
  const dues = await openDues(tx, driverId);
  if (dues > 0) throw refusal('DEPOSIT_DUES_OUTSTANDING', { dues: rupeeText(dues) });
  const held = await depositHeld(tx, driverId);
  if (held === 0 || (amount ?? 0) > held) throw refusal('DEPOSIT_EXCEEDED', { available: rupeeText(held) });
  const { fleetId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { fleetId: true } });
  return { fleetId, amount: amount ?? held, sources: [], description: 'Security deposit' };
};

/**
 * Begins the payout of a deposit, or of a part of it; it waits for a second person. Throws as `owedFromDeposit` and `attemptColumns`
 * do. The driver must be locked, and whoever asks. Source: payments.md, POST deposits/:driverId/refund.
 */
export const beginDepositRefund = async (
  tx: Tx,
  { amount, ...wanted }: Wanted,
  asked: Asked & { by: Author & { userId: string } },
): Promise<Payout> => {
  const owed = await owedFromDeposit(tx, { driverId: wanted.driverId, amount });
  return createPayout(tx, { ...wanted, kind: 'DEPOSIT_REFUND' }, owed, asked);
};
