import { defineUpdate, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ApproveManualJournal, CloseMonth, LedgerActivities } from '../../activities/money/ledger.ts';
import type { Month } from '../domain/money/ledger.ts';
import { patiently, sweep, transactions } from '../shared/profiles.ts';
import { untilDone } from '../shared/until-done.ts';

export const approveManualJournal = defineUpdate<{ journalId: string }, [ApproveManualJournal]>('approveManualJournal');
export const closeMonth = defineUpdate<{ month: Month; closedAt: string }, [CloseMonth]>('closeMonth');

const commit = transactions<Pick<LedgerActivities, 'approveManualJournal'>>();
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
    : `**Not in order**: ${counts.join(', ')}. \`GET /payments/admin/ledger/checks\` names the rows; payouts of their owners wait, after Q1 to Q3 all payouts.`;
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
  setCurrentDetails(
    `### Manual journal \`${manualJournalId}\`\n\nWaits for another SUPER_ADMIN: \`POST /payments/admin/ledger/journals/${manualJournalId}/approve\`.`,
  );
  await untilDone(approveManualJournal, (input) =>
    patiently(commit('approveManualJournal', input, 'post the journal')),
  );
}

/** One execution per month that a person closes before the schedule does. */
export async function monthCloseWorkflow(month: Month): Promise<void> {
  setCurrentDetails(
    `### Month ${month}\n\nCloses when \`POST /payments/admin/ledger/months/${month}/close\` is accepted.`,
  );
  await untilDone(closeMonth, closeBooks);
}

/** On the 7th of a month: closes the months whose day has come. Its result are their names. */
export async function monthsDueWorkflow(): Promise<Month[]> {
  return closeMonthsDue();
}
