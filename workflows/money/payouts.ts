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
import type { PayoutActivities } from '../../activities/money/payouts/payouts.ts';
import type { TransferCalls } from '../../activities/money/payouts/transfer-calls.ts';
import { isInFlight, payoutClock, payoutLabels } from '../domain/money/payouts/payouts.ts';
import type { PayoutClock, PayoutFacts, PayoutHold, TransferAnswer } from '../domain/money/payouts/payouts.ts';
import { rupeeText } from '../domain/money.ts';
import { ms } from '../domain/time.ts';
import { markdown, momentText } from '../shared/card.ts';
import { gatewayCall, patiently, transactions } from '../shared/profiles.ts';
import { attributes, pairs } from '../shared/search-attributes.ts';
import { wireQueue } from '../shared/task-queues.ts';

/** The gateway said something that is stored, or a person changed the row. */
export const payoutNews = defineSignal('news');
/** Somebody looks at the payout and wants to know. */
export const payoutEnquiry = defineSignal('enquire');
/** Answers once the gateway has answered the first time, or a person has to release the payout. */
export const payoutOutcome = defineUpdate<PayoutFacts>('outcome');

const { sendTransfer, transferState } = proxyActivities<TransferCalls>({ ...gatewayCall, taskQueue: wireQueue });

const unknown = (): TransferAnswer => ({ kind: 'unknown' });

/**
 * One execution per payout while its money is on its way, begun again for the next attempt or for a late word. Whatever happens it is
 * sent under one number per attempt; unknown is no failure, and at the end of the ladder it waits for the gateway or a person.
 */
export async function payoutWorkflow(first: PayoutFacts, clock: PayoutClock = payoutClock): Promise<void> {
  const commit = transactions<PayoutActivities>('payout.');
  const { payoutId } = first;
  let payout = first;
  let isBegun = false;
  let isNews = false;
  let isAsked = false;
  let enquiries = { attempt: 0, done: 0 };
  let nextMs: number | null = null;

  const show = () => {
    setCurrentDetails(card(payout, nextMs));
    upsertSearchAttributes(pairs(payoutLabels(payout)));
  };
  const take = (facts: PayoutFacts) => {
    payout = facts;
    if (facts.attempt !== enquiries.attempt) enquiries = { attempt: facts.attempt, done: 0 };
    show();
  };

  setHandler(payoutNews, () => void (isNews = true));
  setHandler(payoutEnquiry, () => void (isAsked = true));
  setHandler(payoutOutcome, async () => {
    await condition(() => isBegun && payout.status !== 'CREATED' && payout.status !== 'SUBMITTING');
    return payout;
  });

  const answered = async (attempt: number, answer: TransferAnswer) =>
    take(await patiently(commit('answered', { payoutId, attempt, answer }, `the gateway: ${answer.kind}`)));

  const send = async () => {
    take(await patiently(commit('submit', payoutId, 'about to send it')));
    if (payout.status !== 'SUBMITTING') return;
    const { attempt } = payout;
    await answered(attempt, await sendTransfer(payoutId).catch(unknown));
  };

  const ask = async () => {
    const { attempt } = payout;
    const answer = await transferState(payoutId).catch(unknown);
    const { calledAt } = payout;
    const mayResend = calledAt === null || Date.now() - ms(calledAt) >= clock.resubmitMs;
    if (answer.kind === 'notFound' && mayResend && payout.status !== 'ACCEPTED') await send();
    else await answered(attempt, answer);
  };

  /** Waits for news, for somebody who asks, or until the gateway is to be asked. */
  const wait = async () => {
    const dueMs = clock.enquiriesMs[enquiries.done];
    nextMs = payout.submittedAt && dueMs !== undefined ? ms(payout.submittedAt) + dueMs : null;
    show();
    const isWoken = () => isNews || isAsked;
    if (nextMs !== null) {
      await condition(isWoken, Math.max(1, nextMs - Date.now()), { summary: `before enquiry ${enquiries.done + 1}` });
      if (nextMs <= Date.now()) {
        enquiries.done += 1;
        isAsked = true;
      }
      return;
    }
    const isLost = payout.status !== 'HELD';
    if (isLost) await patiently(commit('alert', payoutId, 'tell finance'));
    upsertSearchAttributes([{ key: attributes.NeedsHuman, value: true }]);
    await condition(isWoken);
    upsertSearchAttributes([{ key: attributes.NeedsHuman, value: null }]);
  };

  take(await patiently(commit('begin', payoutId, 'begin')));
  isBegun = true;
  // What was sent before this execution began is asked for at once.
  isAsked = payout.submittedAt !== null;
  while (isInFlight(payout) || isNews) {
    if (isNews) {
      isNews = false;
      take(await patiently(commit('hear', payoutId, 'hear the gateway or a person')));
    } else if (payout.status === 'CREATED') {
      await send();
    } else if (isAsked && payout.status !== 'HELD') {
      isAsked = false;
      await ask();
    } else {
      isAsked = false;
      await wait();
    }
  }
  nextMs = null;
  show();
  await condition(allHandlersFinished);
}

