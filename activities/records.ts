import type { Db, Tx } from '../prisma/client.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { nextShortId } from '../prisma/short-id.ts';
import type { ShortIdPrefix } from '../prisma/short-id.ts';
import type { Actor, Change, Rule } from '../workflows/domain/commands.ts';
import type { Point } from '../workflows/domain/geo.ts';
import { committed } from '../workflows/domain/records.ts';
import type { CommandOf, Committed, Met, Ordered, Reached, RecordKind, Rules } from '../workflows/domain/records.ts';
import { refusalIn } from '../workflows/domain/refusals.ts';
import { instant } from '../workflows/domain/time.ts';

/** The rows of a kind of record. */
export interface Rows<Facts> {
  table: string;
  events: string;
  /** The column of the events that names their record. */
  key: string;
  /** Whether its events have a position. */
  hasPlace: boolean;
  read: (db: Db, id: string) => Promise<Facts>;
  isDone: (db: Db, id: string, commandId: string) => Promise<boolean>;
  /** The columns that hold the changed facts, and the facts that follow from the change itself. */
  changes: (change: Change<Facts, unknown>) => { columns: object; set: Partial<Facts> };
}

interface Written<Facts> {
  facts: Facts;
  /** Messages that wait for their delivery. */
  queued: string[];
}

/** Writes what the rule decided, with further columns and facts that only the transaction knows. */
export type Write<Facts> = (more?: {
  columns?: object;
  set?: Partial<Facts>;
  /** Queues messages for the changed row, which it calls `moved`; returns their ids. */
  queue?: Prisma.Sql;
}) => Promise<Written<Facts>>;

/** What else a command changes, around its one `write`, in one transaction. */
export type Effect<Facts, Command> = (
  tx: Tx,
  change: Change<Facts, Command>,
  write: Write<Facts>,
) => Promise<Written<Facts>>;

/** A command that makes something with a short id. It is drawn before the transaction, which would hold the serial; a gap is allowed. */
export interface Drawing<Facts, Command> {
  draws: ShortIdPrefix;
  effect: (tx: Tx, change: Change<Facts, Command>, write: Write<Facts>, shortId: string) => Promise<Written<Facts>>;
}

/** A command without a transaction of its own: its statement is one. */
export interface Alone<Facts, Command> {
  alone: (change: Change<Facts, Command>, write: Write<Facts>) => Promise<Written<Facts>>;
}

export type Effects<Facts, R extends Rules<Facts>> = {
  [Name in keyof R]:
    Effect<Facts, CommandOf<R, Name>> | Drawing<Facts, CommandOf<R, Name>> | Alone<Facts, CommandOf<R, Name>>;
};

/** The row was not at the version that the command was judged on, or the command has had its effect. */
class Behind extends Error {}

const defined = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const nobody = Prisma.sql`SELECT NULL::uuid AS "id" WHERE false`;

/** What the event of any command says; without an actor the system acts. */
const eventOf = ({ move, commandId, command, flags = [], at, set }: Change<object, unknown>) => {
  const { by, at: place = null, ...said } = command as { by?: Actor; at?: Point | null };
  return {
    ...{ type: move, commandId, at, actorType: by ? 'USER' : 'SYSTEM', actorId: by?.userId ?? null },
    ...{ data: { ...said, flags }, outcome: { set } },
    place: { lat: place?.lat ?? null, lng: place?.lng ?? null },
  };
};

/**
 * The only statement that changes a record: the row at the version as read, its event, and its messages, together. By hand, because
 * most commands are just this, and as statements of their own they cost their caller three times as much.
 */
