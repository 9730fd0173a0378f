import { isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import { refusalIn } from './domain/refusals.ts';
import { queue } from './queue.ts';

type Transactions<A> = { [K in keyof A]: (input: never) => Promise<unknown> };

/**
 * Runs an activity that is one short transaction. First as a local activity, because a person waits and that saves two trips
 * through the server; after three failures (database restarting) as a regular one, which retries for as long as it takes and
 * keeps the workflow free. Safe because every such activity guards itself with the event row of its command. Local ones run
 * one at a time: a worker that takes the workflow over ends them in the order of their beginning, whatever it was before.
 */
export const transactions = <A extends Transactions<A>>() => {
  const inTurn = queue();
  const soon = proxyLocalActivities<A>({
    startToCloseTimeout: '2s',
    retry: { initialInterval: '50ms', maximumAttempts: 3 },
  });
  const later = proxyActivities<A>({
    startToCloseTimeout: '10s',
    retry: { initialInterval: '500ms', maximumInterval: '2s' },
  });
  return async <K extends keyof A & string>(
    name: K,
    input: Parameters<A[K]>[0],
    summary: string,
  ): Promise<Awaited<ReturnType<A[K]>>> => {
    type Call = { executeWithOptions(options: { summary: string }, args: [unknown]): Promise<never> };
    try {
      return await inTurn(() => (soon[name] as unknown as Call).executeWithOptions({ summary }, [input]));
    } catch (error) {
      if (refusalIn(error) || isCancellation(error)) throw error;
      return (later[name] as unknown as Call).executeWithOptions({ summary }, [input]);
    }
  };
};

/** One call to the SMS partner; the workflow counts the attempts itself, so that each leaves a row. */
export const partnerCall = { startToCloseTimeout: '15s', retry: { maximumAttempts: 1 } } as const;

/** Begins other workflows: cheap, idempotent, and nobody waits for it. */
export const background = {
  startToCloseTimeout: '20s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
} as const;
