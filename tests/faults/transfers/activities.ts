import { randomInt } from 'node:crypto';
import type { Db } from '../../../prisma/client.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';

/** What the partner says of a transfer. */
export type Outcome = 'PAID' | 'FAILED';

interface Answered {
  transferId: string;
  outcome: Outcome | 'unknown';
  by: Actor | null;
}

/** The row of a transfer: CREATED, CALLING, unknown, and at the end its outcome. */
export const createTransfers = (db: Db) =>
  db.$executeRaw`
    CREATE TABLE "test_transfers" (
      "id" TEXT PRIMARY KEY, "state" TEXT NOT NULL, "number" TEXT UNIQUE, "decidedBy" TEXT, "changes" INTEGER NOT NULL DEFAULT 0
    )`;

export const transferActivities = (db: Db, partner: string) => {
  const ask = async (method: 'POST' | 'GET', number: string) => {
    const response = await fetch(`${partner}/${number}`, { method });
    return (await response.text()) as Outcome | 'unknown';
  };

  return {
    async aboutToTransfer(transferId: string): Promise<string> {
      const number = String(randomInt(1_000_000_000));
      const [row] = await db.$transaction(
        (tx) => tx.$queryRaw<{ number: string }[]>`
          UPDATE "test_transfers" SET "number" = coalesce("number", ${number}),
            "changes" = "changes" + ("state" = 'CREATED')::int, "state" = replace("state", 'CREATED', 'CALLING')
          WHERE "id" = ${transferId} RETURNING "number"`,
      );
      return row!.number;
    },

    transfer: (number: string) => ask('POST', number),

    enquire: (number: string) => ask('GET', number),

    async transferAnswered({ transferId, outcome, by }: Answered): Promise<void> {
      await db.$transaction(
        (tx) => tx.$executeRaw`
          UPDATE "test_transfers" SET "state" = ${outcome}, "decidedBy" = ${by?.userId ?? null}, "changes" = "changes" + 1
          WHERE "id" = ${transferId} AND "state" IN ('CALLING', 'unknown') AND "state" <> ${outcome}`,
      );
    },
  };
};

export type TransferActivities = ReturnType<typeof transferActivities>;