const writeWith =
  <Facts extends { version: number }>(
    db: Db | Tx,
    { table, events, key, hasPlace, changes }: Rows<Facts>,
    id: string,
    change: Change<Facts, unknown>,
  ): Write<Facts> =>
  async ({ columns: more = {}, set = {}, queue = nobody } = {}) => {
    const { place, ...event } = eventOf(change);
    const changed = { ...change.set, ...set };
    const follows = changes({ ...change, set: changed });
    const values = defined({ ...follows.columns, ...more });
    const target = Prisma.raw(`"${table}"`);
    const assignments = Object.keys(values).map((name) => Prisma.raw(`"${name}" = n."${name}", `));
    const row = { ...event, ...(hasPlace ? place : {}) };
    const names = Prisma.raw(
      Object.keys(row)
        .map((name) => `"${name}"`)
        .join(', '),
    );
    const [written] = await db.$queryRaw<{ queued: string[] }[]>`
      WITH moved AS (
        UPDATE ${target} r SET ${Prisma.join([...assignments, Prisma.raw('')], '')} "version" = r."version" + 1, "updatedAt" = now()
        FROM jsonb_populate_record(NULL::${target}, ${JSON.stringify(values)}::jsonb) n
        WHERE r."id" = ${id}::uuid AND r."version" = ${change.facts.version} AND NOT EXISTS (
          SELECT 1 FROM ${Prisma.raw(`"${events}"`)} done
          WHERE done.${Prisma.raw(`"${key}"`)} = r."id" AND done."commandId" = ${change.commandId}
        )
        RETURNING r.*
      ), queued AS (${queue}), event AS (
        INSERT INTO ${Prisma.raw(`"${events}"`)} (${Prisma.raw(`"${key}"`)}, ${names})
        SELECT moved."id", ${Prisma.join(
          Object.keys(row).map((name) => Prisma.raw(`e."${name}"`)),
          ', ',
        )}
        FROM moved, jsonb_populate_record(NULL::${Prisma.raw(`"${events}"`)}, ${JSON.stringify(row)}::jsonb) e
      )
      SELECT ARRAY(SELECT "id" FROM queued) AS "queued" FROM moved`;
    if (!written) throw new Behind(`${table} ${id} is not at version ${change.facts.version}.`);
    const facts = { ...change.facts, ...changed, ...follows.set, version: change.facts.version + 1 };
    return { facts, queued: written.queued };
  };

export interface Deps {
  db: Db;
  /** Begins the delivery of queued messages. Nobody waits for it; what is lost, the schedule begins. */
  deliver: (notificationIds: string[]) => void;
  /** The clock of the commits; tests set it. */
  now?: () => number;
}

/**
 * The commits of a kind of record, one activity per command. Each asks the rule on the facts that the workflow knows and writes at
 * their version. When that is refused, or the row is elsewhere, it reads the row and asks once more: the row decides. Safe to retry:
 * a command that is in the events has had its effect.
 */
export const commits = <Facts extends { version: number }, R extends Rules<Facts>, Clock>(
  { db, deliver, now = Date.now }: Deps,
  kind: RecordKind<Facts, R, Clock>,
  rows: Rows<Facts>,
  effects: Effects<Facts, R>,
) => {
  const carryOut = async (name: keyof R, change: Change<Facts, never>): Promise<Facts> => {
    const work = effects[name] as Effect<Facts, never> | Drawing<Facts, never> | Alone<Facts, never>;
    const write = (through: Db | Tx) => writeWith(through, rows, kind.idOf(change.facts), change);
    const inTransaction = async () => {
      const shortId = 'draws' in work ? await nextShortId(db, work.draws) : '';
      const effect = 'draws' in work ? work.effect : (work as Effect<Facts, never>);
      return db.$transaction((tx) => effect(tx, change, write(tx), shortId));
    };
    const { facts, queued } = await ('alone' in work ? work.alone(change, write(db)) : inTransaction());
    if (queued.length > 0) deliver(queued);
    return facts;
  };

  const judge = (name: keyof R, facts: Facts, command: unknown, commandId: string): Change<Facts, never> | null => {
    const nowMs = now();
    const decision = (kind.rules[name] as Rule<Facts, unknown>)(facts, command, nowMs);
    return decision && ({ ...decision, facts, command, commandId, at: instant(nowMs) } as Change<Facts, never>);
  };

  const commit = async (name: keyof R, { facts, command, commandId, clock }: Ordered<Facts, unknown, Clock>) => {
    let refused: unknown;
    try {
      const change = judge(name, facts, command, commandId);
      if (change) return committed(kind, await carryOut(name, change), clock);
    } catch (error) {
      if (!(error instanceof Behind) && !refusalIn(error)) throw error;
      refused = error;
    }
    const id = kind.idOf(facts);
    const fresh = await rows.read(db, id);
    if (await rows.isDone(db, id, commandId)) return committed(kind, fresh, clock);
    if (fresh.version === facts.version && refused) throw refused;
    const change = judge(name, fresh, command, commandId);
    return committed(kind, change ? await carryOut(name, change) : fresh, clock);
  };

  return Object.fromEntries(
    Object.keys(kind.rules).map((name) => [name, (ordered: Ordered<Facts, never, Clock>) => commit(name, ordered)]),
  ) as { [Name in keyof R]: (ordered: Ordered<Facts, CommandOf<R, Name>, Clock>) => Promise<Committed<Facts>> };
};

