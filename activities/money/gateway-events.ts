import { audit } from '../../prisma/audit.ts';
import type { Db, Tx } from '../../prisma/client.ts';
import { remarksOf } from '../../prisma/command-texts.ts';
import type { GatewayEvent } from '../../prisma/generated/client.ts';
import { lockDrivers } from '../../prisma/locks.ts';
import { creditPenalties } from '../../prisma/penalties.ts';
import { post } from '../../prisma/post.ts';
import { createRefund } from '../../prisma/refunds.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { resolved } from '../../workflows/domain/money/gateway-events.ts';
import type { Decided, Decision, EventFacts, EventResolution } from '../../workflows/domain/money/gateway-events.ts';
import { paise } from '../../workflows/domain/money.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { instant } from '../../workflows/domain/time.ts';
import { oldestDues } from '../../prisma/dues.ts';

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

const decisionIn = async (
  tx: Tx,
  { decision, textId }: ResolveEvent,
  { subjectId, amountPaise }: GatewayEvent,
): Promise<Decision> => {
  switch (decision.action) {
    case 'IGNORE':
      return { action: 'IGNORE' };
    case 'REFUND': {
      const payment = subjectId && (await tx.transaction.findUnique({ where: { id: subjectId } }));
      const { driverId, fleetId } = payment || { driverId: null, fleetId: null };
      return { action: 'REFUND', refundId: textId, driverId, fleetId };
    }
    case 'ATTRIBUTE': {
      const { driverId } = decision;
      const { fleetId } = await tx.driver.findUniqueOrThrow({ where: { id: driverId }, select: { fleetId: true } });
      return { ...decision, fleetId, dues: await oldestDues(tx, driverId, paise(Number(amountPaise))) };
    }
  }
};

/** Begins the refund that was decided; it has the id of its decision. */
const refund = (tx: Tx, { id, fields, amountPaise }: GatewayEvent, decision: Decision, by: Actor, reason: string) =>
  decision.action === 'REFUND' &&
  createRefund(tx, {
    ...{ id: decision.refundId, of: { gatewayEventId: id }, driverId: decision.driverId, fleetId: decision.fleetId },
    ...{
      paidUnder: (fields as { txnid: string }).txnid,
      amountPaise: paise(Number(amountPaise)),
      reason,
      by: by.userId,
    },
  });

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

/** Money of a virtual account waits in its credit too, and is given away once. Its way back is a transfer. */
const resolveCredit = async (tx: Tx, { subjectId }: GatewayEvent, decision: Decision, by: Actor): Promise<void> => {
  if (decision.action === 'IGNORE') return;
  const credit = subjectId && (await tx.virtualCredit.findUnique({ where: { id: subjectId } }));
  if (!credit) return;
  if (decision.action === 'REFUND') throw refusal('CREDIT_NOT_REFUNDABLE');
  const { driverId, fleetId } = decision;
  const { count } = await tx.virtualCredit.updateMany({
    where: { id: credit.id, resolvedAt: null },
    data: {
      resolvedAt: new Date(),
      resolvedBy: by.userId,
      resolution: 'EVENT',
      driverId,
      fleetId,
      version: { increment: 1 },
    },
  });
  if (count === 0) throw refusal('RECEIPT_RESOLVED', { state: credit.state });
};

const factsOf = async (tx: Tx, row: GatewayEvent): Promise<EventFacts> => ({
  ...row,
  amount: row.amountPaise === null ? null : paise(Number(row.amountPaise)),
  word: (row.fields as { status?: string }).status ?? '',
  isTold: await isTold(tx, row),
  isResolved: row.resolution !== null,
});

export const gatewayEventActivities = ({ db }: { db: Db }) => ({
  /** Carries a decision of finance out. Safe to retry: a decision that was carried out gives what it gave. */
  resolveEvent: (input: ResolveEvent): Promise<ResolvedEvent> =>
    db.$transaction(async (tx) => {
      const { gatewayEventId, textId, by, decision } = input;
      if (decision.action === 'ATTRIBUTE') await lockDrivers(tx, [decision.driverId]);
      // As whoever hears or assigns a credit: the credit first, and then its events.
      await tx.$queryRaw`
        SELECT c."id" FROM "virtual_credits" c JOIN "gateway_event" e ON e."subject_id" = c."id"
        WHERE e."id" = ${gatewayEventId}::uuid FOR UPDATE OF c`;
      await tx.$queryRaw`SELECT id FROM gateway_event WHERE id = ${gatewayEventId}::uuid FOR UPDATE`;
      const row = await tx.gatewayEvent.findUnique({ where: { id: gatewayEventId } });
      if (!row) throw refusal('NOT_FOUND', { resource: 'gatewayEvent' });
      const known = row.resolution as EventResolution | null;
      if (known?.textId === textId) return { journalId: known.journalId };
      // Its refund has failed meanwhile, and the event waits for another decision.
      if ((await tx.refund.count({ where: { id: textId } })) > 0) return { journalId: null };

      const at = instant(Date.now());
      const decided = await decisionIn(tx, input, row);
      const happened = { occurredAt: at, by: by.userId };
      const { state, booking, attribution } = resolved(await factsOf(tx, row), decided, happened);
      if (booking) await post(tx, booking);
      const journalId = attribution && (await post(tx, attribution)).journalId;
      if (attribution) await creditPenalties(tx, attribution, 'linkPaidPaise');

      await resolveCredit(tx, row, decided, by);
      const reason = (await remarksOf(tx, textId)) ?? '';
      await refund(tx, row, decided, by, reason);
      const { action } = decision;
      const { to, driverId } = decision.action === 'ATTRIBUTE' ? decision : { to: null, driverId: null };
      const refundId = decided.action === 'REFUND' ? decided.refundId : null;
      const resolution = { textId, action, to, driverId, reason, by: by.userId, at, journalId, refundId };
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
