import {
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { GatewayCalls } from '../../activities/money/gateway-calls.ts';
import type { RefundActivities } from '../../activities/money/refunds.ts';
import type { Actor } from '../domain/commands.ts';
import { isEnd, isRefundEnd, refundClock, refundLabels } from '../domain/money/refunds.ts';
import type { RefundClock, RefundEnd, RefundFacts, RefundState } from '../domain/money/refunds.ts';
import { rupeeText } from '../domain/money.ts';
import { markdown, momentText } from '../shared/card.ts';
import { outsideCall } from '../shared/outside-call.ts';
import { gatewayCall, patiently, transactions } from '../shared/profiles.ts';
import { pairs } from '../shared/search-attributes.ts';
import { gatewayQueue } from '../shared/task-queues.ts';

/** The gateway hinted that a refund has changed, which is asked and never believed. */
export const refundNews = defineSignal('news');

const { refund: askGateway } = proxyActivities<GatewayCalls>({ ...gatewayCall, taskQueue: gatewayQueue });

/**
 * One execution per refund, from the decision of finance until the payer has the money or the gateway has refused it. The money was
 * taken from its account when the row was written; it leaves the books, or goes back, in the commit of the end.
 */
export async function refundWorkflow(first: RefundFacts, clock: RefundClock = refundClock): Promise<void> {
  const commit = transactions<RefundActivities>('refund.');
  let refund = first;
  let stands = 'is about to be sent';
  let askedNextMs: number | undefined;
  let isNews = false;

  const showCard = () => setCurrentDetails(card(refund, stands, askedNextMs));
  const show = () => {
    showCard();
    upsertSearchAttributes(pairs(refundLabels(refund)));
  };
  const { refundId } = first;
  const write = async (state: RefundState, by: Actor | null = null) => {
    refund = await patiently(commit('answered', { refundId, state, by }, `the refund is ${state.status}`));
    show();
  };

  setHandler(refundNews, () => void (isNews = true));
  show();
  refund = await patiently(commit('begin', refundId, 'begin'));
  if (isEnd(refund)) return;

  const ask = async (): Promise<RefundEnd | 'unknown'> => {
    isNews = false;
    const state = await askGateway(refundId);
    if (isEnd(state)) return state;
    if (state.status === 'ACCEPTED' && refund.status !== 'ACCEPTED') await write(state);
    return 'unknown';
  };
  await outsideCall<RefundEnd>({
    aboutToCall: () => Promise.resolve(refundId),
    call: ask,
    enquire: ask,
    answered: async (answer, by) => {
      if (answer !== 'unknown') await write(answer, by);
      else if (refund.status === 'REQUESTED') await write({ status: 'UNKNOWN' });
    },
    waitsMs: clock.enquiriesMs.map((afterMs, n) => afterMs - (clock.enquiriesMs[n - 1] ?? 0)),
    hasNews: () => isNews,
    isAnswer: isRefundEnd,
    show: (state) => {
      stands = texts[state];
      askedNextMs = undefined;
      show();
    },
    showUntil: (dueMs) => {
      askedNextMs = dueMs;
      showCard();
    },
  });
}

const texts = {
  calling: 'the gateway to take it',
  enquiring: 'the gateway to say that it is paid',
  needsHuman: 'a person: nobody knows whether it is paid',
};

const card = (refund: RefundFacts, waitsFor: string, askedNextMs: number | undefined): string => {
  const { shortId, amountPaise, driverId, status, createdAt } = refund;
  return markdown(
    {
      title: `Refund ${shortId} of ${rupeeText(amountPaise)} since ${momentText(createdAt)}`,
      state: `${status}${driverId ? `, driver \`${driverId}\`` : ''}`,
      waitsFor: isEnd(refund) ? 'nothing' : waitsFor,
      may: isEnd(refund)
        ? 'read the row; after FAILED, refund again'
        : 'compare with the dashboard of the gateway; when it needs a human, the update `decide` as in the runbook',
    },
    isEnd(refund) || askedNextMs === undefined ? undefined : { name: 'enquiry', dueMs: askedNextMs },
    new Map(),
    { enquiry: 'the gateway is asked' },
  );
};
