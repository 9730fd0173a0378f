import { defineUpdate, setCurrentDetails } from '@temporalio/workflow';
import type { GatewayEventActivities, ResolveEvent, ResolvedEvent } from '../../activities/money/gateway-events.ts';
import { patiently, transactions } from '../shared/profiles.ts';
import { untilDone } from '../shared/until-done.ts';

export const resolveEvent = defineUpdate<ResolvedEvent, [ResolveEvent]>('resolveEvent');

/** One execution per event of the gateway that finance decides about. */
export async function gatewayEventWorkflow(gatewayEventId: string): Promise<void> {
  const commit = transactions<GatewayEventActivities>();
  setCurrentDetails(
    `### Event \`${gatewayEventId}\`\n\nWaits for finance: \`POST /payments/admin/events/${gatewayEventId}/resolve\`.`,
  );
  await untilDone(resolveEvent, (input) => patiently(commit('resolveEvent', input, 'resolve the event')));
}
