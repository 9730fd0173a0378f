import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { bulkhead } from 'cockatiel';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../../prisma/client.ts';
import type { PauseReason } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import { batchFacts } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import type { BatchFacts } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import { payoutFacts } from '../../../workflows/domain/money/payouts/payouts.ts';
import type { PayoutFacts, TransferAnswer } from '../../../workflows/domain/money/payouts/payouts.ts';
import { payoutProcess } from '../../../workflows/processes.ts';
import { begin } from '../../begin.ts';
import { driversInDisorder } from '../ledger.ts';
import { bulkRows } from './bulk-rows.ts';
import type { Begun } from './bulk-rows.ts';
import { payoutActivities, submitted } from './payouts.ts';
import { transferSender } from './transfer-calls.ts';

/** After so many answers in a row that no other row would fare better with, the batch waits for a person. Rules 13 and 14. */
const inARow = 3;
/** So often, in fifteen seconds, an unexpected fault ends the sending and begins it again; a row that has it then fails. */
const triesOfARow = 5;

/** Looks at what the gateway answers, one answer after the other; says why to stop, if that is wiser. */
const stopRule = () => {
  const counts = { LOW_BALANCE: 0, GATEWAY_UNAVAILABLE: 0 };
  return (answer: TransferAnswer): PauseReason | null => {
    if (answer.kind === 'notAllowed') return 'NOT_ALLOWED';
    counts.LOW_BALANCE = answer.kind === 'told' && answer.isQueued ? counts.LOW_BALANCE + 1 : 0;
    counts.GATEWAY_UNAVAILABLE = answer.kind === 'notSent' ? counts.GATEWAY_UNAVAILABLE + 1 : 0;
    if (counts.LOW_BALANCE >= inARow) return 'LOW_BALANCE';
    return counts.GATEWAY_UNAVAILABLE >= inARow ? 'GATEWAY_UNAVAILABLE' : null;
  };
};

const unknown: TransferAnswer = { kind: 'unknown' };

const listenEveryMs = 1_000;

/** Of the others the gateway will say soon that they are paid. */
const needsProcess = ({ status, queuedOnLowBalance }: PayoutFacts): boolean =>
  status === 'UNKNOWN' || status === 'HELD' || (status === 'ACCEPTED' && queuedOnLowBalance);

type Deps = Parameters<typeof bulkRows>[0] &
  Parameters<typeof transferSender>[0] & { pace: () => Promise<void>; db: Db; client: Client; concurrency: number };

