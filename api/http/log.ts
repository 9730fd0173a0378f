import { pino } from 'pino';
import type { Logger } from 'pino';

/** Phones in paths and texts keep their last four digits; whatever is called a secret is dropped. */
const masked = (text: string) => text.replace(/(?<!\d)(?:\+?91)?[6-9]\d{5}(\d{4})(?!\d)/g, '******$1');

/** The process's log: JSON lines, no bodies, no tokens, no whole phone numbers. */
export const createLog = (level: string): Logger =>
  pino({
    level,
    base: { process: 'api' },
    redact: ['authorization', '*.authorization', 'otp', '*.otp', 'phone', '*.phone', 'refreshToken', '*.refreshToken'],
    serializers: { path: masked },
  });
