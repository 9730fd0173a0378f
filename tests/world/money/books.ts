import { findFaults } from '../../../activities/money/checks.ts';
import type { Finding } from '../../../activities/money/checks.ts';
import { post } from '../../../prisma/post.ts';
import type { Posting } from '../../../prisma/post.ts';
import type { Journal } from '../../../workflows/domain/money/journals/journal.ts';
import { db } from '../database.ts';

/** What is wrong in the books of these drivers, orders, collections or rentals; without any, in all books. For the end of every money test. */
export const faultsInBooks = (...owners: string[]): Promise<Finding[]> =>
  findFaults(db, owners.length > 0 ? { owners, since: null } : null);

/** Posts journals in one transaction; what became of the last one. */
export const posted = (...journals: Journal[]): Promise<Posting> =>
  db.$transaction(async (tx) => {
    let posting: Posting = { journalId: '', posted: false };
    for (const journal of journals) posting = await post(tx, journal);
    return posting;
  });

/** Balances in paise by `code` or `code[owner]`, each on the side on which its account grows. Accounts at zero are left out. */
export const balancesOf = async (...owners: string[]): Promise<Record<string, number>> => {
  const rows = await db.$queryRaw<{ code: number; owner_id: string; balance: number }[]>`
    SELECT code, owner_id, balance::float8 FROM ledger_account_sum WHERE owner_id = ANY(${owners}) AND balance <> 0 ORDER BY code`;
  return Object.fromEntries(rows.map(({ code, owner_id: owner, balance }) => [`${code}[${owner}]`, balance]));
};
