import {
  allHandlersFinished,
  condition,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { AssignCredit, CreditActivities } from '../../activities/money/collections/credits.ts';
import type { AccountCalls } from '../../activities/money/collections/gateway-calls.ts';
import { creditClock, creditLabels, isOpenCredit } from '../domain/money/collections/credits.ts';
import type { CreditClock, CreditFacts } from '../domain/money/collections/credits.ts';
import { rupeeText } from '../domain/money.ts';
import { markdown, momentText } from '../shared/card.ts';
import { gatewayCall, patiently, transactions } from '../shared/profiles.ts';
import { pairs } from '../shared/search-attributes.ts';
import { wireQueue } from '../shared/task-queues.ts';

/** Something was stored of a credit, or decided about it. */
export const creditNews = defineSignal('news');
/** Finance gives money that belongs to nobody to a driver's day. */
export const assignCredit = defineUpdate<CreditFacts, [AssignCredit]>('assign');

const { listedCredit } = proxyActivities<AccountCalls>({ ...gatewayCall, taskQueue: wireQueue });

/**
 * One execution per credit to a virtual account, from the first that was heard of it until its money is somebody's. What must be
 * confirmed is asked of the gateway; what belongs to nobody waits for finance. Money is booked in one place only, the commit `hear`.
 */
export async function creditWorkflow(first: CreditFacts, clock: CreditClock = creditClock): Promise<void> {
  const commit = transactions<CreditActivities>('credit.');
  const { id } = first;
  let credit = first;
  let isNews = false;
  let asked = 0;
  let nextMs: number | null = null;

  const show = () => {
    setCurrentDetails(card(credit, nextMs));
    upsertSearchAttributes(pairs(creditLabels(credit)));
  };
  const take = (facts: CreditFacts) => {
    credit = facts;
    show();
  };

  setHandler(creditNews, () => void (isNews = true));
  setHandler(assignCredit, async (input) => {
    take(await patiently(commit('assign', input, 'give it to a day')));
    return credit;
  });

  take(await patiently(commit('begin', id, 'begin')));
  let beganMs = Date.now();
  const waits = () =>
    isOpenCredit(credit) || (credit.state !== 'FAILED' && credit.reason !== null && !credit.isResolved);
  while (waits()) {
    const isAsking = credit.state === 'CONFIRMING';
    const dueMs = clock.enquiriesMs[asked];
    nextMs = isAsking && dueMs !== undefined ? beganMs + dueMs : null;
    show();
    if (nextMs === null || nextMs > Date.now()) {
      const isWoken = () => isNews || !waits();
      if (nextMs === null) await condition(isWoken);
      else await condition(isWoken, nextMs - Date.now(), { summary: 'asks the gateway' });
    }
    if (isNews) {
      isNews = false;
      take(await patiently(commit('hear', { id, listed: null }, 'hear the gateway')));
    } else if (nextMs !== null && nextMs <= Date.now() && credit.state === 'CONFIRMING') {
      const answer = await listedCredit(id).catch(() => ({ isSilent: true as const }));
      const isLast = asked === clock.enquiriesMs.length - 1;
      // Silence is not a no: the last question is asked until it is answered.
      if (answer.isSilent) {
        if (isLast) beganMs = Date.now() - clock.enquiriesMs[asked]! + clock.repeatMs;
        else asked += 1;
      } else {
        asked += 1;
        const { told } = answer;
        if (told) take(await patiently(commit('hear', { id, listed: told }, 'the gateway has it')));
        else if (isLast) take(await patiently(commit('giveUp', id, 'the gateway does not have it')));
      }
    }
  }
  nextMs = null;
  show();
  await condition(allHandlersFinished);
}

const waitsFor = ({ state, reason, isResolved }: CreditFacts): string => {
  if (state === 'WAITING') return 'the money: the gateway says that it is pending';
  if (state === 'CONFIRMING') return 'the gateway to confirm it';
  if (reason && !isResolved) return `finance, to say whose it is: ${reason}`;
  return state === 'REVIEW' ? 'nothing: finance decides about its event' : 'nothing';
};

const card = (credit: CreditFacts, nextMs: number | null): string => {
  const { id, creditId, amountPaise, state, driverId, orderId, reason, occurredAt } = credit;
  const whose = driverId ? `, driver \`${driverId}\`` : orderId ? `, order \`${orderId}\`` : '';
  return markdown(
    {
      title: `Credit ${creditId} of ${rupeeText(amountPaise)} at ${momentText(occurredAt)}`,
      state: `${state}${whose}`,
      waitsFor: waitsFor(credit),
      may:
        reason === null
          ? 'wait; `GET /payments/admin/events` shows what does not fit'
          : `\`POST /payments/admin/unattributed/${id}/assign\``,
    },
    nextMs === null ? undefined : { name: 'enquiry', dueMs: nextMs },
    new Map(),
    { enquiry: 'the gateway is asked for it' },
  );
};
