import type { Db } from './client.ts';

/** Prefixes that are drawn by code; all other short ids are column defaults. Source: conventions section 7. */
export type ShortIdPrefix = 'TRP' | 'ATT' | 'TAS' | 'BRK' | 'PAY' | 'TXN';

/** Draws the next short id of the IST day in a statement of its own, so that no transaction holds the serial while it works. */
export const nextShortId = async (db: Db, prefix: ShortIdPrefix): Promise<string> => {
  const rows = await db.$queryRaw<{ id: string }[]>`SELECT next_short_id(${prefix}) AS id`;
  return rows[0]!.id;
};
