import type { Pool } from 'pg';
import { isShortId } from './shapes.ts';

// Reads written by hand, each record as one JSON text: building the ORM's statement took most of the time of the most frequent read,
// and reading fifty columns one by one took most of what was left.

/** The columns of a table by the names that the schema has for them. */
export const columns = (table: string, names: object): string =>
  Object.keys(names)
    .map((name) => `${table}."${name}"`)
    .join(', ');

/** Some columns of a joined table as one object. */
export const jsonOf = (table: string, names: object): string =>
  `(SELECT to_json(slim) FROM (SELECT ${columns(table, names)}) slim)`;

/** The same, or null where nothing was joined. */
export const jsonOrNull = (table: string, names: object): string =>
  `CASE WHEN ${table}."id" IS NOT NULL THEN ${jsonOf(table, names)} END`;

/** The rows of a statement as one list. */
export const jsonList = (statement: string): string =>
  `coalesce((SELECT json_agg(item) FROM (${statement}) item), '[]')`;

type InstantOf<T> = { [K in keyof T]: Date extends T[K] ? K : never }[keyof T];

/** Inside JSON an instant is a text; which texts are instants the schema knows, so the compiler sees that none is missing. */
export const instantsOf = <T>(names: Record<InstantOf<T>, true>): readonly string[] => Object.keys(names);

/** Makes instants of the texts of a row that was read as JSON. */
export const readInstants = (row: object, names: readonly string[]): void => {
  const fields = row as Record<string, unknown>;
  for (const name of names) if (fields[name] !== null) fields[name] = new Date(fields[name] as string);
};

/**
 * Reads records of a table. `select` has its columns and joins, and calls the table `one`; `read` makes instants of texts, in place.
 */
export const rowReader = <Row>(pool: Pool, table: string, select: string, read: (row: Row) => void) => {
  const rowsOf = (condition: string) => `SELECT to_json(row) AS "row" FROM (${select} WHERE ${condition}) row`;
  const statements = {
    id: rowsOf('one."id" = $1'),
    shortId: rowsOf('one."shortId" = $1'),
    ids: rowsOf('one."id" = ANY($1::uuid[]) ORDER BY array_position($1::uuid[], one."id")'),
  };
  const rows = async (by: keyof typeof statements, value: unknown): Promise<Row[]> => {
    const query = { name: `${table}-by-${by}`, text: statements[by], values: [value] };
    const found = await pool.query<{ row: Row }>(query);
    return found.rows.map(({ row }) => {
      read(row);
      return row;
    });
  };
  return {
    /** A record by either of its ids, in one prepared statement. */
    byId: async (id: string): Promise<Row | null> => (await rows(isShortId(id) ? 'shortId' : 'id', id))[0] ?? null,
    /** Records in the order of their ids. */
    byIds: (ids: readonly string[]): Promise<Row[]> => rows('ids', ids),
  };
};
