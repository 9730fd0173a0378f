import { createHash } from 'node:crypto';
import { db } from './database.ts';

/** Forgets the stored answer of a request, as if the API had died between the commit of its command and the storing. */
export const loseAnswer = (callerId: string, route: string, key: string) => {
  const stored = createHash('sha256').update(['answer', callerId, route, key].join('\n')).digest('hex');
  return db.idempotencyKey.updateMany({ where: { key: stored }, data: { answer: null, statusCode: null } });
};
