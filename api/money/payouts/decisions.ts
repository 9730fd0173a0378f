import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Tx } from '../../../prisma/client.ts';
import type { Payout, PayoutDecision } from '../../../prisma/generated/client.ts';
import { lockOwner } from '../../../prisma/payouts/payouts.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { decidedOutcomes, payoutFacts, requireDecidable } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { payoutNews } from '../../../workflows/money/payouts.ts';
import { payoutProcess } from '../../../workflows/processes.ts';
import { post } from '../../http/endpoint.ts';
import { ById, Text, Word } from '../../http/shapes.ts';
import { requireStillMay } from '../../still-may.ts';
import { requireSecondPerson } from './payout-changes.ts';
import { DecisionView } from './payout-views.ts';

const DecisionIn = z
  .object({
    outcome: Word(decidedOutcomes),
    utr: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z0-9]{6,40}$/, 'must be the 6 to 40 letters and digits that the bank gave to the transfer')
      .nullish(),
    evidence: Text(1000),
  })
  .refine(({ outcome, utr }) => outcome === 'NOT_PAID' || utr, { path: ['utr'], error: 'must be given with PAID' })
  .refine(({ outcome, utr }) => outcome === 'PAID' || !utr, { path: ['utr'], error: 'must be left out with NOT_PAID' });

/** The payout as it is until the transaction ends, and the decision about its attempt that counts, if there is one. */
const locked = async (tx: Tx, { id, ...owner }: Payout) => {
  await lockOwner(tx, owner);
  const row = await tx.payout.findUniqueOrThrow({ where: { id } });
  const decision = await tx.payoutDecision.findFirst({
    where: { payoutId: id, attempt: row.attempt, status: { not: 'REPLACED' } },
  });
  return { row, decision };
};

/** Throws UTR_USED. */
const requireFree = async (tx: Tx, { id }: Payout, utr: string | null): Promise<void> => {
  if (utr && (await tx.payout.count({ where: { utr, id: { not: id } } })) > 0) throw refusal('UTR_USED');
};

interface Proposed extends z.output<typeof DecisionIn> {
  id: string;
  by: Actor;
}

/**
 * Writes down what somebody says became of a payout, in place of what was said before and waits. Said again it is the same decision.
 * Throws PAYOUT_NOT_DECIDABLE, DECISION_APPROVED, UTR_USED.
 */
const propose = async (tx: Tx, payout: Payout, { id, by, outcome, evidence, utr = null }: Proposed) => {
  const { row, decision: earlier } = await locked(tx, payout);
  const said = { outcome, utr, evidence, createdBy: by.userId };
  const isSame = earlier && Object.entries(said).every(([name, value]) => earlier[name as keyof typeof said] === value);
  if (earlier && (isSame || earlier.id === id)) return earlier;
  if (earlier && earlier.status !== 'WAITING') throw refusal('DECISION_APPROVED', { decisionId: earlier.id });
  requireDecidable(payoutFacts(row), Date.now());
  await requireFree(tx, row, utr);
  if (earlier) await tx.payoutDecision.update({ where: { id: earlier.id }, data: { status: 'REPLACED' } });
  await audit(tx, by, {
    ...{ action: 'payout.decided', subject: 'payout', subjectId: row.id },
    after: { decisionId: id, attempt: row.attempt, outcome, utr, evidence },
  });
  return tx.payoutDecision.create({ data: { id, payoutId: row.id, attempt: row.attempt, ...said } });
};

/**
 * Approves what somebody else said; the process of the payout then applies it. `decisionId` is the decision that was read; without it
 * the one that waits is meant. Throws DECISION_NOT_WAITING, DECISION_APPROVED, PAYOUT_NOT_DECIDABLE, APPROVER_IS_CREATOR, UTR_USED.
 */
const approve = async (tx: Tx, payout: Payout, decisionId: string | undefined, actor: Actor) => {
  await requireStillMay(tx, actor, 'payouts:manage', payout.fleetId);
  const { row, decision } = await locked(tx, payout);
  if (!decision || (decisionId && decision.id !== decisionId))
    throw refusal('DECISION_NOT_WAITING', { decisionId: decision?.id ?? null });
  if (decision.approvedBy === actor.userId) return decision;
  if (decision.status !== 'WAITING') throw refusal('DECISION_APPROVED', { decisionId: decision.id });
  if (decision.createdBy === actor.userId) throw refusal('APPROVER_IS_CREATOR');
  await requireSecondPerson(tx, row, actor.userId);
  requireDecidable(payoutFacts(row), Date.now());
  const { id, outcome, utr } = decision;
  await requireFree(tx, row, utr);
  await audit(tx, actor, {
    ...{ action: 'payout.decisionApproved', subject: 'payout', subjectId: row.id },
    after: { decisionId: id, attempt: row.attempt, outcome, utr },
  });
  const approval = { status: 'APPROVED', approvedBy: actor.userId, approvedAt: new Date() } as const;
  return tx.payoutDecision.update({ where: { id }, data: approval });
};

/** A payout whose end the gateway never told, decided by two people. Source: payouts.md, rule 16b. */
export const payoutDecisions = [
  post('/payments/admin/payout/:id/decide', {
    allow: 'payouts:manage',
    summary:
      'Say what became of a payout that the gateway was asked about for 72 hours; another person has to approve it',
    says: 'Decision waits for a second person',
    status: 201,
    params: ById('payout'),
    body: DecisionIn,
    returns: DecisionView,
    refuses: ['PAYOUT_NOT_DECIDABLE', 'DECISION_APPROVED', 'UTR_USED'],
    handle: ({ payout, body, actor, db, newId }): Promise<PayoutDecision> => {
      const id = newId();
      return db.$transaction((tx) => propose(tx, payout, { ...body, id, by: actor }));
    },
  }),

  post('/payments/admin/payout/:id/decide/approve', {
    allow: 'payouts:manage',
    summary: 'Approve a decision; not by whoever made it, nor by whoever asked for the payout',
    says: 'Decision approved',
    params: ById('payout'),
    body: z.object({ decisionId: z.uuid().optional() }),
    returns: DecisionView,
    refuses: ['DECISION_NOT_WAITING', 'DECISION_APPROVED', 'APPROVER_IS_CREATOR', 'PAYOUT_NOT_DECIDABLE', 'UTR_USED'],
    async handle({ payout, body, actor, db, services, requestId }) {
      const decision = await db.$transaction((tx) => approve(tx, payout, body.decisionId, actor));
      services.temporal.signal(payoutProcess(payoutFacts(payout)), payoutNews, requestId);
      return decision;
    },
  }),
];
