import { audit } from '../audit.ts';
import type { Author } from '../audit.ts';
import type { Tx } from '../client.ts';
import type { Payout } from '../generated/client.ts';
import { followPayout } from './bulk-payouts.ts';
import { booksOf } from './payout-books.ts';
import { post } from '../post.ts';
import { restate, undoAllocations } from './payouts.ts';

/** Cancels a payout that was not sent: its money goes back to where it was taken from. It must be locked (`lockOwner`), and read since. */
export const takeBack = async (tx: Tx, row: Payout, by: Author): Promise<Payout> => {
  const { id } = row;
  await post(tx, await booksOf(row).fail(tx, row, by.userId ?? undefined));
  await undoAllocations(tx, row);
  await tx.transaction.update({
    where: { id },
    data: { status: 'FAILED', statusReason: 'USER_CANCELLED', version: { increment: 1 } },
  });
  await audit(tx, by, {
    ...{ action: 'payout.cancelled', subject: 'payout', subjectId: id },
    ...{ before: { status: row.status }, after: { status: 'CANCELLED' } },
  });
  const cancelled = await tx.payout.update({
    where: { id },
    data: { status: 'CANCELLED', unheardSince: new Date(), version: { increment: 1 } },
  });
  await restate(tx, [row]);
  await followPayout(tx, cancelled);
  return cancelled;
};
