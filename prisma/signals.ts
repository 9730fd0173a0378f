import { EventEmitter, once } from 'node:events';
import pg from 'pg';
import type { Tx } from './client.ts';

/** A login code waits to be sent; the code with the id of the payload was tried. */
type Channel = 'loginCodeDue' | 'loginCodeTried';

/** Tells all who listen, when the transaction commits. */
export const signal = (tx: Tx, channel: Channel, payload = ''): Promise<unknown> =>
  tx.$queryRaw`SELECT pg_notify(${channel}, ${payload})::text`;

/**
 * Hears the signals of one channel, over a connection of its own that is made when first needed and again after it broke. A signal
 * only says when to look at the rows: one that got lost costs the wait for it, nothing else.
 */
export const signals = (databaseUrl: string, channel: Channel) => {
  const heard = new EventEmitter().setMaxListeners(0);
  let client: pg.Client | null = null;
  let connecting: Promise<void> | null = null;

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3_000, keepAlive: true });
    fresh.on('error', () => undefined);
    fresh.on('notification', ({ payload }) => heard.emit(`of ${payload ?? ''}`));
    fresh.once('end', () => {
      if (client === fresh) client = null;
    });
    try {
      await fresh.connect();
      await fresh.query(`LISTEN "${channel}"`);
      client = fresh;
    } catch {
      await fresh.end().catch(() => undefined);
    }
  };

  return {
    /** Resolves when signals are heard from now on, or cannot be. Call it before the cause of the signal. */
    async listen(): Promise<void> {
      if (client) return;
      connecting ??= connect().finally(() => {
        connecting = null;
      });
      await connecting;
    },

    /** Resolves at the next signal with this payload, at the latest after `waitMs`. */
    async next(payload: string, waitMs: number): Promise<void> {
      await once(heard, `of ${payload}`, { signal: AbortSignal.timeout(waitMs) }).catch(() => undefined);
    },

    async close(): Promise<void> {
      await connecting;
      await client?.end();
    },
  };
};

export type Signals = ReturnType<typeof signals>;
