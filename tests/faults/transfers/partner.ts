import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  method: string;
  number: string;
  response: ServerResponse;
}

/** What the partner does with a request: answers, loses the answer, or holds it back until the caller is gone. */
type Behaviour = 'PAID' | 'FAILED' | 'unknown' | 'lost' | 'held';

/** A partner that does what the test says, request by request: `POST` makes a transfer, `GET` asks what became of it. */
export const startPartner = async () => {
  const received: Received[] = [];
  let script: Behaviour[] = [];
  const server = createServer((request, response) => {
    received.push({ method: request.method!, number: request.url!.slice(1), response });
    const behaviour = script.shift() ?? 'unknown';
    if (behaviour === 'lost') request.socket.destroy();
    else if (behaviour !== 'held') response.end(behaviour);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What comes next; forgets what came before. */
    plays: (...behaviours: Behaviour[]) => {
      received.length = 0;
      script = behaviours;
    },
    received,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