/** What a deadline does that changes nothing in the record; returns when it is due again, if it is. */
type Alert<Facts, Clock> = (facts: Facts, dueMs: number, clock: Clock) => Promise<number | null>;

/**
 * What a record's workflow does besides commands: it begins, reads its row again, and meets its deadlines. A deadline is judged by
 * the row as it is then; one that is named like a command is that command, given by the system.
 */
export const upkeep = <Facts extends { version: number }, R extends Rules<Facts>, Clock>(
  { db }: Pick<Deps, 'db'>,
  kind: RecordKind<Facts, R, Clock>,
  rows: Rows<Facts>,
  commands: Record<string, (ordered: Ordered<Facts, never, Clock>) => Promise<Committed<Facts>>>,
  alerts: Record<string, Alert<Facts, Clock>>,
) => ({
  /** Marks the row as begun, so that the schedule leaves it alone. Safe to retry: it keeps the first mark. */
  async begin({ facts, clock }: Omit<Reached<Facts, Clock>, 'due'>): Promise<Committed<Facts>> {
    const id = kind.idOf(facts);
    await db.$executeRaw`
      UPDATE ${Prisma.raw(`"${rows.table}"`)} SET "begunAt" = now() WHERE "id" = ${id}::uuid AND "begunAt" IS NULL`;
    return committed(kind, await rows.read(db, id), clock);
  },

  /** The record as its row has it now. */
  async read({ facts, clock }: Omit<Reached<Facts, Clock>, 'due'>): Promise<Committed<Facts>> {
    return committed(kind, await rows.read(db, kind.idOf(facts)), clock);
  },

  /** Does what is due, if it still is. Safe to retry: an alert is told once per moment, a command has one effect. */
  async meet({ facts, due, clock }: Reached<Facts, Clock>): Promise<Met<Facts>> {
    const fresh = await rows.read(db, kind.idOf(facts));
    const usual = clock ?? kind.clock;
    const isDue = kind.due(fresh, usual).some(({ name, dueMs }) => name === due.name && dueMs <= due.dueMs);
    if (!isDue) return { ...committed(kind, fresh, clock), againMs: null };
    const command = commands[due.name];
    if (!command) {
      const againMs = (await alerts[due.name]?.(fresh, due.dueMs, usual)) ?? null;
      return { ...committed(kind, fresh, clock), againMs };
    }
    const commandId = `${due.name}@${due.dueMs}`;
    try {
      return { ...(await command({ facts: fresh, command: {} as never, commandId, clock })), againMs: null };
    } catch (error) {
      // The present does not allow it any more: then nothing is due.
      if (!refusalIn(error)) throw error;
      return { ...committed(kind, await rows.read(db, kind.idOf(facts)), clock), againMs: null };
    }
  },
});
