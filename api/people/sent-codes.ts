import { randomInt, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Tx } from '../../prisma/client.ts';
import type { CodeDelivery, OtpPurpose } from '../../prisma/generated/enums.ts';
import type { Sealer } from '../../prisma/sealed.ts';
import { signal } from '../../prisma/signals.ts';
import type { Services } from '../services.ts';

// Codes of six figures that go to a phone by SMS: to log in, or to approve something.

/** How long the answer waits for the SMS partner; after that its word comes in the background. */
const deliveryWaitMs = 5_000;

/** A code as it lies in the database; bound to its challenge. */
export const codeHash = ({ hash }: Sealer, challengeId: string, code: string): string =>
  hash('otp-hash', `${challengeId}:${code}`);

/** Clients that send a number lose the zeros in front. */
export const SentCode = z.union([
  z.string().max(20),
  z
    .number()
    .int()
    .min(0)
    .transform((code) => String(code).padStart(6, '0')),
]);

interface Wanted {
  phone: string;
  purpose: OtpPurpose;
  lifeMs: number;
  /** What else is written with the code, in its transaction. */
  also?: (tx: Tx, challengeId: string) => Promise<unknown>;
}

/** Stores a new code for the worker to send and kills the older ones of the phone for this purpose, one sender at a time. */
const issueChallenge = async ({ db, sealer }: Services, id: string, wanted: Wanted): Promise<void> => {
  const { phone, purpose, lifeMs, also } = wanted;
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  await db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${phone}))`;
    const live = { phone, purpose, consumedAt: null, supersededAt: null };
    await tx.otpChallenge.updateMany({ where: live, data: { supersededAt: new Date() } });
    await tx.otpChallenge.create({
      data: {
        ...{ id, phone, purpose, codeHash: codeHash(sealer, id, code), sealedCode: sealer.seal('otp', code, id) },
        expiresAt: new Date(Date.now() + lifeMs),
      },
    });
    await also?.(tx, id);
    await signal(tx, 'loginCodeDue');
  });
};

/** Has the worker send a new code; returns the verdict of its first attempt, or null when the partner is slow. */
export const sendCode = async (services: Services, wanted: Wanted): Promise<CodeDelivery | null> => {
  const { db, codesTried } = services;
  const id = randomUUID();
  await codesTried.listen();
  const tried = codesTried.next(id, deliveryWaitMs);
  await issueChallenge(services, id, wanted);
  await tried;
  const challenge = await db.otpChallenge.findUniqueOrThrow({ where: { id }, select: { delivery: true } });
  return challenge.delivery;
};
