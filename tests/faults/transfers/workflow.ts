import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import { outsideCall } from '../../../workflows/shared/outside-call.ts';
import { partnerCall, patiently, transactions } from '../../../workflows/shared/profiles.ts';
import type { Outcome, TransferActivities } from './activities.ts';

const { transfer, enquire } = proxyActivities<TransferActivities>({ ...partnerCall, startToCloseTimeout: '2s' });

/** Moves money at a partner: the smallest process with an outside call. */
export async function transferWorkflow(transferId: string, waitsMs: number[]): Promise<Outcome> {
  const commit = transactions<Pick<TransferActivities, 'aboutToTransfer' | 'transferAnswered'>>();
  return outsideCall<Outcome>({
    aboutToCall: () => patiently(commit('aboutToTransfer', transferId, 'about to transfer')),
    call: transfer,
    enquire,
    answered: (outcome, by) =>
      patiently(commit('transferAnswered', { transferId, outcome, by }, `the answer: ${outcome}`)),
    waitsMs,
    show: (state) => setCurrentDetails(`Transfer ${transferId}: ${state}`),
  });
}
