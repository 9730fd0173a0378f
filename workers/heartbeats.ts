import type { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** A third of the timeout: one beat may be lost. */
const beatsPerTimeout = 3;

/**
 * Says for an activity with a heartbeat timeout that its worker lives. When the worker dies the server gives the activity to another
 * one after that timeout, and not after the much longer time that the activity may take.
 */
export const heartbeats: ActivityInterceptorsFactory = ({ info, heartbeat }: Context) => ({
  inbound: {
    async execute(input, next) {
      if (!info.heartbeatTimeoutMs) return next(input);
      const beating = setInterval(() => heartbeat(), info.heartbeatTimeoutMs / beatsPerTimeout);
      try {
        return await next(input);
      } finally {
        clearInterval(beating);
      }
    },
  },
});
