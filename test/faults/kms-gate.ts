/** A way to KMS that answers as a service under load does: throttled, or late. All else goes to the emulator behind it. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface KmsGate {
  readonly url: string;
  /** Of so many calls one passes; the others are answered ThrottlingException. */
  throttle(passesOneOf: number): void;
  /** Every answer comes so much later, ms. */
  slow(delayMs: number): void;
  mend(): void;
  /** Calls, by what was asked and how it was answered. */
  answers(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

type Mode = { readonly kind: 'pass' } | { readonly kind: 'throttle' | 'slow'; readonly size: number };

const THROTTLED = JSON.stringify({ __type: 'ThrottlingException', message: 'Rate exceeded' });

/** Listens on a free port of 127.0.0.1; `target`: the emulator's URL. */
export async function openKmsGate(target: string): Promise<KmsGate> {
  const { hostname, port } = new URL(target);
  const counts = new Map<string, number>();
  let mode: Mode = { kind: 'pass' };
  let calls = 0;
  const enter = (next: Mode) => {
    mode = next;
  };
  const count = (req: IncomingMessage, how: string) => {
    const name = `${`${req.headers['x-amz-target']}`.replace('TrentService.', '')}, ${how}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };

  function forward(req: IncomingMessage, res: ServerResponse, lateMs: number): void {
    const lost = () => void res.destroy();
    const { method, url: path, headers } = req;
    const onward = request({ hostname, port, method, path, headers }, async (answer) => {
      await delay(lateMs);
      answer.on('error', lost);
      answer.pipe(res.writeHead(answer.statusCode ?? 502, answer.headers));
    });
    req.on('error', lost).pipe(onward.on('error', lost));
  }

  const server = createServer((req, res) => {
    res.on('error', () => undefined);
    calls += 1;
    const { kind, size } = { size: 0, ...mode };
    if (kind === 'throttle' && calls % size !== 0) {
      count(req, 'throttled');
      req.resume();
      res.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(THROTTLED);
      return;
    }
    count(req, kind === 'slow' ? 'late' : 'answered');
    forward(req, res, kind === 'slow' ? size : 0);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    throttle: (size) => enter({ kind: 'throttle', size }),
    slow: (size) => enter({ kind: 'slow', size }),
    mend: () => enter({ kind: 'pass' }),
    answers: () => counts,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
