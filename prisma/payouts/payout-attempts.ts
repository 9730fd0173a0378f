import type { Journal } from '../../workflows/domain/money/journals/journal.ts';
import type { Allocation } from '../../workflows/domain/money/journals/payouts.ts';
import { paise, rupeeText, sum } from '../../workflows/domain/money.ts';
import { kindOf, requestNumber } from '../../workflows/domain/money/payouts/payouts.ts';
import { audit } from '../audit.ts';
import type { Author } from '../audit.ts';
import type { Tx } from '../client.ts';
import type { Payout } from '../generated/client.ts';
import { postAll } from '../post.ts';
import { attemptColumns } from './attempt-columns.ts';
import type { Asked, Owed, Source } from './attempt-columns.ts';
import { booksOf } from './payout-books.ts';
import { allocate, reserve, restate } from './payouts.ts';

// How attempts of payouts begin, whoever begins them, in the caller's transaction.

const subjectOf = ({ kind, sourceId }: Payout) => {
  if (kind === 'COLLECTION') return { collectionId: sourceId };
  return kind === 'INCENTIVE' ? { incentiveId: sourceId } : {};
};

/** An attempt that has begun: which items it pays first, and the short id of what its driver sees of it, if that was drawn before. */
interface Begun {
  row: Payout;
  sources: readonly string[];
  transactionShortId?: string;
}

/** Reserves the items that payouts pay, `sources` first. What no item covers will be an advance. Rule 8. */
const reserveItems = async (tx: Tx, begun: readonly Begun[]): Promise<void> => {
  const wanted = begun.map(({ row: { id, driverId, amountPaise }, sources }) => ({
    ...{ payoutId: id, driverId: driverId!, amount: paise(Number(amountPaise)), sources },
  }));
  const reserved = await reserve(tx, wanted);
  const allocated = begun.map(({ row }, n) => {
    const [items, { payoutId, amount }] = [reserved[n]!, wanted[n]!];
    const advance = paise(amount - sum(...items.map((item) => item.amount)));
    const rest: Allocation[] = advance > 0 ? [{ kind: 'ADVANCE', source: payoutId, amount: advance }] : [];
    return { row, allocations: [...items, ...rest] };
  });
  await allocate(tx, allocated);
};

/** What drivers, and readers of orders, see of payouts. */
const showBegun = async (tx: Tx, begun: readonly Begun[]): Promise<void> => {
  for (const { row } of begun.filter(({ row: { attempt } }) => attempt > 1))
    await tx.transaction.update({
      where: { id: row.id },
      data: { amountPaise: row.amountPaise, status: 'PENDING', statusReason: null, version: { increment: 1 } },
    });
  const first = begun.filter(({ row: { attempt } }) => attempt === 1);
  await tx.transaction.createMany({
    data: first.map(({ row, transactionShortId }) => {
      const { id: payoutId, driverId, orderId, shortId, fleetId, amountPaise, description } = row;
      return {
        ...(transactionShortId && { shortId: transactionShortId }),
        ...{ id: payoutId, driverId, fleetId, amountPaise, paymentOrderId: orderId, payoutId, ...subjectOf(row) },
        ...{ type: kindOf(row).shownAs, direction: orderId ? 'DEBIT' : 'CREDIT', paymentMethod: 'BANK_TRANSFER' },
        description: `${shortId}: ${description}`,
      };
    }),
  });
};

/**
 * Sets the money of attempts aside, each of another driver or order: their items are reserved, their journals are posted, and days and
 * incentives say so. Whoever begins many draws short ids before, and holds no serial meanwhile. Rule 1.
 */
export const setAside = async (tx: Tx, begun: readonly Begun[]): Promise<void> => {
  const ofItems = begun.filter(({ row }) => kindOf(row).from === 'PAYABLE');
  if (ofItems.length > 0) await reserveItems(tx, ofItems);
  const journals: Journal[] = [];
  for (const { row } of begun) journals.push(await booksOf(row).initiate(tx, row));
  await postAll(tx, journals);
  await restate(
    tx,
    begun.map(({ row }) => row),
  );
  await showBegun(tx, begun);
};

interface Beginning extends Source {
  id: string;
  /** Null: it goes to the payer of a credit to an order. */
  driverId: string | null;
  orderId?: string;
  creditId?: string;
  /** Why somebody asks for it, where its source does not say so. */
  reason?: string;
  releasableAt?: Date | null;
}

/** How a payout stands in the audit. */
export const auditOf = (row: Payout) => ({
  ...{ subject: 'payout', subjectId: row.id },
  after: {
    ...{ status: row.status, heldFor: row.heldFor, amount: rupeeText(paise(Number(row.amountPaise))) },
    ...(row.reason && { reason: row.reason }),
  },
});

/** Makes a payout with its first attempt. Throws as `attemptColumns` does; the same locks must be held. */
export const createPayout = async (
  tx: Tx,
  { reason, releasableAt, ...of }: Beginning,
  owed: Owed,
  asked: Asked & { by: Author & { userId: string } },
): Promise<Payout> => {
  const columns = await attemptColumns(tx, { source: of, owed }, asked);
  const more = { reason: reason ?? null, releasableAt: releasableAt ?? null, number: requestNumber(of.id, 1) };
  const row = await tx.payout.create({ data: { ...of, ...columns, ...more, requestedBy: asked.by.userId } });
  await setAside(tx, [{ row, sources: owed.sources }]);
  await audit(tx, asked.by, { action: 'payout.requested', ...auditOf(row) });
  return row;
};
