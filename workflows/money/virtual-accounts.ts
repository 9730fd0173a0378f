import {
  allHandlersFinished,
  condition,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { AccountCalls } from '../../activities/money/collections/gateway-calls.ts';
import type { VirtualAccountActivities, WantAccount } from '../../activities/money/collections/virtual-accounts.ts';
import { taskOf, virtualAccountClock, virtualAccountLabels } from '../domain/money/collections/virtual-accounts.ts';
import type {
  AccountAnswer,
  VirtualAccountClock,
  VirtualAccountFacts,
} from '../domain/money/collections/virtual-accounts.ts';
import { markdown, momentText } from '../shared/card.ts';
import { gatewayCall, patiently, transactions } from '../shared/profiles.ts';
import { pairs } from '../shared/search-attributes.ts';
import { wireQueue } from '../shared/task-queues.ts';

/** Says what is wanted of an account; answers once the gateway has said how it stands. */
export const wantAccount = defineUpdate<AccountAnswer, [WantAccount]>('want');

const { settleAccount } = proxyActivities<AccountCalls>({ ...gatewayCall, taskQueue: wireQueue });

/**
 * One execution per account while the gateway does not agree with what is wanted of it: to be made, to take money, or to take none.
 * An unknown answer is asked for again under the same number, for as long as it takes. A refusal ends it; a person tries again.
 */
export async function virtualAccountWorkflow(
  first: VirtualAccountFacts,
  clock: VirtualAccountClock = virtualAccountClock,
): Promise<void> {
  const commit = transactions<VirtualAccountActivities>('account.');
  const { id } = first;
  let account = first;
  let answer: AccountAnswer | null = null;
  let wishes = 0;
  let nextMs: number | null = null;

  const show = () => {
    setCurrentDetails(card(account, answer, nextMs));
    upsertSearchAttributes(pairs(virtualAccountLabels(account)));
  };

  setHandler(wantAccount, async (input) => {
    account = await patiently(commit('want', input, 'write down what is wanted'));
    answer = taskOf(account) ? null : 'DONE';
    wishes += 1;
    await condition(() => answer !== null);
    return answer!;
  });

  show();
  account = await patiently(commit('begin', id, 'begin'));
  const isAsking = () => taskOf(account) !== null && answer !== 'REFUSED';
  const askUntilDone = async () => {
    for (let tries = 0; isAsking(); tries += 1) {
      const heard = wishes;
      const said = await settleAccount(id).catch((): AccountAnswer => 'UNKNOWN');
      // Whoever wants something since then waits for an answer to that.
      if (wishes === heard) answer = said;
      account = await patiently(commit('read', id, `the gateway says ${said}`));
      const waitMs = clock.waitsMs[Math.min(tries, clock.waitsMs.length - 1)]!;
      nextMs = isAsking() ? Date.now() + waitMs : null;
      show();
      // Whoever waits has been answered; somebody may want something else meanwhile.
      if (nextMs !== null) await condition(() => wishes > heard, waitMs, { summary: 'asks the gateway again' });
    }
    answer ??= 'DONE';
  };
  do {
    await askUntilDone();
    // A wish that was being written down meanwhile is asked for too.
    await condition(() => allHandlersFinished() || (isAsking() && answer === null));
  } while (isAsking() && answer === null);
}

const tasks = { create: 'the gateway to make it', switch: 'the gateway to switch it' };

const card = (account: VirtualAccountFacts, answer: AccountAnswer | null, nextMs: number | null): string => {
  const { shortId, vehicleId, orderId, status, isWanted, createdAt } = account;
  const task = taskOf(account);
  return markdown(
    {
      title: `Account ${shortId} since ${momentText(createdAt)}`,
      state: `${status}, ${vehicleId ? `QR of vehicle \`${vehicleId}\`` : `of order \`${orderId}\``}`,
      waitsFor: task ? `${tasks[task]}${answer ? ` (it says ${answer})` : ''}` : 'nothing',
      may: vehicleId
        ? `\`POST /payments/admin/vehicle/${vehicleId}/qr${status === 'CREATING' || status === 'FAILED' ? '' : isWanted ? '/deactivate' : '/activate'}\``
        : `\`GET /payments/orders/${orderId}\``,
    },
    nextMs === null ? undefined : { name: 'again', dueMs: nextMs },
    new Map(),
    { again: 'the gateway is asked again, under the same number' },
  );
};
