import { proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { NotificationActivities } from '../../activities/messages/notifications.ts';
import type { Delivery } from '../domain/messages/notifications.ts';
import { instant } from '../domain/time.ts';
import { momentText } from '../shared/card.ts';
import { partnerCall, patiently, transactions } from '../shared/profiles.ts';

const { sendPassengerSms } = proxyActivities<NotificationActivities>(partnerCall);

/** Waits after each attempt. Source: notifications.md, Channels: five attempts from 2 s to 5 min. */
const smsPatienceMs = [2_000, 15_000, 60_000, 300_000];

/** An attempt whose worker died or whose partner hangs: what became of it is unknown, so it counts as not delivered. */
const tried = (send: Promise<Delivery>): Promise<Delivery> => send.catch(() => 'UNREACHABLE' as const);

/** One execution per notification, until it is delivered, refused or given up. */
export async function notificationWorkflow(notificationId: string): Promise<Delivery> {
  const commit = transactions<Pick<NotificationActivities, 'recordDelivery'>>();
  for (let attempt = 1; ; attempt += 1) {
    const delivery = await tried(sendPassengerSms(notificationId));
    const pauseMs = delivery === 'UNREACHABLE' ? smsPatienceMs[attempt - 1] : undefined;
    const final = pauseMs === undefined;
    const outcome = { notificationId, attempt, delivery, final };
    await patiently(commit('recordDelivery', outcome, `attempt ${attempt}: ${delivery}`));
    if (final) return delivery;
    const nextAt = momentText(instant(Date.now() + pauseMs));
    setCurrentDetails(
      `### SMS\n\nAttempt ${attempt} failed; the next one follows by itself at ${nextAt}. Nothing to do.`,
    );
    await sleep(pauseMs, { summary: `before attempt ${attempt + 1}` });
  }
}
