/** The pages at an address of their own: a test that changes what they are made of changes it for no other. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Proxy {
  readonly url: string;
  stop(): Promise<void>;
}

/** Of the connection; and what has the API answer that nothing changed. */
const NOT_PASSED_ON = ['host', 'connection', 'content-length', 'accept-encoding', 'if-none-match', 'if-modified-since'];
const NOT_ANSWERED = ['connection', 'content-length', 'content-encoding', 'transfer-encoding', 'etag', 'last-modified'];

/** `change`: the body of what is at this path, as it is answered. */
export async function startProxy(origin: string, change: (path: string, body: string) => string): Promise<Proxy> {
  const ask = async (req: IncomingMessage): Promise<Response> => {
    const headers = new Headers({ origin });
    for (const [name, value] of Object.entries(req.headers))
      if (!NOT_PASSED_ON.includes(name) && name !== 'origin') headers.set(name, String(value));
    const body = req.method === 'GET' ? {} : { body: await text(req) };
    return fetch(new URL(req.url ?? '/', origin), { method: req.method ?? 'GET', headers, ...body });
  };
  const server = createServer((req, res) => {
    const pass = async (answer: Response) => {
      const headers = [...answer.headers].filter(([name]) => !NOT_ANSWERED.includes(name));
      res.writeHead(answer.status, Object.fromEntries(headers));
      const isText = /text|javascript|json/.test(answer.headers.get('content-type') ?? '');
      res.end(isText ? change(req.url ?? '/', await answer.text()) : Buffer.from(await answer.arrayBuffer()));
    };
    void ask(req).then(pass, () => res.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
