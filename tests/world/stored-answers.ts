import { createHash } from 'node:crypto';
import { db } from './database.ts';

/** Under which the answer of a request is stored. */
export const storedKey = (callerId: string, route: string, key: string): string =>
  createHash('sha256').update(['answer', callerId, route, key].join('\n')).digest('hex');

/** Forgets the stored answer of a request, as if the API had died between the commit of its command and the storing. */
export const loseAnswer = (callerId: string, route: string, key: string) =>
  db.idempotencyKey.updateMany({
    where: { key: storedKey(callerId, route, key) },
    data: { answer: null, statusCode: null },
  });
