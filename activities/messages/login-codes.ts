import type { Logger } from 'pino';
import type { Db } from '../../prisma/client.ts';
import type { OtpPurpose } from '../../prisma/generated/enums.ts';
import type { Sealer } from '../../prisma/sealed.ts';
import { signal } from '../../prisma/signals.ts';
import type { Signals } from '../../prisma/signals.ts';
import type { Delivery } from '../../workflows/domain/messages/notifications.ts';
import type { SendSms } from '../partners/sms.ts';

interface Deps {
  db: Db;
  sealer: Sealer;
  log: Logger;
  sms: SendSms;
  textOf: (purpose: OtpPurpose, code: string) => string;
}

interface Claimed {
  id: string;
  phone: string;
  purpose: OtpPurpose;
  sealedCode: string | null;
  isLive: boolean;
  isLast: boolean;
}

/** Codes that wait for the partner at once. */
const sendingMax = 50;
/** Two attempts within 20 s, after which a code is of little use. Source: notifications.md, Channels. */
const attemptsMax = 2;
const pauseMs = 8_000;
/** Longer than the partner may take: whoever claimed a code and did not say what became of it has died. */
const leaseSeconds = 20;
/** A second attempt is due without a signal. */
const pollMs = 1_000;

/** Takes codes that are due; what others take at the same time is theirs. */
const claim = (db: Db, limit: number): Promise<Claimed[]> =>
  db.$queryRaw<Claimed[]>`
    UPDATE "otp_challenges" SET "sends" = "sends" + 1,
      "sendAt" = CASE WHEN "sends" + 1 < ${attemptsMax} THEN now() + ${leaseSeconds} * INTERVAL '1 second' END
    WHERE "id" IN (
      SELECT "id" FROM "otp_challenges" WHERE "sendAt" <= now() ORDER BY "sendAt" LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    RETURNING "id", "phone", "purpose", "sealedCode", "sends" >= ${attemptsMax} AS "isLast",
      "consumedAt" IS NULL AND "supersededAt" IS NULL AND "expiresAt" > now() AS "isLive"`;

/**
 * Sends codes to log in, and to approve, by SMS as their rows become due, beside Temporal: see docs/decisions/0010. A code that its phone was sent, or
 * never will be, is forgotten; one that the partner refuses is void.
 */
export const loginCodes = ({ db, sealer, log, sms, textOf }: Deps) => {
  const deliver = async ({ id, phone, purpose, sealedCode, isLive }: Claimed): Promise<Delivery> => {
    if (!isLive || !sealedCode) return 'REFUSED';
    const delivery = await sms(phone, textOf(purpose, sealer.open('otp', sealedCode, id)));
    if (delivery !== 'SENT') log.warn({ challengeId: id, delivery }, 'code not delivered');
    return delivery;
  };

  const attempt = async (code: Claimed): Promise<void> => {
    const delivery = await deliver(code);
    const again = delivery === 'UNREACHABLE' && !code.isLast;
    const next = again ? { sendAt: new Date(Date.now() + pauseMs) } : { sendAt: null, sealedCode: null };
    const fate = delivery === 'REFUSED' && code.isLive ? { supersededAt: new Date() } : {};
    await db.otpChallenge.updateMany({ where: { id: code.id }, data: { delivery, ...next, ...fate } });
    await signal(db, 'loginCodeTried', code.id);
  };

  /** Begins an attempt for each code that is due; returns the attempts, which never fail. */
  const begin = async (limit: number): Promise<Promise<void>[]> =>
    (await claim(db, limit)).map((code) =>
      attempt(code).catch((err: unknown) => log.error({ err, challengeId: code.id }, 'login code attempt failed')),
    );

  return {
    /** Sends whatever becomes due, until it is stopped and the last attempt has ended. */
    async run(due: Signals, stopped: AbortSignal): Promise<void> {
      const sending = new Set<Promise<void>>();
      while (!stopped.aborted) {
        await due.listen();
        const signalled = due.next('', pollMs);
        const begun = await begin(sendingMax - sending.size).catch((err: unknown) => {
          log.warn({ err }, 'login codes not read');
          return [];
        });
        for (const attempted of begun) {
          sending.add(attempted);
          void attempted.then(() => sending.delete(attempted));
        }
        await (sending.size < sendingMax ? signalled : Promise.race(sending)); // When full, until there is room.
      }
      await Promise.all(sending);
    },
  };
};
