import { audit } from '../../prisma/audit.ts';
import type { Db, Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { lockDrivers } from '../../prisma/locks.ts';
import { post } from '../../prisma/post.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { resolved } from '../../workflows/domain/money/gateway-events.ts';
import type { Decided, Decision, EventResolution } from '../../workflows/domain/money/gateway-events.ts';
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

export const gatewayEventActivities = ({ db }: { db: Db }) => ({
  /** Carries a decision of finance out. Safe to retry: a decision that was carried out gives what it gave. */
  resolveEvent: ({ gatewayEventId, textId, by, decision }: ResolveEvent): Promise<ResolvedEvent> =>
    db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT id FROM gateway_event WHERE id = ${gatewayEventId}::uuid FOR UPDATE`;
      const row = await tx.gatewayEvent.findUnique({ where: { id: gatewayEventId } });
      if (!row) throw refusal('NOT_FOUND', { resource: 'gatewayEvent' });
      const known = row.resolution as EventResolution | null;
      if (known?.textId === textId) return { journalId: known.journalId };

      const facts = { ...row, amount: row.amountPaise === null ? null : paise(Number(row.amountPaise)) };
      const at = instant(Date.now());
      const happened = { occurredAt: at, by: by.userId };
      const { state, journal } = resolved(
        { ...facts, isResolved: known !== null },
        await decisionIn(tx, decision, row.amountPaise),
        happened,
      );
      const journalId = journal && (await post(tx, journal)).journalId;

      const text = await tx.commandText.findUnique({ where: { id: textId } });
      const { to = null, driverId = null } = decision.action === 'ATTRIBUTE' ? decision : {};
      const { action } = decision;
      const resolution = { textId, action, to, driverId, reason: text?.remarks ?? '', by: by.userId, at, journalId };
      await tx.gatewayEvent.update({
        where: { id: row.id },
        data: {
          state,
          resolution: resolution satisfies EventResolution,
          processedAt: new Date(),
        },
      });
      const { textId: _, ...after } = resolution;
      const audited = { action: 'gatewayEvent.resolved', subject: 'gatewayEvent', subjectId: row.id };
      await audit(tx, by, { ...audited, before: { state: row.state }, after: { state, ...after } });
      return { journalId };
    }),
});

export type GatewayEventActivities = ReturnType<typeof gatewayEventActivities>;
