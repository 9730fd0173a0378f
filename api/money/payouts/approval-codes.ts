import { createHash } from 'node:crypto';
import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Tx } from '../../../prisma/client.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { minuteMs } from '../../../workflows/domain/time.ts';
import { codeHash, sendCode } from '../../people/sent-codes.ts';
import type { Services } from '../../services.ts';

// Much money is approved with a code, which binds the approval to what its approver has seen. Source: payouts.md, Later.

const lifeMs = 5 * minuteMs;
const triesMax = 3;

/** What is approved. */
interface Subject {
  subject: 'payout' | 'bulkPayout';
  subjectId: string;
}

/** What must not change between the code and the approval, as a hash. */
export const contentHashOf = (...content: (string | number | bigint | null)[]): string =>
  createHash('sha256')
    .update(JSON.stringify(content.map(String)))
    .digest('hex');

export const ApprovalCodeSent = z.object({ expiresInSeconds: z.number(), triesLeft: z.number() });
z.globalRegistry.add(ApprovalCodeSent, { id: 'ApprovalCodeSent' });

/**
 * Sends a code for this content to somebody, in place of any other that they have. Throws OTP_RESEND_TOO_SOON and
 * OTP_DELIVERY_FAILED.
 */
export const sendApprovalCode = async (
  services: Services,
  { subject, subjectId }: Subject,
  contentHash: string,
  { userId }: Actor,
): Promise<z.output<typeof ApprovalCodeSent>> => {
  const { retryAfterSeconds } = await services.limits.take('approvalSend', userId);
  if (retryAfterSeconds !== null) throw refusal('OTP_RESEND_TOO_SOON', { retryAfterSeconds });
  const { phone } = await services.db.user.findUniqueOrThrow({ where: { id: userId }, select: { phone: true } });
  const delivery = await sendCode(services, {
    ...{ phone, purpose: 'APPROVAL', lifeMs },
    also: (tx, id) => tx.approvalCode.create({ data: { id, subject, subjectId, userId, contentHash } }),
  });
  if (delivery === 'REFUSED' || delivery === 'UNREACHABLE') throw refusal('OTP_DELIVERY_FAILED');
  return { expiresInSeconds: lifeMs / 1000, triesLeft: triesMax };
};

/** A code that was right, and what it approves; or why there is none. */
export type TriedCode =
  { id: string; contentHash: string } | { reason: 'MISSING' | 'WRONG' | 'NOT_LIVE'; triesLeft: number };

const notLive: TriedCode = { reason: 'NOT_LIVE', triesLeft: 0 };

/**
 * Compares a code before the transaction of the approval, so that a wrong one counts whatever becomes of that. One statement: parallel
 * guesses never exceed the limit, and a right code costs no try. Never throws for a code; `requireApprovalCode` does.
 */
export const tryApprovalCode = async (
  { db, sealer }: Services,
  { subject, subjectId }: Subject,
  code: string | undefined,
  actor: Actor,
): Promise<TriedCode> => {
  const { userId } = actor;
  const usable = { consumedAt: null, supersededAt: null, expiresAt: { gt: new Date() }, attempts: { lt: triesMax } };
  const sent = await db.approvalCode.findFirst({
    where: { subject, subjectId, userId, challenge: usable },
    include: { challenge: true },
  });
  if (!sent) return code === undefined ? { reason: 'MISSING', triesLeft: 0 } : notLive;
  const { id, contentHash, challenge } = sent;
  if (code === undefined) return { reason: 'MISSING', triesLeft: triesMax - challenge.attempts };
  const hash = codeHash(sealer, id, code);
  const [tried] = await db.$queryRaw<{ isRight: boolean; attempts: number }[]>`
    UPDATE "otp_challenges" SET "attempts" = "attempts" + ("codeHash" <> ${hash})::int
    WHERE "id" = ${id}::uuid AND "consumedAt" IS NULL AND "supersededAt" IS NULL AND "expiresAt" > now() AND "attempts" < ${triesMax}
    RETURNING "codeHash" = ${hash} AS "isRight", "attempts"`;
  if (!tried) return notLive;
  if (tried.isRight) return { id, contentHash };
  await audit(db, actor, { action: 'approval.wrongCode', subject, subjectId });
  return { reason: 'WRONG', triesLeft: triesMax - tried.attempts };
};

/**
 * Uses a code up for an approval, in its transaction. `contentHash` is of the content as it is there. Throws APPROVAL_CODE_INVALID and
 * APPROVAL_CODE_STALE.
 */
export const requireApprovalCode = async (tx: Tx, tried: TriedCode, contentHash: string): Promise<void> => {
  if ('reason' in tried) throw refusal('APPROVAL_CODE_INVALID', tried);
  if (tried.contentHash !== contentHash) throw refusal('APPROVAL_CODE_STALE');
  const { count } = await tx.otpChallenge.updateMany({
    where: { id: tried.id, consumedAt: null, supersededAt: null },
    data: { consumedAt: new Date() },
  });
  if (count === 0) throw refusal('APPROVAL_CODE_INVALID', { reason: 'NOT_LIVE', triesLeft: 0 });
};
