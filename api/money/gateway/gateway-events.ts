import { z } from 'zod';
import type { Db } from '../../../prisma/client.ts';
import { Prisma } from '../../../prisma/generated/client.ts';
import type { GatewayEvent } from '../../../prisma/generated/client.ts';
import { attributedTo, eventActions, requireOpen } from '../../../workflows/domain/money/gateway-events.ts';
import type { Decided, EventResolution } from '../../../workflows/domain/money/gateway-events.ts';
import { creditFacts } from '../../../workflows/domain/money/collections/credits.ts';
import { refundFacts } from '../../../workflows/domain/money/refunds.ts';
import { invalidField } from '../../../workflows/domain/refusals.ts';
import { creditNews } from '../../../workflows/money/credits.ts';
import { resolveEvent } from '../../../workflows/money/gateway-events.ts';
import { creditProcess, gatewayEventProcess, refundProcess } from '../../../workflows/processes.ts';
import { writeText } from '../../command-texts.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Caller } from '../../http/scope.ts';
import { ById, idOf, pageOf, Paging, skipTake, Text, Word } from '../../http/shapes.ts';
import type { Page } from '../../http/shapes.ts';
import { withFleets } from './gateway-event-rows.ts';
import { gatewayEventView, GatewayEventView } from './gateway-event-views.ts';

const openStates = ['REVIEW', 'UNMATCHED'] as const;

const { sql } = Prisma;

/** Events in these states of the caller's fleet, as `subjects.ts` says for one of them. */
const condition = ({ role, fleetId }: Caller, states: readonly string[]) =>
  Prisma.join(
    [
      sql`e.state = ANY(${states}::"GatewayEventState"[])`,
      role === 'SUPER_ADMIN' ? sql`true` : sql`coalesce(t."fleetId", c."fleetId") = ${fleetId}::uuid`,
    ],
    ' AND ',
  );

const eventsPage = async (db: Db, caller: Caller, states: readonly string[], page: Page) => {
  const { skip, take } = skipTake(page);
  const from = sql`FROM gateway_event e LEFT JOIN transactions t ON t.id = e.subject_id LEFT JOIN virtual_credits c ON c.id = e.subject_id WHERE ${condition(caller, states)}`;
  const [counts, ids] = await Promise.all([
    db.$queryRaw<{ total: number }[]>`SELECT count(*)::int AS total ${from}`,
    db.$queryRaw<Pick<GatewayEvent, 'id'>[]>`
      SELECT e.id ${from} ORDER BY e.received_at DESC, e.id LIMIT ${take} OFFSET ${skip}`,
  ]);
  const rows = await db.gatewayEvent.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    orderBy: [{ receivedAt: 'desc' }, { id: 'asc' }],
  });
  return { ...page, total: counts[0]!.total, rows: (await withFleets(db, rows)).map(gatewayEventView) };
};

const Decision = z.object({
  action: Word(eventActions),
  reason: Text(500),
  to: Word(attributedTo).default('DEPOSIT').meta({
    description: 'DEPOSIT: to the deposit of the driver; DUES: their open dues, oldest first; PAYABLE: owed to them',
  }),
  driverId: idOf('driver').optional(),
});

const decided = ({ action, to }: z.output<typeof Decision>, driverId: string | null): Decided => {
  if (action !== 'ATTRIBUTE') return { action };
  if (driverId) return { action, to, driverId };
  throw invalidField('driverId', 'required', 'driverId is required, because the event belongs to no driver');
};

/** What the gateway told us and finance has to decide. Source: payments.md, Later; ledger.md 48. */
export const gatewayEvents = [
  get('/payments/admin/events', {
    allow: 'payments:read',
    summary: 'List events of the gateway that wait for a decision, newest first',
    query: z.object({ state: Word(openStates).optional(), ...Paging }),
    list: true,
    returns: GatewayEventView,
    handle: ({ query, db, caller }) =>
      eventsPage(db, caller, query.state ? [query.state] : openStates, pageOf(query, 200)),
  }),

  post('/payments/admin/events/:id/resolve', {
    allow: 'payments:resolve',
    summary: 'Decide about an event: attribute its money to a driver, refund it, or ignore the event',
    says: 'Event resolved',
    params: ById('gatewayEvent'),
    body: Decision,
    returns: GatewayEventView,
    refuses: [
      'EVENT_NOT_OPEN',
      'EVENT_WITHOUT_MONEY',
      'AMOUNT_EXCEEDS_DUES',
      'CREDIT_NOT_REFUNDABLE',
      'RECEIPT_RESOLVED',
    ],
    async handle(context) {
      const { gatewayEvent: event, body, driver, actor, db, services, requestId, ask, begin, newId } = context;
      const known = event.resolution as EventResolution | null;
      if (known?.textId !== newId('text')) {
        requireOpen({ ...event, isResolved: known !== null });
        const decision = decided(body, driver?.id ?? event.driverId);
        const textId = (await writeText(context, { remarks: body.reason }))!;
        const refunds = await db.refund.count({ where: { gatewayEventId: event.id } });
        await ask(gatewayEventProcess(event.id, refunds), resolveEvent, {
          gatewayEventId: event.id,
          ...{ textId, decision, by: actor },
        });
        const credit = await db.virtualCredit.findUnique({ where: { id: event.subjectId ?? textId } });
        if (credit) services.temporal.signal(creditProcess(creditFacts(credit)), creditNews, requestId);
        const refund = await db.refund.findUnique({ where: { id: textId } });
        if (refund) begin(refundProcess(refundFacts(refund)));
      }
      const rows = await db.gatewayEvent.findMany({ where: { id: event.id } });
      return gatewayEventView((await withFleets(db, rows))[0]!);
    },
  }),
];
