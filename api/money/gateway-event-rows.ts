import type { Db } from '../../prisma/client.ts';
import type { GatewayEvent } from '../../prisma/generated/client.ts';

/** An event with the fleet and driver of the transaction that it is about. */
export type EventOfFleet = GatewayEvent & { fleetId: string | null; driverId: string | null };

/** Events with the fleets and drivers of their transactions, in one query. */
export const withFleets = async (db: Db, events: GatewayEvent[]): Promise<EventOfFleet[]> => {
  const ids = events.flatMap(({ subjectId }) => subjectId ?? []);
  const select = { id: true, fleetId: true, driverId: true };
  const found = ids.length > 0 ? await db.transaction.findMany({ where: { id: { in: ids } }, select }) : [];
  const byId = new Map(found.map((transaction) => [transaction.id, transaction]));
  return events.map((event) => {
    const { fleetId = null, driverId = null } = byId.get(event.subjectId ?? '') ?? {};
    return { ...event, fleetId, driverId };
  });
};