/** Sends the rows of bulk files, at the pace of the bank. */
export const bulkSending = (deps: Deps) => {
  const { db, client, concurrency, log } = deps;
  const beginRows = bulkRows(deps);
  const payouts = payoutActivities(deps);
  const sendTransfer = transferSender(deps);
  /** Of all batches of this worker. */
  const slots = bulkhead(concurrency, Infinity);

  /** No answer: while it waited for its turn it was cancelled, or its own process has sent it. */
  const send = async ({ payoutId, attempt }: PayoutFacts) => {
    await deps.pace();
    const { row, answer } = await slots.execute(async () => {
      // It counts as sent when it is, not while it waits for its turn and a slot.
      const row = await submitted(db, payoutId);
      return { row, answer: row.status === 'SUBMITTING' ? await sendTransfer(row).catch(() => unknown) : null };
    });
    const payout = answer ? await payouts.answered({ payoutId, attempt, answer }) : payoutFacts(row);
    return { payout, answer };
  };

  /** Hears what the gateway has said of rows that have no process of their own. */
  const hearEvents = async (batchId: string): Promise<void> => {
    const told = await db.$queryRaw<{ id: string }[]>`
      SELECT DISTINCT p."id" FROM "gateway_event" e JOIN "payouts" p ON p."id" = e."subject_id"
        JOIN "bulk_payout_rows" r ON r."payoutId" = p."id"
      WHERE r."batchId" = ${batchId}::uuid AND r."status" IN ('PROCESSING', 'PENDING') AND e."state" = 'RECEIVED' AND p."begunAt" IS NULL`;
    // A file that is told much keeps no other one waiting.
    const hearing = bulkhead(concurrency, Infinity);
    await Promise.all(told.map(({ id }) => hearing.execute(() => payouts.hear(id))));
  };

  /** Hears them again and again, one look after the other, until a batch is sent. */
  const listen = async (batchId: string, isSent: AbortSignal): Promise<void> => {
    while (!isSent.aborted) {
      await hearEvents(batchId).catch((err: unknown) => log.warn({ err, batchId }, 'rows of a file are heard later'));
      await sleep(listenEveryMs, null, { signal: isSent }).catch(() => undefined);
    }
  };

  /** What was begun and nobody sends, because a worker died or a try failed, gets a process, which asks what became of it. */
  const adopt = async (batchId: string): Promise<void> => {
    const isHeld = { status: 'HELD' as const, begunAt: null, bulkRow: { batchId } };
    const orphans = await db.payout.findMany({
      where: { OR: [{ bulkRow: { batchId, status: 'PROCESSING' } }, isHeld] },
    });
    for (const row of orphans) await begin(client, payoutProcess(payoutFacts(row)));
  };

  const driversOf = async (batchId: string): Promise<string[]> => {
    const where = { batchId, status: 'VALID' as const, driverId: { not: null } };
    const rows = await db.bulkPayoutRow.findMany({ where, distinct: ['driverId'], select: { driverId: true } });
    return rows.map(({ driverId }) => driverId!);
  };

  const factsOf = async (batchId: string): Promise<BatchFacts> =>
    batchFacts(await db.bulkPayout.findUniqueOrThrow({ where: { id: batchId } }));

  return {
    /** Hears what the gateway has said of the rows meanwhile. Safe to retry: an event is heard once. */
    async hearRows(batchId: string): Promise<BatchFacts> {
      await hearEvents(batchId);
      return factsOf(batchId);
    },

    /**
     * Sends the rows that wait, a few at a time, until none is left or the batch is stopped, and hears what the gateway says of them.
     * What is held, or unknown, gets a process of its own, and from the schedule what is on its way for longer than a minute. When
     * its worker dies another one goes on within seconds. Safe to retry: a row is begun once, and sent under one number.
     */
    async sendRows(batchId: string): Promise<BatchFacts> {
      const stopReason = stopRule();
      const signal = cancellationSignal();
      let isStopped = false;
      /** For the next time that somebody resumes it, the rows that are being sent say nothing. */
      const stop = async (pausedFor: PauseReason): Promise<void> => {
        if (isStopped) return;
        isStopped = true;
        await db.bulkPayout.updateMany({
          where: { id: batchId, status: 'PROCESSING', rowsValid: { gt: 0 } },
          data: { status: 'PAUSED', pausedFor, version: { increment: 1 } },
        });
      };
      const finish = async (begun: PayoutFacts): Promise<void> => {
        const { payout, answer } = begun.status === 'CREATED' ? await send(begun) : { payout: begun, answer: null };
        const pausedFor = answer && stopReason(answer);
        if (pausedFor) await stop(pausedFor);
        if (needsProcess(payout)) await begin(client, payoutProcess(payout));
      };
      const batch = await db.bulkPayout.findUniqueOrThrow({ where: { id: batchId } });
      const inDisorder = await driversInDisorder(db, await driversOf(batchId));
      const beginSome = beginRows({ batch, inDisorder, isLastTry: activityInfo().attempt >= triesOfARow });
      const begun: Begun[] = [];
      const beginning = bulkhead(1, Infinity);
      /** Hands out what was begun, row by row; when nothing is left, and the batch was not stopped, some more are begun. */
      const nextRow = () =>
        beginning.execute(async () => {
          if (begun.length === 0 && !isStopped) begun.push(...(await beginSome()));
          return begun.shift();
        });
      let faults = 0;
      const lane = async (): Promise<void> => {
        while (!signal.aborted) {
          const next = await nextRow();
          if (!next) return;
          faults = next.isOurFault ? faults + 1 : 0;
          if (faults >= inARow) await stop('ROW_FAULTS');
          if (next.payout) await finish(next.payout);
        }
      };
      /** When one lane fails the others end with what is begun, before the activity is tried again: else those of every try would go on. */
      const endAll = (error: unknown): never => {
        isStopped = true;
        begun.length = 0; // The next try adopts them.
        throw error;
      };
      await adopt(batchId);
      const isSent = new AbortController();
      const listening = listen(batchId, isSent.signal);
      // As many again are begun, or written down, while these are sent.
      const ended = await Promise.allSettled(Array.from({ length: concurrency * 2 }, () => lane().catch(endAll)));
      isSent.abort();
      await listening;
      for (const lost of ended) if (lost.status === 'rejected') throw lost.reason;
      await adopt(batchId); // When the worker ends, lanes leave behind what was begun.
      await hearEvents(batchId);
      return factsOf(batchId);
    },
  };
};

export type BulkSending = ReturnType<typeof bulkSending>;
