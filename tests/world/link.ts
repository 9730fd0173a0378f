import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** The way from a process to a server, which a test can cut: then nothing arrives any more, and nobody is told. */
export const startLink = async (target: string) => {
  const [host, port] = target.split(':') as [string, string];
  const sockets = new Set<Socket>();
  let isCut = false;

  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (bytes) => isCut || to.write(bytes));
    from.on('error', () => from.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    join(near, far);
    join(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const hangUp = () => sockets.forEach((socket) => socket.destroy());
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => void (isCut = true),
    /** What was on its way is lost; whoever still wants something must connect again. */
    mend: () => {
      hangUp();
      isCut = false;
    },
    stop: () => {
      hangUp();
      server.close();
    },
  };
};
