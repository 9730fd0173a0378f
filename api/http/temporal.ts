import {
  Client,
  Connection,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { bulkhead } from 'cockatiel';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { refusal, refusalIn } from '../../workflows/domain/refusals.ts';
import { commandOptions, startOptions } from '../../workflows/processes.ts';
import type { Process } from '../../workflows/processes.ts';

/** A command's answer must come within this; what became of it after that is unknown. Source: conventions section 1. */
const askDeadlineMs = 10_000;
/** How often an answer that is late makes us ask for a sign of life, and how long that may take: together less than four seconds. */
const signEveryMs = 1_900;
const signDeadlineMs = 1_900;
const beginDeadlineMs = 10_000;
/** So many signals are under way at once: a burst of news is answered first and acted on after that, or after so long. */
const signalsMax = 4;
const burstPatienceMs = 5_000;
const burstLookMs = 50;

/**
 * The process had ended before the command reached it: one that ends with its command, as the approval of a journal does, took
 * another one first. Read the row again. A record never answers so, because its workflow can always be started again.
 */
export class ProcessOver extends Error {}

/** A client of its own per process; connects when first used, so that reads work while Temporal is away. */
export const temporalClient = (address: string, namespace: string): Client =>
  new Client({ connection: Connection.lazy({ address }), namespace });

/** The three ways in which the API speaks to workflows: ask, begin, tell. */
export const temporal = (client: Client, log: Logger, isBurst: () => boolean) => {
  const beginning = new Set<Promise<void>>();
  const signals = bulkhead(signalsMax, Number.MAX_SAFE_INTEGER);
  let isSettling = false;

  let sign: Promise<unknown> | null = null;
  /** A sign of life from Temporal, for all who wait for one. */
  const signOfLife = (): Promise<unknown> =>
    (sign ??= client
      .withDeadline(Date.now() + signDeadlineMs, () => client.workflowService.getSystemInfo({}))
      .finally(() => (sign = null)));

  /** Waits for as long as Temporal is alive, and gives up when it is not. */
  const whileAlive = async <T>(work: () => Promise<T>): Promise<T> => {
    const away = new AbortController();
    const watch = setInterval(() => void signOfLife().catch(() => away.abort()), signEveryMs);
    try {
      return await client.withAbortSignal(away.signal, work);
    } finally {
      clearInterval(watch);
    }
  };

  const start = async (process: Process, requestId: string): Promise<void> => {
    try {
      await client.withDeadline(Date.now() + beginDeadlineMs, () =>
        client.workflow.start(process.type, startOptions(process, requestId)),
      );
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return;
      // The row is committed; the schedule begins it within a minute.
      log.warn({ workflowId: process.workflowId, reason: reasonOf(error) }, 'begin failed');
    }
  };

  return {
    /**
     * Sends a command and waits for its verdict; begins the workflow from its row when it is missing. One call. Repeated with the
     * same update id it gives the same answer. Refusals are thrown as they are; a deadline, or a Temporal that is away, is
     * SERVICE_UNAVAILABLE with an unknown outcome.
     */
    async ask<R, I extends unknown[]>(
      process: Process,
      update: UpdateDefinition<R, I>,
      args: I,
      updateId: string,
      requestId: string,
      deadlineMs = askDeadlineMs,
    ): Promise<R> {
      const { workflowId, ...options } = commandOptions(process, requestId);
      const attempt = (): Promise<R> =>
        client.workflow.executeUpdateWithStart(update, {
          startWorkflowOperation: new WithStartWorkflowOperation(process.type, { workflowId, ...options }),
          args,
          updateId,
        });
      const patientAttempt = async (): Promise<R> => {
        try {
          return await attempt();
        } catch (error) {
          // Too many commands in flight: it looks like a refusal and is none.
          if (isUnprocessed(error)) return await attempt();
          throw error;
        }
      };
      try {
        return await whileAlive(() => client.withDeadline(Date.now() + deadlineMs, patientAttempt));
      } catch (error) {
        if (refusalIn(error)) throw error;
        if (error instanceof WorkflowExecutionAlreadyStartedError) throw new ProcessOver();
        if (error instanceof WorkflowUpdateFailedError && !isUnprocessed(error)) throw error; // A bug, not a load.
        log.warn({ workflowId, update: update.name, reason: reasonOf(error) }, 'ask failed');
        throw refusal('SERVICE_UNAVAILABLE', { outcome: 'unknown' });
      }
    },

    /** Tells a record something behind the answer. What is lost here is told again by the schedule, which looks at the rows. */
    tell<R, I>(
      process: Process,
      update: UpdateDefinition<R, [I]>,
      input: I,
      updateId: string,
      requestId: string,
    ): void {
      const told = this.ask(process, update, [input], updateId, requestId)
        .then(() => undefined)
        .catch((error: unknown) => {
          log.warn({ workflowId: process.workflowId, update: update.name, reason: reasonOf(error) }, 'tell failed');
        })
        .finally(() => beginning.delete(told));
      beginning.add(told);
    },

    /**
     * Lets a record know that there is news of it, beginning its workflow if it is missing. Nobody waits for it; what is lost here the
     * schedule finds among what is stored.
     */
    signal(process: Process, signal: SignalDefinition, requestId: string): void {
      const { workflowId, ...options } = commandOptions(process, requestId);
      const patientUntilMs = Date.now() + burstPatienceMs;
      const send = async (): Promise<void> => {
        while (isBurst() && !isSettling && Date.now() < patientUntilMs) await sleep(burstLookMs);
        await client.withDeadline(Date.now() + beginDeadlineMs, () =>
          client.workflow.signalWithStart(process.type, { workflowId, ...options, signal }),
        );
      };
      const sent = signals
        .execute(send)
        .catch((error: unknown) => log.warn({ workflowId, reason: reasonOf(error) }, 'signal failed'))
        .finally(() => beginning.delete(sent));
      beginning.add(sent);
    },

    /** Begins a workflow behind the answer: its row is committed, so nothing is lost when this fails. */
    begin(process: Process, requestId: string): void {
      const begun = start(process, requestId).finally(() => beginning.delete(begun));
      beginning.add(begun);
    },

    /** Waits for what is being begun; for an orderly end. */
    async settle(): Promise<void> {
      isSettling = true;
      await Promise.all(beginning);
      await client.connection.close();
    },
  };
};

export type Temporal = ReturnType<typeof temporal>;

/**
 * For a command that its record already knows: its workflow may have missed it, and must hear it again. What it says to that does
 * not matter any more; only whether it can be reached does, and then the caller comes again.
 */
export const unlessAway = (error: unknown): void => {
  if (refusalIn(error)?.key === 'SERVICE_UNAVAILABLE') throw error;
};

const isUnprocessed = (error: unknown): boolean =>
  error instanceof WorkflowUpdateFailedError && /UnprocessedUpdate/.test(String(error.cause?.message));

const reasonOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : 'unknown');
