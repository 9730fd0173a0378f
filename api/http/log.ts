import { pino } from 'pino';
import type { Logger } from 'pino';
import { masked, withoutValues } from '../../prisma/withheld.ts';

/** The process's log: JSON lines, no bodies, no tokens, no whole phone numbers. */
export const createLog = (level: string): Logger =>
  pino({
    level,
    base: { process: 'api' },
    redact: ['authorization', '*.authorization', 'otp', '*.otp', 'phone', '*.phone', 'refreshToken', '*.refreshToken'],
    serializers: { path: masked, err: withoutValues },
  });
