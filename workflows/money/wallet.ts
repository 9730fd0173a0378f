import { allHandlersFinished, condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import type { WalletActivities } from '../../activities/money/payouts/wallet.ts';
import type { WalletRead } from '../domain/money/payouts/wallet.ts';
import { wireQueue } from '../shared/task-queues.ts';

/** What is in our wallet at the gateway; null when that cannot be known soon. */
export const walletBalance = defineUpdate<WalletRead | null>('walletBalance');

/** Ends before whoever asks gives up, so that who asks next begins anew. */
const { readWallet } = proxyActivities<WalletActivities>({
  ...{ taskQueue: wireQueue, scheduleToCloseTimeout: '7s', retry: { maximumAttempts: 1 } },
});

/** Asks the gateway once; whoever asks meanwhile gets the same answer. */
export async function walletWorkflow(): Promise<void> {
  let answer: { read: WalletRead | null } | null = null;
  setHandler(walletBalance, async () => {
    await condition(() => answer !== null);
    return answer!.read;
  });
  answer = { read: await readWallet().catch(() => null) };
  await condition(allHandlersFinished);
}
