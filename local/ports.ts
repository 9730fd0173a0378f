import { createServer } from 'node:net';

const given = new Set<number>();

/**
 * Answers the preferred port, or the next one that nobody listens on (and says so); 0 means any free port. A port is
 * given once per process, since whoever asked for it may not listen yet when the next one asks.
 */
export const freePort = async (preferred: number, say: (text: string) => void = () => {}): Promise<number> => {
  for (let wanted = preferred; wanted < preferred + 200; wanted++) {
    const port = given.has(wanted) ? undefined : await probe(wanted);
    if (!port) continue;
    if (preferred !== 0) given.add(port);
    if (preferred !== 0 && port !== preferred) say(`port ${preferred} is taken, so it listens on ${port}`);
    return port;
  }
  throw new Error(`No port between ${preferred} and ${preferred + 199} is free.`);
};

/**
 * A port counts as free only when both the wildcard and the loopback address can be bound: on some systems the loopback
 * address can be bound although another program already listens on all addresses.
 */
const probe = async (port: number): Promise<number | undefined> => {
  const anywhere = await bind(port, undefined);
  return anywhere && (await bind(anywhere, '127.0.0.1'));
};

const bind = (port: number, host: string | undefined) =>
  new Promise<number | undefined>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
