import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BulkPayoutActivities } from '../../activities/money/payouts/bulk-payouts.ts';
import type { BulkSending } from '../../activities/money/payouts/bulk-sending.ts';
import { batchClock, batchLabels, isOpenBatch } from '../domain/money/payouts/bulk-payouts.ts';
import type { BatchClock, BatchFacts, PauseReason } from '../domain/money/payouts/bulk-payouts.ts';
import { rupeeText } from '../domain/money.ts';
import { ms } from '../domain/time.ts';
import { markdown, momentText } from '../shared/card.ts';
import { patiently, transactions } from '../shared/profiles.ts';
import { attributes, pairs } from '../shared/search-attributes.ts';
import { bulkQueue } from '../shared/task-queues.ts';

/** Somebody released, stopped or cancelled the batch, or its last row is over: the row says which. */
export const bulkPayoutNews = defineSignal('news');

/** Goes on where it was when its worker dies: what was begun is not begun again. */
const { sendRows, hearRows } = proxyActivities<BulkSending>({
  ...{ taskQueue: bulkQueue, startToCloseTimeout: '2h', heartbeatTimeout: '10s' },
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/**
 * One execution per file of payouts, from its upload to its last row. It knows how many rows are how far, and no row: they are
 * claimed and sent by an activity, so that two thousand of them leave a short history.
 */
export async function bulkPayoutWorkflow(first: BatchFacts, clock: BatchClock = batchClock): Promise<void> {
  const commit = transactions<BulkPayoutActivities>('bulkPayout.');
  const { batchId } = first;
  let batch = first;
  let isNews = false;
  let looks = 0;

  const take = (facts: BatchFacts) => {
    batch = facts;
    setCurrentDetails(card(batch, clock));
    upsertSearchAttributes(pairs(batchLabels(batch)));
  };
  setHandler(bulkPayoutNews, () => void (isNews = true));

  /** Until there is news, or it is time. */
  const wait = (waitMs: number, summary: string) => condition(() => isNews, Math.max(1, waitMs), { summary });

  const waitForPerson = async () => {
    upsertSearchAttributes([{ key: attributes.NeedsHuman, value: true }]);
    const lapsesMs = ms(batch.createdAt) + clock.approvalMs;
    if (batch.status === 'PAUSED') await condition(() => isNews);
    else if (!(await wait(lapsesMs - Date.now(), 'approval lapses')))
      take(await patiently(commit('lapse', batchId, 'nobody approved it')));
    upsertSearchAttributes([{ key: attributes.NeedsHuman, value: null }]);
  };

  take(await patiently(commit('begin', batchId, 'begin')));
  while (isOpenBatch(batch)) {
    if (isNews) {
      isNews = false;
      take(await patiently(commit('hear', batchId, 'hear a person, or the last row')));
    } else if (batch.status !== 'PROCESSING') {
      await waitForPerson();
    } else if (batch.waiting > 0) {
      take(await sendRows(batchId));
      looks = 0;
      // Somebody holds what is left: a connection that died, for a while.
      if (batch.status === 'PROCESSING' && batch.waiting > 0)
        await wait(clock.looksMs[0]!, 'before the rows that are left');
    } else {
      await wait(clock.looksMs[Math.min(looks, clock.looksMs.length - 1)]!, 'look at the rows');
      looks += 1;
      take(await hearRows(batchId));
    }
    if (workflowInfo().continueAsNewSuggested && isOpenBatch(batch))
      await continueAsNew<typeof bulkPayoutWorkflow>(batch, clock);
  }
  await condition(allHandlersFinished);
}

const pauseTexts: Record<PauseReason, string> = {
  MANUAL: 'somebody paused it',
  LOW_BALANCE: 'the wallet at the gateway is empty',
  NOT_ALLOWED: 'the gateway does not take our credentials',
  GATEWAY_UNAVAILABLE: 'the gateway does not answer',
  ROW_FAULTS: 'three rows in a row could not be begun, which is our fault',
};

const waitsFor = ({ status, pausedFor, waiting }: BatchFacts): string => {
  switch (status) {
    case 'AWAITING_APPROVAL':
      return 'a second person to approve it';
    case 'PAUSED':
      return `a person to resume it, because ${pausedFor ? pauseTexts[pausedFor] : 'it was paused'}`;
    case 'PROCESSING':
      return waiting > 0 ? 'its rows to be sent' : 'the bank to pay its rows';
    case 'COMPLETED':
    case 'COMPLETED_WITH_ERRORS':
    case 'CANCELLED':
      return 'nothing';
  }
};

const verbs: Partial<Record<BatchFacts['status'], readonly string[]>> = {
  AWAITING_APPROVAL: ['approve', 'cancel'],
  PROCESSING: ['pause', 'cancel'],
  PAUSED: ['resume', 'cancel'],
  COMPLETED_WITH_ERRORS: ['retry-failed'],
};

const card = (batch: BatchFacts, { approvalMs }: BatchClock): string => {
  const { batchId, shortId, status, createdAt, waiting, underWay, succeeded, failed, skipped } = batch;
  const calls = (verbs[status] ?? []).map((verb) => `\`POST /payments/admin/bulk-payout/${batchId}/${verb}\``);
  const rows = `${waiting} to be sent, ${underWay} on their way, ${succeeded} paid, ${failed} failed, ${skipped} skipped`;
  const sums = `${rupeeText(batch.disbursedPaise)} of ${rupeeText(batch.amountPaise)} arrived`;
  const due = { name: 'lapse', dueMs: ms(createdAt) + approvalMs };
  return markdown(
    {
      title: `File of payouts ${shortId} since ${momentText(createdAt)}`,
      state: `${status}: ${rows}; ${sums}`,
      waitsFor: waitsFor(batch),
      may: [...calls, `read it: \`GET /payments/admin/bulk-payout/${batchId}\``].join(', '),
    },
    status === 'AWAITING_APPROVAL' ? due : undefined,
    new Map(),
    { lapse: 'it is cancelled' },
  );
};
