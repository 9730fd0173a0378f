import type { Journal } from '../workflows/domain/money/journals/journal.ts';
import { refusal, refusalIn } from '../workflows/domain/refusals.ts';
import type { Tx } from './client.ts';
import { post } from './post.ts';

/** Posts a journal that may take cash from a hub. Throws HUB_CASH_SHORT when the hub does not hold it, and LEDGER_GUARD as `post` does. */
export const postAtHub = async (tx: Tx, journal: Journal): Promise<void> => {
  try {
    await post(tx, journal);
  } catch (error) {
    const refused = refusalIn(error);
    const { code, balance } = (refused?.details ?? {}) as { code?: number; balance?: string };
    if (refused?.key !== 'LEDGER_GUARD' || code !== 1060) throw error;
    throw refusal('HUB_CASH_SHORT', { onHand: balance! });
  }
};
