import { isCancellation, proxyActivities, proxyLocalActivities, TemporalFailure } from '@temporalio/workflow';
import { refusalIn } from '../domain/refusals.ts';
import { queue } from './queue.ts';

/** Soon, for as long as a person waits, or later, for as long as it takes. */
export type Pace = 'soon' | 'later';

/** Work that can be done at either pace. */
export type Paced<T> = (pace: Pace) => Promise<T>;

type Transactions<A> = { [K in keyof A]: (input: never) => Promise<unknown> };

/**
 * An activity that is one short transaction; `prefix` stands before its name. Soon it is a local activity, because a person waits and that saves two trips through
 * the server, and it gives up after three failures (database restarting); later it is a regular one, which retries for as long as
 * it takes and keeps the workflow free. Safe because every such activity guards itself with the event row of its command. Local
 * ones run one at a time: a worker that takes the workflow over ends them in the order of their beginning, whatever it was before. So
 * each execution makes its own.
 */
export const transactions = <A extends Transactions<A>>(prefix = '') => {
  const inTurn = queue();
  const local = proxyLocalActivities<A>({
    startToCloseTimeout: '2s',
    retry: { initialInterval: '50ms', maximumAttempts: 3 },
  });
  const regular = proxyActivities<A>({
    startToCloseTimeout: '10s',
    retry: { initialInterval: '500ms', maximumInterval: '2s' },
  });
  return <K extends keyof A & string>(
    name: K,
    input: Parameters<A[K]>[0],
    summary: string,
  ): Paced<Awaited<ReturnType<A[K]>>> => {
    type Call = { executeWithOptions(options: { summary: string }, args: [unknown]): Promise<never> };
    const of = (activities: object) => (activities as Record<string, Call>)[`${prefix}${name}`]!;
    const call = (activities: object) => of(activities).executeWithOptions({ summary }, [input]);
    return (pace) => (pace === 'soon' ? inTurn(() => call(local)) : call(regular));
  };
};

/** Whether work did not get through. A refusal did, and an error of our own code is no failure of the work. */
export const isHeldUp = (error: unknown): boolean =>
  error instanceof TemporalFailure && !refusalIn(error) && !isCancellation(error);

/** Does what must be done soon if that can be, and otherwise for as long as it takes. */
export const patiently = async <T>(work: Paced<T>): Promise<T> => {
  try {
    return await work('soon');
  } catch (error) {
    if (!isHeldUp(error)) throw error;
    return work('later');
  }
};

/** One call to a partner: whether there is another one is decided by the workflow, not by the server. */
export const partnerCall = { startToCloseTimeout: '15s', retry: { maximumAttempts: 1 } } as const;

/**
 * One call to the gateway, with the repetitions that `transport.ts` makes of it. Made once: the workflow decides about another. Of a
 * worker that dies meanwhile the workflow hears within seconds, and asks what became of the call.
 */
export const gatewayCall = {
  startToCloseTimeout: '10m',
  heartbeatTimeout: '10s',
  retry: { maximumAttempts: 1 },
} as const;

/** Looks through whole tables, in bites. When its worker dies another one begins it again within seconds. */
export const sweep = {
  startToCloseTimeout: '2m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
} as const;
