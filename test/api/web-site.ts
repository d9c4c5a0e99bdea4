/** An API that shows pages from a folder, as a browser and as others see it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createApp } from '../../api/app';
import { startBareApi } from './bare-api';

export interface Shown {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}
export type Ask = (path: string, headers?: Record<string, string>, method?: string) => Promise<Shown>;

/** What one sends that navigates. */
export const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
/** A build of web/, and what should not lie in one. */
export const FILES: Readonly<Record<string, string>> = {
  'payer/index.html': '<!doctype html><title>payer</title>',
  'console/index.html': '<!doctype html><title>console</title>',
  'assets/app-1a2b3c.js': 'export const app = 1;',
  'assets/app-1a2b3c.css': 'body{}',
  'assets/.hidden': 'private',
  'sw.js': 'self.skipWaiting();',
  'manifest.webmanifest': '{}',
  'icons/icon.png': 'png',
  '.well-known/assetlinks.json': '[]',
  '.well-known/apple-app-site-association': '{}',
  '.well-known/.hidden': 'private',
  '.env': 'private',
  '.git/config': 'private',
};

/** The path goes as it is: other clients tidy it up before anybody sees it. */
function send(asked: { port: number; path: string; headers: Record<string, string>; method: string }): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', ...asked }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      const headers = answer.headers as Shown['headers'];
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers, text }));
    });
    call.on('error', reject).end();
  });
}

/** What a client can tell of an answer, but for what no two answers share. */
export function told({ status, headers, text }: Shown): object {
  const { date: _date, 'x-request-id': _id, vary: _vary, ...others } = headers;
  return { status, headers: others, text: text.replace(/"requestId":"[^"]*"/, '') };
}

export async function openSite() {
  const api = await startBareApi();
  const folder = mkdtempSync(join(tmpdir(), 'plic-web-'));
  const servers: Server[] = [];
  const listen = async (app: RequestListener): Promise<Ask> => {
    const server = createServer(app);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return (path, headers = BROWSER, method = 'GET') => send({ port, path, headers, method });
  };
  return {
    folder,
    listen,
    /** The API with this folder of pages; null: with none. */
    askApi: (webDir: string | null): Promise<Ask> =>
      listen(createApp({ ...api.deps, config: { ...api.deps.config, webDir } })),
    write(name: string, files: Readonly<Record<string, string>>): void {
      for (const [path, text] of Object.entries(files)) {
        const file = join(folder, name, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    },
    async close() {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const server of servers) server.closeAllConnections();
      await Promise.all(closed);
      rmSync(folder, { recursive: true });
      await api.stop();
    },
  };
}
export type Site = Awaited<ReturnType<typeof openSite>>;
