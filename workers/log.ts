import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';

/** The SDK's lines go the way of all others, and its core is quiet unless something is wrong. */
export const installRuntime = (log: Logger): void => {
  Runtime.install({
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      const write = level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : 'info';
      const { error, ...rest } = { ...meta };
      log[write](error === undefined ? rest : { ...rest, err: error }, message);
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
  });
};
