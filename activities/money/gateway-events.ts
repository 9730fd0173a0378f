import { audit } from '../../prisma/audit.ts';
import type { Db, Tx } from '../../prisma/client.ts';
import type { GatewayEvent } from '../../prisma/generated/client.ts';
import { lockDrivers } from '../../prisma/locks.ts';
import { creditPenalties } from '../../prisma/penalties.ts';
import { post } from '../../prisma/post.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { resolved } from '../../workflows/domain/money/gateway-events.ts';
import type { Decided, Decision, EventFacts, EventResolution } from '../../workflows/domain/money/gateway-events.ts';
import type { DueMove } from '../../workflows/domain/money/journals/journal.ts';
import { paise } from '../../workflows/domain/money.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { instant } from '../../workflows/domain/time.ts';
import { oldestDues } from './dues.ts';

/** A decision of finance; its text holds the reason, and its id names the decision. */
export interface ResolveEvent {
  gatewayEventId: string;
  textId: string;
  by: Actor;
  decision: Decided;
}

export interface ResolvedEvent {
  journalId: string | null;
}

const decisionIn = async (tx: Tx, decision: Decided, amount: bigint | null): Promise<Decision> => {
  if (decision.action !== 'ATTRIBUTE') return decision;
  const { driverId } = decision;
  await lockDrivers(tx, [driverId]);
  const { fleetId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { fleetId: true } });
  return { ...decision, fleetId, dues: await oldestDues(tx, driverId, paise(Number(amount))) };
};

/**
 * Only number, word and amount are signed: under another id of the gateway the same three are the same money. Two decisions about
 * one number wait for each other.
 */
const isTold = async (tx: Tx, { id, fields, amountPaise }: GatewayEvent): Promise<boolean> => {
  const { txnid = '' } = fields as { txnid?: string };
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`gateway event ${txnid}`}, 0))`;
  const rows = await tx.$queryRaw<object[]>`
    SELECT 1 FROM gateway_event WHERE fields ->> 'txnid' = ${txnid} AND amount_paise = ${amountPaise}
      AND journal_type = 'amount_mismatch' AND id <> ${id}::uuid LIMIT 1`;
  return rows.length > 0;
};

const factsOf = async (tx: Tx, row: GatewayEvent): Promise<EventFacts> => ({
  ...row,
  amount: row.amountPaise === null ? null : paise(Number(row.amountPaise)),
  word: (row.fields as { status?: string }).status ?? '',
  isTold: await isTold(tx, row),
  isResolved: row.resolution !== null,
});

const paidDue = ({ kind, source, used: amount }: DueMove) => ({ kind, source, amount });

export const gatewayEventActivities = ({ db }: { db: Db }) => ({
  /** Carries a decision of finance out. Safe to retry: a decision that was carried out gives what it gave. */
  resolveEvent: ({ gatewayEventId, textId, by, decision }: ResolveEvent): Promise<ResolvedEvent> =>
    db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT id FROM gateway_event WHERE id = ${gatewayEventId}::uuid FOR UPDATE`;
      const row = await tx.gatewayEvent.findUnique({ where: { id: gatewayEventId } });
      if (!row) throw refusal('NOT_FOUND', { resource: 'gatewayEvent' });
      const known = row.resolution as EventResolution | null;
      if (known?.textId === textId) return { journalId: known.journalId };

      const at = instant(Date.now());
      const { state, booking, attribution } = resolved(
        await factsOf(tx, row),
        await decisionIn(tx, decision, row.amountPaise),
        { occurredAt: at, by: by.userId },
      );
      if (booking) await post(tx, booking);
      const journalId = attribution && (await post(tx, attribution)).journalId;
      if (attribution) await creditPenalties(tx, attribution.dues.map(paidDue), 'linkPaidPaise');

      const text = await tx.commandText.findUnique({ where: { id: textId } });
      const { action } = decision;
      const { to, driverId } = decision.action === 'ATTRIBUTE' ? decision : { to: null, driverId: null };
      const resolution = { textId, action, to, driverId, reason: text?.remarks ?? '', by: by.userId, at, journalId };
      const booked = booking && { journalType: booking.eventType, journalKey: booking.eventKey, movesMoney: true };
      await tx.gatewayEvent.update({
        where: { id: row.id },
        data: {
          ...{ state, processedAt: new Date(), ...booked },
          resolution: resolution satisfies EventResolution,
        },
      });
      const { textId: _, ...after } = resolution;
      const audited = { action: 'gatewayEvent.resolved', subject: 'gatewayEvent', subjectId: row.id };
      await audit(tx, by, { ...audited, before: { state: row.state }, after: { state, ...after } });
      return { journalId };
    }),
});

export type GatewayEventActivities = ReturnType<typeof gatewayEventActivities>;
