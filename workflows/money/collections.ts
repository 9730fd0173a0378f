import { continueAsNew } from '@temporalio/workflow';
import { collectionRecord } from '../domain/money/collections/collection-record.ts';
import type { CollectionFacts } from '../domain/money/collections/collections.ts';
import { rupeeText } from '../domain/money.ts';
import type { Card } from '../shared/card.ts';
import { liveAsRecord, usualPatienceMs, usualUpdatesMax } from '../shared/record.ts';

/** One execution per collection, from its first money until it is paid. */
export async function collectionWorkflow(facts: CollectionFacts): Promise<void> {
  await liveAsRecord(collectionRecord, facts, {
    card,
    deadlineTexts,
    clock: null,
    patienceMs: usualPatienceMs,
    updatesMax: usualUpdatesMax,
    again: (latest) => continueAsNew<typeof collectionWorkflow>(latest),
  });
}

const deadlineTexts = {
  closeDay: 'the day is closed, unless a shift of it is open',
  shiftOpen: 'the staff is told, if a shift of the day is still open',
};

const waitsFor = ({ status, hasOpenShift, netPaise }: CollectionFacts): string => {
  switch (status) {
    case 'OPEN':
      return hasOpenShift ? 'the end of the shift' : 'the end of the day';
    case 'CLOSED':
      return 'a person who reconciles it';
    case 'DISPUTED':
      return 'a person who ends the dispute';
    case 'RECONCILED':
      return `a payout of ${rupeeText(netPaise!)}`;
    case 'PAYOUT_PENDING':
      return 'its payout';
    case 'PAID':
      return 'nothing';
  }
};

const verbs: Record<CollectionFacts['status'], readonly string[]> = {
  OPEN: ['cash', 'adjust', 'reconcile'],
  CLOSED: ['cash', 'adjust', 'reconcile', 'dispute'],
  DISPUTED: ['reopen', 'adjust'],
  RECONCILED: ['payout', 'reconcile', 'reopen', 'dispute'],
  PAYOUT_PENDING: [],
  PAID: [],
};

const may = ({ collectionId, status, netPaise }: CollectionFacts): string => {
  const isWorthNothing = status === 'PAID' && netPaise === 0;
  const calls = (isWorthNothing ? ['reopen'] : verbs[status]).map(
    (verb) => `\`POST /payments/admin/collection/${collectionId}/${verb}\``,
  );
  return calls.length > 0 ? calls.join(', ') : 'read the row';
};

const card = (collection: CollectionFacts): Card => ({
  title: `Collection ${collection.shortId} of ${collection.date}`,
  state: `${collection.status}, driver \`${collection.driverId}\`; \`GET /payments/admin/collection/${collection.collectionId}\` has the amounts`,
  waitsFor: waitsFor(collection),
  may: may(collection),
});
