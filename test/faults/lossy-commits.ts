/** A way to PostgreSQL on which the answer to a COMMIT gets lost: the server has committed, and the client cannot know. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface LossyWay {
  /** The same URL, by this way. */
  through(url: string): string;
  /** From now on half of the COMMITs' answers are lost, each with its connection. */
  loseCommits(): void;
  /** How many were lost so far. */
  lost(): number;
  close(): Promise<void>;
}

/** The Thue–Morse sequence: half of all, in an order that no rhythm of retries falls in with. */
const isLost = (n: number): boolean => n.toString(2).replaceAll('0', '').length % 2 === 0;

/** Listens on a free port of 127.0.0.1; `target` is `host:port` of a server without TLS. */
export async function openLossyWay(target: string): Promise<LossyWay> {
  const [host, port] = target.split(':');
  const sockets = new Set<Socket>();
  let lossy = false;
  let commits = 0;
  let lost = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .once('close', () => {
          sockets.delete(socket);
          for (const end of [near, far]) end.destroy();
        });
    }
    let losing = false;
    near.on('data', (chunk) => {
      if (lossy && chunk.includes('COMMIT')) losing = isLost(commits++);
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (!losing) return void near.write(chunk);
      lost += 1;
      near.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = (server.address() as AddressInfo).port;
  return {
    through(url) {
      const proxied = new URL(url);
      proxied.hostname = '127.0.0.1';
      proxied.port = `${own}`;
      return proxied.href;
    },
    loseCommits() {
      lossy = true;
    },
    lost: () => lost,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
