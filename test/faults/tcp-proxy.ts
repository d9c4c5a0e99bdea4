/**
 * A TCP way to one of a system's servers that fails as networks do, without touching the server: cut, silent, slow, refusing, or
 * broken in the middle of an answer.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface TcpProxy {
  /** `host:port` of the way itself. */
  readonly address: string;
  /** The same URL, by this way. */
  through(url: string): string;
  /** Every connection breaks, and new ones do at once. */
  cut(): void;
  /** Every connection is reset (RST); new ones pass. */
  reset(): void;
  /** Connections stay, and nothing passes any more; new ones pass. */
  silence(): void;
  /** Connections stay, new ones are taken, and nothing passes in any of them. */
  blackHole(): void;
  /** Every chunk arrives so much later, in both directions. */
  slow(delayMs: number): void;
  /** Each connection ends once so many more bytes of answers have come through it. */
  cutAfter(bytes: number): void;
  /** Every connection breaks, and nobody listens any more. */
  refuse(): Promise<void>;
  /** New connections pass again; what was cut or silenced is gone. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

type Mode =
  | { readonly kind: 'pass' | 'cut' | 'hole' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'limit'; readonly bytes: number };

const PASS: Mode = { kind: 'pass' };

/** One connection: two sockets, and what passes between them. */
class Pair {
  private silent = false;
  private answered = 0;

  constructor(
    private readonly near: Socket,
    private readonly far: Socket,
    private readonly modeNow: () => Mode,
    onEnd: () => void,
  ) {
    this.carry(near, far);
    this.carry(far, near);
    for (const socket of [near, far]) {
      socket
        .on('error', () => undefined)
        .once('close', () => {
          this.drop();
          onEnd();
        });
    }
  }

  private carry(from: Socket, to: Socket): void {
    let last: Promise<unknown> = Promise.resolve(); // chunks stay in order
    from.on('data', (chunk: Buffer) => {
      const mode = this.modeNow();
      if (this.silent || mode.kind === 'hole') return;
      if (mode.kind === 'slow') {
        last = Promise.all([last, delay(mode.delayMs)]).then(() => to.write(chunk));
        return;
      }
      if (mode.kind === 'limit' && from === this.far) {
        const room = mode.bytes - this.answered;
        this.answered += chunk.length;
        if (chunk.length >= room) return this.stopAt(chunk.subarray(0, Math.max(0, room)));
      }
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.once('end', () => void last.then(() => to.end()));
  }

  /** The last bytes that arrive, and then the end of the connection. */
  private stopAt(chunk: Buffer): void {
    this.silent = true;
    this.near.end(chunk, () => this.drop());
  }

  silence(): void {
    this.silent = true;
  }

  countAnew(): void {
    this.answered = 0;
  }

  reset(): void {
    for (const socket of [this.near, this.far]) socket.resetAndDestroy();
  }

  drop(): void {
    for (const socket of [this.near, this.far]) socket.destroy();
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Listens on a free port of 127.0.0.1; `target` is `host:port`. */
export async function openWay(target: string): Promise<TcpProxy> {
  const [host, port] = target.split(':');
  const pairs = new Set<Pair>();
  let mode = PASS;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (mode.kind === 'cut') return void near.destroy();
    const far = connect({ host, port: Number(port), allowHalfOpen: true });
    const pair: Pair = new Pair(
      near,
      far,
      () => mode,
      () => pairs.delete(pair),
    );
    pairs.add(pair);
  });
  await listen(server, 0);
  const own = (server.address() as AddressInfo).port;
  const enter = (next: Mode, each?: (pair: Pair) => void) => {
    mode = next;
    if (each) for (const pair of pairs) each(pair);
  };
  const stopListening = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return {
    address: `127.0.0.1:${own}`,
    through(url) {
      const proxied = new URL(url);
      proxied.hostname = '127.0.0.1';
      proxied.port = `${own}`;
      return proxied.href;
    },
    cut: () => enter({ kind: 'cut' }, (pair) => pair.drop()),
    reset: () => enter(PASS, (pair) => pair.reset()),
    silence: () => enter(PASS, (pair) => pair.silence()),
    blackHole: () => enter({ kind: 'hole' }),
    slow: (delayMs) => enter({ kind: 'slow', delayMs }),
    cutAfter: (bytes) => enter({ kind: 'limit', bytes }, (pair) => pair.countAnew()),
    async refuse() {
      enter(PASS, (pair) => pair.drop());
      await stopListening();
    },
    async mend() {
      enter(PASS, (pair) => pair.drop());
      if (!server.listening) await listen(server, own);
    },
    async close() {
      enter(PASS, (pair) => pair.drop());
      if (server.listening) await stopListening();
    },
  };
}
