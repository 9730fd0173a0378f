import type { Db } from './client.ts';

/** Prefixes that are drawn by code; all other short ids are column defaults. Source: conventions section 7. */
export type ShortIdPrefix = 'TRP' | 'ATT' | 'TAS' | 'BRK' | 'PAY' | 'TXN';

/** Draws the next short ids of the IST day in a statement of its own, so that no transaction holds the serial while it works. */
export const nextShortIds = async (db: Db, prefix: ShortIdPrefix, count: number): Promise<string[]> => {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT next_short_id(${prefix}) AS id FROM generate_series(1, ${count}::int)`;
  return rows.map(({ id }) => id);
};

export const nextShortId = async (db: Db, prefix: ShortIdPrefix): Promise<string> =>
  (await nextShortIds(db, prefix, 1))[0]!;
