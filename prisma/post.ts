import type { Tx } from './client.ts';
import type { AccountCode } from '../workflows/domain/money/accounts.ts';
import { chart, ownerTypeOf } from '../workflows/domain/money/accounts.ts';
import type { Entry, Journal } from '../workflows/domain/money/journals/journal.ts';
import { paise, rupeeText } from '../workflows/domain/money.ts';
import { refusal, refusalIn } from '../workflows/domain/refusals.ts';

/** What became of a posting: its journal, and whether this call made it or the event was posted before. */
export interface Posting {
  journalId: string;
  posted: boolean;
}

interface Crossed {
  code: AccountCode;
  ownerType: string;
  ownerId: string;
  balancePaise: number;
  changePaise: number;
}

const lineOf = ({ code, ownerId, side, amount }: Entry) => {
  const { kind, normal, guarded } = chart[code];
  return { code, ownerType: ownerTypeOf(code, ownerId), ownerId, kind, normal, guarded, side, amount };
};

const guardRefusal = ({ code, ownerType, ownerId, balancePaise, changePaise }: Crossed) =>
  refusal('LEDGER_GUARD', {
    ...{ code, account: chart[code].name, ownerType, ownerId },
    balance: rupeeText(paise(balancePaise)),
    change: rupeeText(paise(changePaise)),
  });

/**
 * The only writer of the ledger: posts journals with their dues and payable items in the caller's transaction and in one round trip.
 * An event that was posted before is left as it is. Throws LEDGER_GUARD when a guarded account would fall below zero; of the journals
 * before it the caller's transaction must then forget what they wrote. Balances of guarded accounts are locked in the order of their
 * ids, journal by journal, until the transaction ends.
 */
export const postAll = async (tx: Tx, journals: readonly Journal[]): Promise<Posting[]> => {
  const text = JSON.stringify(journals.map((journal) => ({ ...journal, entries: journal.entries.map(lineOf) })));
  const rows = await tx.$queryRaw<{ id: bigint | null; posted: boolean; crossed: Crossed | null }[]>`
    SELECT p."journal_id" AS "id", p."posted", p."crossed"
    FROM jsonb_array_elements(${text}::jsonb) WITH ORDINALITY AS j(journal, n), LATERAL ledger_post(j.journal) p ORDER BY n`;
  return rows.map(({ id, posted, crossed }) => {
    if (crossed) throw guardRefusal(crossed);
    return { journalId: String(id), posted };
  });
};

/** Posts one journal. */
export const post = async (tx: Tx, journal: Journal): Promise<Posting> => (await postAll(tx, [journal]))[0]!;

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
