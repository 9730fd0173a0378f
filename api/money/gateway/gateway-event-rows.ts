import type { Db } from '../../../prisma/client.ts';
import type { GatewayEvent, RefundStatus } from '../../../prisma/generated/client.ts';
import type { EventResolution } from '../../../workflows/domain/money/gateway-events.ts';

/** An event with the fleet and driver of the transaction that it is about, and how far the refund is that was decided. */
export type EventOfFleet = GatewayEvent & {
  fleetId: string | null;
  driverId: string | null;
  refundStatus: RefundStatus | null;
};

const refundIdOf = ({ resolution }: GatewayEvent): string | null =>
  (resolution as EventResolution | null)?.refundId ?? null;

const refundsOf = async (db: Db, events: GatewayEvent[]): Promise<Map<string, RefundStatus>> => {
  const ids = events.flatMap((event) => refundIdOf(event) ?? []);
  const select = { id: true, status: true };
  const found = ids.length > 0 ? await db.refund.findMany({ where: { id: { in: ids } }, select }) : [];
  return new Map(found.map(({ id, status }) => [id, status]));
};

/** Events with the fleets and drivers of their transactions or credits, and with their refunds, in three queries at most. */
export const withFleets = async (db: Db, events: GatewayEvent[]): Promise<EventOfFleet[]> => {
  const ids = events.flatMap(({ subjectId }) => subjectId ?? []);
  const select = { id: true, fleetId: true, driverId: true };
  const found = ids.length > 0 ? await db.transaction.findMany({ where: { id: { in: ids } }, select }) : [];
  const credits = ids.length > 0 ? await db.virtualCredit.findMany({ where: { id: { in: ids } }, select }) : [];
  const byId = new Map([...found, ...credits].map((subject) => [subject.id, subject]));
  const refunds = await refundsOf(db, events);
  return events.map((event) => {
    const { fleetId = null, driverId = null } = byId.get(event.subjectId ?? '') ?? {};
    return { ...event, fleetId, driverId, refundStatus: refunds.get(refundIdOf(event) ?? '') ?? null };
  });
};
