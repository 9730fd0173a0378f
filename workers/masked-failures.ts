import { CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import { refusalIn } from '../workflows/domain/refusals.ts';

const isOfTheSdk = (error: unknown): boolean =>
  error instanceof CancelledFailure || error instanceof CompleteAsyncError;

/** The kind of a failure without its words and its stack, which begins with them. */
const masked = (error: unknown): ApplicationFailure =>
  ApplicationFailure.create({
    type: error instanceof Error ? error.name : typeof error,
    message: 'The activity failed; the log of the worker says why',
    nonRetryable: error instanceof ApplicationFailure && error.nonRetryable === true,
  });

/**
 * What an activity throws is written into the history of its workflow, where nothing personal may stand; the ORM and the database
 * quote what they were given. Refusals pass. Everything else goes to the log, and its kind to the history.
 */
export const maskedFailures =
  (log: Logger): ActivityInterceptorsFactory =>
  ({ info }) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (refusalIn(error) || isOfTheSdk(error)) throw error;
          const { activityType, attempt, workflowExecution } = info;
          log.warn({ activityType, attempt, workflowId: workflowExecution?.workflowId, err: error }, 'activity failed');
          throw masked(error);
        }
      },
    },
  });
