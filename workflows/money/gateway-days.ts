import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { AccountCalls } from '../../activities/money/collections/gateway-calls.ts';
import type { ComparedDay, GatewayDayActivities } from '../../activities/money/collections/gateway-days.ts';
import type { IstDay } from '../domain/time.ts';
import { gatewayCall, isHeldUp, sweep } from '../shared/profiles.ts';
import { wireQueue } from '../shared/task-queues.ts';

const { daysDue, compareCredits, comparePayments, finishDay } = proxyActivities<GatewayDayActivities>({
  ...sweep,
  // What fails however often keeps no later day from being compared.
  retry: { ...sweep.retry, maximumAttempts: 10 },
});
const { creditsPage, paymentsOf, settlementsOf } = proxyActivities<AccountCalls>({
  ...gatewayCall,
  taskQueue: wireQueue,
  retry: { maximumAttempts: 3 },
});

/** Null while the gateway does not answer. */
const compare = async (day: IstDay): Promise<ComparedDay | null> => {
  let missing = 0;
  let before: string | undefined;
  for (let page = 1; ; page += 1) {
    const listed = await creditsPage({ day, page });
    const first = listed?.rows[0]?.creditId;
    // A gateway that does not turn its pages has not answered either.
    if (!listed || (first !== undefined && first === before)) return null;
    before = first;
    missing += await compareCredits(listed.rows);
    if (listed.isLast) break;
  }
  const payments = await paymentsOf(day);
  const settlements = payments && (await settlementsOf(day));
  if (!payments || !settlements) return null;
  missing += await comparePayments(payments);
  return finishDay({ day, missing, settlements });
};

/**
 * Every morning: compares every business day that was not compared yet with the gateway's lists. What is missing here is taken in;
 * what the gateway does not know is told to finance. A day for which the gateway is silent is left to the next morning. Its result
 * are the days with what was found. Source: collections.md, rule 19; ledger.md, rule 9.
 */
export async function gatewayDaysWorkflow(): Promise<ComparedDay[]> {
  const compared: ComparedDay[] = [];
  const silent: IstDay[] = [];
  const failed: IstDay[] = [];
  for (const day of await daysDue()) {
    try {
      const found = await compare(day);
      if (found) compared.push(found);
      else silent.push(day);
    } catch (error) {
      if (!isHeldUp(error)) throw error;
      failed.push(day);
    }
    setCurrentDetails(
      [
        ...compared.map(({ day: of, missing, unknown }) => `- ${of}: ${missing} missing, ${unknown} unknown`),
        ...silent.map(
          (of) => `- ${of}: the gateway does not answer; tried again tomorrow, or when the schedule is triggered`,
        ),
        ...failed.map((of) => `- ${of}: cannot be compared, see its last activity; tried again tomorrow`),
      ].join('\n'),
    );
  }
  return compared;
}
