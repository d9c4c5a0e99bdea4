/** The API as a process: what a person at the terminal sees when it cannot start, and that it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { migrate } from '../../db/migrations';
import { freePort } from '../../infra/local/ports';
import { callApi } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { testDatabase } from '../servers/database';
import { type Ground, prepareGround } from '../servers/ground';
import { compiled } from '../servers/programs';

const ROOT = join(__dirname, '../..');

let ground: Ground;
let port: number;
beforeAll(async () => {
  port = await freePort();
  ground = await prepareGround(`http://127.0.0.1:${port}`);
});
const children: ChildProcess[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await ground.clear();
});

function startApi(env: Record<string, string>) {
  const child = spawn(process.execPath, [compiled('api/main.ts')], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let said = '';
  let logged = '';
  child.stdout.on('data', (chunk) => {
    logged += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return {
    child,
    logged: () => logged,
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, said })),
  };
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

const isReady = () =>
  callApi(ground.places.apiUrl, 'GET', '/health/ready').then(
    ({ status }) => status === 200,
    () => false,
  );
const becomesReady = () => poll(isReady, Boolean, { what: 'the API is ready' });

test('beside a database that lacks a migration it says what to do, and listens once that is done', async () => {
  const database = await testDatabase('empty');
  const { child, logged, ended } = startApi({
    ...ground.env,
    PORT: `${port}`,
    DATABASE_URL: database.logins.app,
    LOG_LEVEL: 'warn',
  });
  const missing = [
    '0001-baseline, 0002-bank-holder-name, 0003-event-bytes, 0004-sends, 0005-rulings, 0006-doubts',
    '0007-clearing, 0008-cash, 0009-minute-steps, 0010-overtaken, 0011-members-encrypted, 0012-devices',
    '0013-consents, 0014-one-key-one-path, 0015-notice-channels, 0016-grade-terms-and-identities',
    '0017-instalments-and-categories',
    '0018-recipients-and-memos',
    '0019-cards-and-changes',
    '0021-people-and-ends, 0022-answers-encrypted, 0024-payer-texts, 0025-two-hash-keys',
    '0026-cards-decisions-transfers, 0027-retention, 0028-data-keys, 0029-roles, 0030-operators',
    '0031-admin-reads',
    '0032-operator-requests',
    '0033-manual-transfers',
    '0034-held-by-hand',
    '0035-evidence-files',
    '0036-lists-of-days',
    '0037-second-people',
    '0039-risk-sets',
    '0040-risk-lists',
    '0041-months-and-grades',
    '0042-batch-runs',
    '0043-notice-ends',
    '0044-languages-and-expiries',
    '0045-archives',
    '0046-push-subscriptions',
    '0047-operator-alerts',
    '0048-unreachable-emails',
    '0049-notice-queues',
  ].join(', ');
  const told = `the database lacks ${missing}: run \\"npm run migrate\\"`;
  await poll(async () => logged().includes(told), Boolean, {
    what: 'it says which migration is missing',
  });
  await migrate(database.db);
  await becomesReady();
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
  await database.drop();
});

/** What only the worker needs: the addresses and keys of those that it calls. */
const OF_THE_WORKER =
  /^(ALIGO_.*|ALIMTALK_.*|FCM_(CLIENT|PRIVATE|URL|TOKEN).*|VAPID_(PRIVATE_KEY|SUBJECT)|BANK_URL|BANK_API_KEY|IDENTITY_URL|IDENTITY_API_KEY|SOFTPAYMENT_URL|SOFTPAYMENT_API_KEY)$/;

test('the API starts without the address or the key of any provider, and SIGTERM ends the process with 0', async () => {
  const env = Object.fromEntries(Object.entries(ground.env).filter(([name]) => !OF_THE_WORKER.test(name)));
  const { child, ended } = startApi({ ...env, PORT: `${port}` });
  await becomesReady();
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});