const holdTexts: Record<PayoutHold, string> = {
  LARGE: 'the sum of the day is large',
  OWN_INCENTIVE: 'whoever asks gave the incentive',
  NEW_BANK_DETAILS: 'the bank account is new',
  DEPOSIT_REFUND: 'it pays a deposit out',
};

const heldText = ({ heldFor, releasableAt }: PayoutFacts): string => {
  const from = releasableAt ? `, from ${momentText(releasableAt)} on` : '';
  return `a second person${from}, because ${heldFor.map((hold) => holdTexts[hold]).join(' and ')}`;
};

const waitsFor = (payout: PayoutFacts, nextMs: number | null): string => {
  const { status, queuedOnLowBalance } = payout;
  switch (status) {
    case 'HELD':
      return heldText(payout);
    case 'CREATED':
    case 'SUBMITTING':
      return 'the gateway to take it';
    case 'ACCEPTED':
      if (queuedOnLowBalance) return 'money in our wallet at the gateway';
      return nextMs === null ? 'a person: the bank does not say whether it is paid' : 'the bank';
    case 'UNKNOWN':
      return nextMs === null ? 'a person: nobody knows whether it is paid' : 'the gateway to say what became of it';
    case 'SUCCESS':
    case 'FAILED':
    case 'REVERSED':
    case 'CANCELLED':
      return 'nothing';
  }
};

const verbs: Partial<Record<PayoutFacts['status'], readonly string[]>> = {
  HELD: ['approve', 'cancel'],
  CREATED: ['cancel'],
  SUBMITTING: ['refresh'],
  ACCEPTED: ['refresh'],
  UNKNOWN: ['refresh'],
  FAILED: ['retry'],
  REVERSED: ['retry'],
};

const card = (payout: PayoutFacts, nextMs: number | null): string => {
  const { payoutId, shortId, kind, amountPaise, driverId, orderId, status, attempt, createdAt } = payout;
  const owner = driverId ? `driver \`${driverId}\`` : `order \`${orderId}\``;
  const isLost = nextMs === null && (status === 'ACCEPTED' || status === 'UNKNOWN');
  const calls = [...(verbs[status] ?? []), ...(isLost ? ['decide'] : [])].map(
    (verb) => `\`POST /payments/admin/payout/${payoutId}/${verb}\``,
  );
  return markdown(
    {
      title: `Payout ${shortId} of ${rupeeText(amountPaise)} since ${momentText(createdAt)}`,
      state: `${status}, ${kind} of ${owner}${attempt > 1 ? `, attempt ${attempt}` : ''}`,
      waitsFor: waitsFor(payout, nextMs),
      may: calls.length > 0 ? calls.join(', ') : `read it: \`GET /payments/admin/payout/${payoutId}\``,
    },
    nextMs === null ? undefined : { name: 'enquiry', dueMs: nextMs },
    new Map(),
    { enquiry: 'the gateway is asked' },
  );
};
