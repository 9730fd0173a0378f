import {
  allHandlersFinished,
  condition,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { ApproveManualJournal, CloseMonth, LedgerActivities } from '../../activities/money/ledger.ts';
import type { Month } from '../domain/money/ledger.ts';
import { patiently, sweep, transactions } from '../shared/profiles.ts';

export const approveManualJournal = defineUpdate<{ journalId: string }, [ApproveManualJournal]>('approveManualJournal');
export const closeMonth = defineUpdate<{ month: Month; closedAt: string }, [CloseMonth]>('closeMonth');

/** Every book, or every day of a month, in one transaction. */
const {
  runChecks,
  totalDays,
  closeMonthsDue,
  closeMonth: closeBooks,
} = proxyActivities<LedgerActivities>({
  ...sweep,
  startToCloseTimeout: '15m',
});

const foundText = (found: Record<string, number>): string => {
  const counts = Object.entries(found).map(([check, rows]) => `${check}: ${rows}`);
  return counts.length === 0
    ? 'The books are in order.'
    : `**Not in order**: ${counts.join(', ')}. \`GET /payments/admin/ledger/checks\` names the rows. No payout may go to their owners, after Q1 to Q3 to nobody, until a full run finds nothing: the schedule \`ledger-check-full\` runs one every night, or when it is triggered.`;
};

/** The checks Q1 to Q13 over what changed, or, once a night, over everything. Its result are the numbers of rows found. */
export async function ledgerCheckWorkflow(scope: 'FULL' | 'INCREMENTAL') {
  if (scope === 'FULL') await totalDays();
  const run = await runChecks(scope);
  setCurrentDetails(`### Run ${run.runId}, ${scope}\n\n${foundText(run.found)}`);
  return run;
}

/** One execution per journal written by hand, until a second person approves it. */
export async function manualJournalWorkflow(manualJournalId: string): Promise<void> {
  const commit = transactions<Pick<LedgerActivities, 'approveManualJournal'>>();
  setCurrentDetails(
    `### Manual journal \`${manualJournalId}\`\n\nWaits for another SUPER_ADMIN: \`POST /payments/admin/ledger/journals/${manualJournalId}/approve\`.`,
  );
  let isPosted = false;
  setHandler(approveManualJournal, async (input) => {
    const approved = await patiently(commit('approveManualJournal', input, 'post the journal'));
    isPosted = true;
    return approved;
  });
  await condition(() => isPosted && allHandlersFinished());
}

/** One execution per wish of a person to close a month before the schedule does; over when it is granted or refused. */
export async function monthCloseWorkflow(month: Month): Promise<void> {
  setCurrentDetails(`### Month ${month}\n\nTotals its days and freezes its trial balances; postings wait meanwhile.`);
  let isAnswered = false;
  setHandler(closeMonth, (input) => {
    isAnswered = true;
    return closeBooks(input);
  });
  await condition(() => isAnswered && allHandlersFinished());
}

/** On the 7th of a month: closes the months whose day has come. Its result are their names. */
export async function monthsDueWorkflow(): Promise<Month[]> {
  return closeMonthsDue();
}
