import { z } from 'zod';
import { attributedTo, eventActions } from '../../../workflows/domain/money/gateway-events.ts';
import type { EventResolution } from '../../../workflows/domain/money/gateway-events.ts';
import { Instant, Rupees } from '../../http/shapes.ts';
import type { EventOfFleet } from './gateway-event-rows.ts';
import { refundStatuses } from './refund-views.ts';

const text = z.string().nullable();

export const GatewayEventView = z.object({
  id: z.string(),
  source: z.enum(['PG', 'VA', 'WIRE', 'REFUND', 'POLL']),
  state: z.enum(['RECEIVED', 'PROCESSED', 'IGNORED', 'UNMATCHED', 'REVIEW']),
  amount: Rupees.nullable(),
  transactionId: text,
  driverId: text,
  fleetId: text,
  fields: z.record(z.string(), z.unknown()),
  error: text,
  journalType: text,
  journalKey: text,
  resolution: z
    .object({
      action: z.enum(eventActions),
      to: z.enum(attributedTo).nullable(),
      driverId: text,
      reason: z.string(),
      by: z.string(),
      at: z.string(),
      journalId: text,
      refund: z.object({ id: z.string(), status: z.enum(refundStatuses) }).nullable(),
    })
    .nullable(),
  receivedAt: Instant,
  processedAt: Instant.nullable(),
});
z.globalRegistry.add(GatewayEventView, { id: 'GatewayEvent' });

const resolutionView = (resolution: EventResolution, { refundStatus }: EventOfFleet) => ({
  ...resolution,
  refund: resolution.refundId && refundStatus ? { id: resolution.refundId, status: refundStatus } : null,
});

export const gatewayEventView = (event: EventOfFleet) => ({
  ...event,
  amount: event.amountPaise === null ? null : Number(event.amountPaise),
  transactionId: event.subjectId,
  fields: event.fields as Record<string, unknown>,
  resolution: event.resolution ? resolutionView(event.resolution as unknown as EventResolution, event) : null,
});
