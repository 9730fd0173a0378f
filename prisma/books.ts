import type { Tx } from './client.ts';
import type { AccountCode } from '../workflows/domain/money/accounts.ts';
import type { DueMove, ItemMove, PostedJournal } from '../workflows/domain/money/journals/journal.ts';
import { paise } from '../workflows/domain/money.ts';
import type { Paise } from '../workflows/domain/money.ts';

// What a journal needs to know of the books. Its driver must be locked (`lockDrivers`) until it is posted.

/** What the deposit of a driver holds, locked until the transaction ends. */
export const depositHeld = async (tx: Tx, driverId: string): Promise<Paise> => {
  const [row] = await tx.$queryRaw<{ held: bigint }[]>`
    SELECT b."credit_paise" - b."debit_paise" AS "held" FROM "ledger_balance" b JOIN "ledger_account" a ON a."id" = b."account_id"
    WHERE a."code" = 2010 AND a."owner_type" = 'DRIVER' AND a."owner_id" = ${driverId} FOR UPDATE OF b`;
  return paise(Number(row?.held ?? 0));
};

/** The journal of an event, as it was posted; null when it was not. */
export const postedJournal = async (
  tx: Tx,
  eventType: string,
  eventKey: string,
): Promise<(PostedJournal & { id: string }) | null> => {
  const row = await tx.ledgerJournal.findUnique({
    where: { eventType_eventKey: { eventType, eventKey } },
    include: { entries: { include: { account: true }, orderBy: { id: 'asc' } } },
  });
  if (!row) return null;
  const { dues = [], items = [] } = row.metadata as unknown as { dues?: DueMove[]; items?: ItemMove[] };
  const entries = row.entries.map(({ side, amountPaise, account }) => ({
    ...{ code: account.code as AccountCode, ownerId: account.ownerId },
    ...{ side: side as 'D' | 'C', amount: paise(Number(amountPaise)) },
  }));
  return { id: String(row.id), eventKey, driverId: row.driverId, fleetId: row.fleetId, entries, dues, items };
};

/** What became of the dues that these moves name. */
export const whatBecameOf = async (tx: Tx, moves: readonly DueMove[]): Promise<{ open: Paise; writtenOff: Paise }> => {
  const due = { OR: moves.map(({ kind, source }) => ({ kind, source })) };
  if (moves.length === 0) return { open: paise(0), writtenOff: paise(0) };
  const left = await tx.driverDue.aggregate({ where: due, _sum: { outstandingPaise: true } });
  const lost = await tx.dueWriteOff.aggregate({ where: { due, status: 'APPROVED' }, _sum: { amountPaise: true } });
  return {
    open: paise(Number(left._sum.outstandingPaise ?? 0)),
    writtenOff: paise(Number(lost._sum.amountPaise ?? 0)),
  };
};
