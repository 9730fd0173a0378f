import { randomBytes, randomUUID } from 'node:crypto';
import { db } from '../database.ts';
import { aUser } from '../factories.ts';

/** A top-up of 250000.00 that waits for a second person. */
export const aTopup = async () => {
  const { id: createdBy } = await aUser('SUPER_ADMIN', null);
  const bankReference = randomBytes(8).toString('hex').toUpperCase();
  return db.walletTopup.create({ data: { id: randomUUID(), amountPaise: 25_000_000n, bankReference, createdBy } });
};
