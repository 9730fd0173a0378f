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
import type { GatewayCalls } from '../../activities/money/gateway-calls.ts';
import type { PayInActivities } from '../../activities/money/pay-ins.ts';
import { isPayable, linkEndsMs, payInClock, payInLabels } from '../domain/money/pay-ins.ts';
import type { PayInClock, PayInFacts } from '../domain/money/pay-ins.ts';
import { rupeeText } from '../domain/money.ts';
import { instant, ms } from '../domain/time.ts';
import { markdown, momentText } from '../shared/card.ts';
import { gatewayCall, patiently, transactions } from '../shared/profiles.ts';
import { pairs } from '../shared/search-attributes.ts';
import { gatewayQueue } from '../shared/task-queues.ts';

/** What became of the wish for a checkout page. */
export type PayInLink = 'LIVE' | 'REFUSED' | 'UNAVAILABLE' | 'UNKNOWN';

/** Answers once it is known whether the payer can be sent to the checkout page. */
export const payInLink = defineUpdate<PayInLink>('link');
/** The gateway said something, which is stored. */
export const payInNews = defineSignal('news');
/** Somebody looks at the payment and wants to know. */
export const payInEnquiry = defineSignal('enquire');

const initiationsMax = 3;

const { initiate, enquire } = proxyActivities<GatewayCalls>({ ...gatewayCall, taskQueue: gatewayQueue });

/**
 * One execution per payment at the gateway, from the driver's wish until the money came or was given up; begun again whenever the
 * gateway has more to say. Money moves in one place only, the commit `hear`, which reads what is stored of the gateway's words.
 */
export async function payInWorkflow(first: PayInFacts, clock: PayInClock = payInClock): Promise<void> {
  const commit = transactions<PayInActivities>('payIn.');
  let payIn = first;
  let link: PayInLink | null = null;
  let isNews = false;
  let isAsked = false;
  const enquiries = clock.enquiriesMs.map((afterMs) => ms(first.createdAt) + afterMs);
  let askedMs = 0;
  let isGivenUp = false;

  const show = () => {
    setCurrentDetails(card(payIn, enquiries[0], clock));
    upsertSearchAttributes(pairs(payInLabels(payIn)));
  };
  const take = (facts: PayInFacts) => {
    const isChanged = facts.status !== payIn.status || facts.hasLink !== payIn.hasLink;
    payIn = facts;
    if (isChanged) show();
  };

  setHandler(payInNews, () => void (isNews = true));
  setHandler(payInEnquiry, () => void (isAsked = true));
  setHandler(payInLink, async () => {
    // Who wants to pay a penalty asks again for a page that could not be made.
    if (link !== null && payIn.type === 'PENALTY' && !payIn.hasLink && isPayable(payIn) && !isGivenUp) {
      link = null;
      isAsked = true;
    }
    await condition(() => link !== null);
    return payIn.hasLink ? 'LIVE' : link!;
  });

  show();
  // It hears what is stored by then.
  isNews = false;
  take(await patiently(commit('begin', payIn, 'begin')));
  const { transactionId } = payIn;
  /** Whether the gateway has answered. */
  const askGateway = async (): Promise<boolean> => {
    const answers = await enquire(transactionId).catch(() => null);
    take(await patiently(commit('hear', { transactionId, answers: answers ?? [] }, 'hear the answer')));
    return answers !== null;
  };

  /** A number that the gateway knows already belongs to an attempt whose answer was lost: unless it was paid, another one is taken. */
  const askForLink = async (): Promise<PayInLink> => {
    for (let attempt = 1; attempt <= initiationsMax; attempt += 1) {
      if (payIn.status !== 'PENDING' || payIn.hasLink) return payIn.hasLink ? 'LIVE' : 'REFUSED';
      const initiated = await initiate(transactionId).catch(() => ({ kind: 'unknown' as const }));
      if (initiated.kind === 'duplicate') await askGateway();
      const made = await patiently(commit('recordLink', { transactionId, initiated }, `link: ${initiated.kind}`));
      take(made.facts);
      if (made.link) return made.link;
    }
    return 'UNKNOWN';
  };
  link = await askForLink();

  const isEnquiryDue = () => isAsked && Date.now() - askedMs >= clock.spacingMs;
  for (;;) {
    if (isNews) {
      isNews = false;
      take(await patiently(commit('hear', { transactionId, answers: [] }, 'hear the gateway')));
      continue;
    }
    if (isGivenUp || !isPayable(payIn)) break;
    const leftMs = Math.max(1, enquiries[0]! - Date.now());
    await condition(() => isNews || isEnquiryDue(), leftMs, { summary: 'next enquiry' });
    if (isNews) continue;
    isAsked = false;
    askedMs = Date.now();
    const isAnswered = await askGateway();
    // Its driver must be able to pay a penalty, also when nobody waits for the page.
    if (payIn.type === 'PENALTY') link = await askForLink();
    while (enquiries[0] !== undefined && enquiries[0] <= askedMs) enquiries.shift();
    if (enquiries.length > 0) show();
    else if (isAnswered) {
      take(await patiently(commit('expire', transactionId, 'give the payment up')));
      isGivenUp = true;
    } else {
      // Unknown is not unpaid: the last enquiry is made until it is answered.
      enquiries.push(askedMs + clock.repeatMs);
    }
  }
  link ??= 'REFUSED';
  await condition(allHandlersFinished);
}

const waitsFor = ({ hasLink, isVoided }: PayInFacts): string => {
  if (isVoided) return 'money that nobody expects any more';
  return hasLink ? 'the payer' : 'the checkout page';
};

const card = (payIn: PayInFacts, nextMs: number | undefined, clock: PayInClock): string => {
  const { shortId, amountPaise, driverId, status, createdAt } = payIn;
  const isOpen = isPayable(payIn);
  return markdown(
    {
      title: `${payIn.type} ${shortId} of ${rupeeText(amountPaise)} since ${momentText(createdAt)}`,
      state: `${status}, driver \`${driverId}\``,
      waitsFor: isOpen
        ? `${waitsFor(payIn)}; given up at ${momentText(instant(linkEndsMs(createdAt, clock)))}`
        : 'nothing',
      may: isOpen
        ? 'wait; `GET /payments/admin/transactions` shows it, `GET /payments/admin/events` what does not fit'
        : 'read the row; a late success is still honoured',
    },
    isOpen && nextMs !== undefined ? { name: 'enquiry', dueMs: nextMs } : undefined,
    new Map(),
  );
};
