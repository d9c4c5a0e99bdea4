/** A TCP way to one of the stack's servers that can be cut, or fall silent, without touching the server. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttableWay {
  /** The same URL, by this way. */
  through(url: string): string;
  /** Every connection breaks, and new ones do at once. */
  cut(): void;
  /** Connections stay, and nothing passes any more. */
  silence(): void;
  /** New connections pass again; what was cut or silenced is gone. */
  mend(): void;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1; `target` is `host:port`. */
export async function openWay(target: string): Promise<CuttableWay> {
  const [host, port] = target.split(':');
  const sockets = new Set<Socket>();
  let isCut = false;
  const drop = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(port), host);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
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
    cut() {
      isCut = true;
      drop();
    },
    silence() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend() {
      isCut = false;
      drop();
    },
    async close() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
