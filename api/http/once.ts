import { createHash, randomUUID } from 'node:crypto';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { Sealer } from '../../prisma/sealed.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { uniqueViolation } from './errors.ts';

const hash = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest();

/** A version-4 UUID made of a hash, so that a repeated key makes the same id. */
const uuidOf = (digest: Buffer): string => {
  const bytes = Buffer.from(digest.subarray(0, 16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

export interface Answer {
  statusCode: number;
  body: Prisma.InputJsonValue;
}

/** Who repeats what: the key that a client sent, bound to caller and route. Null when none was sent. */
export interface Repetition {
  /** Whether a key was sent, so that this may be a repetition. */
  isKeyed: boolean;
  /** An id of something that this request makes; the same for the same key. */
  idOf(what: string): string;
  /** The id of a command to a workflow; a key that was used for another target or command is another id. */
  updateIdOf(command: string, target: string): string;
  /** Binds the key to the body, in one statement, and returns the answer that it already had. */
  recall(): Promise<Answer | null>;
  store(answer: Answer): Promise<void>;
  /** Frees the key of a request that was refused for its form or its sender: a corrected one may use it. */
  release(): Promise<void>;
}

const keptHours = 24;

interface Known {
  bodyHash: string;
  statusCode: number | null;
  answer: string | null;
  createdAt: Date;
  /** Whether this request bound the key; its twin found it bound. */
  isFirst: boolean;
}

/** Without a key every request is its own, and no statement is spent on it. */
export const repetition = (
  { db, sealer }: { db: Db; sealer: Sealer },
  request: { key: string | undefined; callerId: string; route: string; body: unknown },
): Repetition => {
  const { key, callerId, route } = request;
  if (key === undefined) {
    const requestKey = randomUUID();
    return {
      isKeyed: false,
      idOf: () => randomUUID(),
      updateIdOf: (command, target) => `${command}:${hash('update', target, requestKey).toString('hex')}`,
      recall: () => Promise.resolve(null),
      store: () => Promise.resolve(),
      release: () => Promise.resolve(),
    };
  }
  /** When the key was first used: the same key of another day, or after a correction, makes other things. */
  let epoch = '';
  let isFirst = false;
  const stored = hash('answer', callerId, route, key).toString('hex');
  const bodyHash = hash(JSON.stringify(request.body ?? {})).toString('hex');
  return {
    isKeyed: true,
    idOf: (what) => uuidOf(hash('id', what, callerId, route, key, epoch)),
    updateIdOf: (command, target) =>
      `${command}:${hash('update', callerId, route, target, key, epoch).toString('hex')}`,
    async recall() {
      const oldest = new Date(Date.now() - keptHours * 3_600_000);
      const [known] = await db.$queryRaw<Known[]>`
        INSERT INTO "idempotency_keys" AS k ("key", "bodyHash") VALUES (${stored}, ${bodyHash})
        ON CONFLICT ("key") DO UPDATE SET
          "bodyHash" = CASE WHEN k."createdAt" < ${oldest} THEN excluded."bodyHash" ELSE k."bodyHash" END,
          "answer" = CASE WHEN k."createdAt" < ${oldest} THEN NULL ELSE k."answer" END,
          "createdAt" = CASE WHEN k."createdAt" < ${oldest} THEN now() ELSE k."createdAt" END
        RETURNING "bodyHash", "statusCode", "answer", "createdAt", xmax = 0 AS "isFirst"`;
      if (!known || known.bodyHash !== bodyHash) throw refusal('IDEMPOTENCY_KEY_REUSED');
      epoch = known.createdAt.toISOString();
      isFirst = known.isFirst;
      if (known.answer === null || known.statusCode === null) return null; // The first request is still at work, or died.
      return {
        statusCode: known.statusCode,
        body: JSON.parse(sealer.open('answer', known.answer, stored)) as Answer['body'],
      };
    },
    async store({ statusCode, body }) {
      const answer = sealer.seal('answer', JSON.stringify(body), stored);
      // A refused twin does not write over the answer of the request that did the work.
      const where = statusCode < 400 ? { key: stored } : { key: stored, answer: null };
      await db.idempotencyKey.updateMany({ where, data: { statusCode, answer } });
    },
    async release() {
      if (!isFirst) return; // Its twin may still be at work.
      await db.idempotencyKey.deleteMany({ where: { key: stored, bodyHash, answer: null } });
    },
  };
};

/**
 * Makes something whose id comes from the request's key. Its twin (same key at the same time, or again after a crash) runs into
 * the primary key, which is no conflict: the thing is there, as wanted. Returns whether it was made now.
 */
export const createOnce = async (create: () => Promise<unknown>): Promise<boolean> => {
  try {
    await create();
    return true;
  } catch (error) {
    if (uniqueViolation(error)?.endsWith('_pkey')) return false;
    throw error;
  }
};
