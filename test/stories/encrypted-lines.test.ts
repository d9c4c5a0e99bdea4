/** A worker as a process that reaches its stores and its engine by TLS alone, told so by its environment alone. */
import { createServer as createHttp2Server, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { TEMPORAL } from '../../infra/config/connections';
import { load } from '../../infra/config/load';
import { openTemporal } from '../../infra/temporal/client';
import { type Authority, certificateFolder, openTlsLine, type TlsLine } from '../faults/tls-line';
import { runBatch } from '../fixtures/operator';
import { type HouseProcess, startWorkerProcess } from '../servers/child-process';
import { type Ground, prepareGround } from '../servers/ground';

type Variables = Readonly<Record<string, string>>;

const certificates = certificateFolder();
let ground: Ground;
let ours: Authority;
let strange: Authority;
let lines: readonly TlsLine[];
let encrypted: Variables;
const started: HouseProcess[] = [];

async function startWorker(env: Variables): Promise<HouseProcess> {
  const worker = await startWorkerProcess({ ...ground.env, ...encrypted, ...env });
  started.push(worker);
  return worker;
}

/** The URL with another host, and with what is asked of its line. */
function moved(url: string, host: string, protocol?: string): URL {
  const there = new URL(url);
  const { username, password, pathname } = there;
  const credentials = username === '' && password === '' ? '' : `${username}:${password}@`;
  return new URL(`${protocol ?? there.protocol}//${credentials}${host}${pathname}`);
}

beforeAll(async () => {
  [ground, ours, strange] = await Promise.all([
    prepareGround('http://127.0.0.1:1'), // nobody calls the API here
    certificates.authority('ours'),
    certificates.authority('strange'),
  ]);
  const [server, client] = await Promise.all([ours.issue('server'), ours.issue('client')]);
  const { DATABASE_URL = '', REDIS_URL = '', TEMPORAL_ADDRESS = '' } = ground.env;
  const end = { key: server.key, cert: server.cert };
  const [postgres, redis, temporal] = await Promise.all([
    openTlsLine(new URL(DATABASE_URL).host, end, { postgres: true }),
    openTlsLine(new URL(REDIS_URL).host, end),
    openTlsLine(TEMPORAL_ADDRESS, {
      ...{ ...end, ca: ours.cert, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] },
    }),
  ]);
  lines = [postgres, redis, temporal];
  const database = moved(DATABASE_URL, postgres.address);
  database.searchParams.set('sslmode', 'verify-full');
  database.searchParams.set('sslrootcert', ours.certFile);
  encrypted = {
    DATABASE_URL: database.href,
    REDIS_URL: moved(REDIS_URL, redis.address, 'rediss:').href,
    NODE_EXTRA_CA_CERTS: ours.certFile,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: ours.certFile,
    TEMPORAL_TLS_CLIENT_CERT_PATH: client.certFile,
    TEMPORAL_TLS_CLIENT_KEY_PATH: client.keyFile,
  };
});
afterEach(async () => {
  for (const worker of started.splice(0)) await worker.clear();
});
afterAll(async () => {
  await Promise.all(lines.map((line) => line.close()));
  await ground.clear();
  certificates.clear();
});

test('a worker works over PostgreSQL, Redis and Temporal by TLS, and shows the engine who it is', async () => {
  await (await startWorker({})).becomesReady();
  expect(lines.map((line) => line.greeted() > 0)).toEqual([true, true, true]);
  expect(await runBatch(ground, 'minuteSweepWorkflow')).toMatchObject({ lookAfterRuns: { looked: 0 } });
});

test.each([
  ['PostgreSQL', () => ({ DATABASE_URL: (encrypted.DATABASE_URL ?? '').replace(/ours\.pem/, 'strange.pem') })],
  ['Redis', () => ({ NODE_EXTRA_CA_CERTS: strange.certFile })],
  ['Temporal', () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: strange.certFile })],
])('a %s whose certificate another authority signed is not spoken to', async (name, wrong) => {
  const worker = await startWorker(wrong());
  await worker.says(`waiting for ${name}`);
  expect((await worker.ready())?.status).toBe(503);
});

test('the engine does not speak to a worker without a certificate', async () => {
  const { TEMPORAL_TLS_CLIENT_CERT_PATH: _cert, TEMPORAL_TLS_CLIENT_KEY_PATH: _key, ...nameless } = encrypted;
  const worker = await startWorkerProcess({ ...ground.env, ...nameless });
  started.push(worker);
  await worker.says('waiting for Temporal');
});

test('an API key goes with every call, by TLS', async () => {
  const { key, cert } = await ours.issue('cloud');
  const heard: IncomingHttpHeaders[] = [];
  const cloud = createHttp2Server();
  cloud.on('stream', (stream, headers) => {
    heard.push(headers);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '7' }, { endStream: true });
  });
  await new Promise<void>((resolve) => cloud.listen(0, '127.0.0.1', resolve));
  const { port } = cloud.address() as AddressInfo;
  const line = await openTlsLine(`127.0.0.1:${port}`, { key, cert, ALPNProtocols: ['h2'] });
  const { temporal } = load(
    { temporal: TEMPORAL },
    {
      ...{ TEMPORAL_ADDRESS: line.address, TEMPORAL_NAMESPACE: 'plic.a1b2c', TEMPORAL_API_KEY: 'the-key' },
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: ours.certFile,
    },
  );
  await expect(openTemporal(temporal, null)).rejects.toThrow();
  expect(heard.length).toBeGreaterThan(0);
  for (const headers of heard) expect(headers.authorization).toBe('Bearer the-key');
  await line.close();
  await new Promise((resolve) => cloud.close(resolve));
});
