/** The API as a process: what a person at the terminal sees when it cannot start, and that it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../infra/local/ports';
import { type Ground, prepareGround } from '../support/ground';
import { callApi } from '../support/payer';
import { poll } from '../support/poll';

const ROOT = join(__dirname, '../..');

let ground: Ground;
let port: number;
beforeAll(async () => {
  port = await freePort();
  ground = await prepareGround(`http://127.0.0.1:${port}`);
});
afterAll(() => ground.clear());

function startApi(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'api/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, said })) };
}

test('a start without its variables names all of them in one message and ends with 1', async () => {
  const { code, said } = await startApi({}).ended;
  expect(code).toBe(1);
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS', 'JWT_SECRET']) expect(said).toContain(name);
  expect(said).not.toContain('    at ');
});

test('a port in use is one clear message and an end with 1', async () => {
  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  const { code, said } = await startApi({ ...ground.env, PORT: `${port}` }).ended;
  await new Promise((resolve) => holder.close(resolve));
  expect(code).toBe(1);
  expect(said).toBe(`api: port ${port} on 127.0.0.1 is in use: stop what listens there, or set PORT\n`);
});

test('SIGTERM ends the process with 0', async () => {
  const { child, ended } = startApi({ ...ground.env, PORT: `${port}` });
  const { apiUrl } = ground.places;
  const isReady = () =>
    callApi(apiUrl, 'GET', '/health/ready').then(
      ({ status }) => status === 200,
      () => false,
    );
  await poll(isReady, Boolean, { what: 'the API is ready', deadlineMs: 30_000 });
  child.kill('SIGTERM');
  const startedAt = Date.now();
  expect((await ended).code).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(5_000);
});
