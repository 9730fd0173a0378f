import { randomUUID } from 'node:crypto';
import { financeOf, putIntoInbox } from '../../../prisma/notifications.ts';
import { payoutFacts } from '../../../workflows/domain/money/payouts/payouts.ts';
import { payoutEnquiry } from '../../../workflows/money/payouts.ts';
import { payoutProcess } from '../../../workflows/processes.ts';
import type { Base } from '../../http/endpoint.ts';
import { requireWithin } from '../../http/rate-limit.ts';

/** So many payouts ask for one hint: the oldest are paid first. */
const enquiriesMax = 50;

/**
 * Hears a hint that our wallet runs low, which nobody signs: nothing of it is believed or kept but that it came. Once a minute it makes
 * payouts that wait for money ask the gateway, and once an hour finance is told to look. Source: easebuzz.md 4.4 and 5.
 */
export const hearLowBalance = async ({ db, services, requestId, ip }: Base): Promise<void> => {
  await requireWithin(services.limits, 'hint', ip);
  const now = new Date();
  const [hour, minute] = [13, 16].map((length) => now.toISOString().slice(0, length)) as [string, string];
  const isFirst = await db.$transaction(async (tx) => {
    const { count } = await tx.gatewayEvent.createMany({
      data: {
        ...{ id: randomUUID(), source: 'WIRE', dedupeKey: `LOW_BALANCE_ALERT|${minute}` },
        ...{ fields: { event: 'LOW_BALANCE_ALERT' }, state: 'PROCESSED', processedAt: now },
      },
      skipDuplicates: true,
    });
    if (count > 0)
      await putIntoInbox(tx, {
        to: await financeOf(tx, null),
        event: 'wallet:low',
        title: 'The gateway hints that our wallet runs low: look at it',
        payload: {},
        cause: hour,
      });
    return count > 0;
  });
  if (!isFirst) return;
  const queued = await db.payout.findMany({
    where: { status: 'ACCEPTED', queuedOnLowBalance: true },
    orderBy: { createdAt: 'asc' },
    take: enquiriesMax,
  });
  for (const row of queued) services.temporal.signal(payoutProcess(payoutFacts(row)), payoutEnquiry, requestId);
};
