/** Everything the bench runs on, each in a process of its own and started for this run only. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { type Db, openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { loginUrls, makeLogins } from '../../infra/local/logins';
import { freePort } from '../../infra/local/ports';
import { startPostgres } from '../../infra/local/postgres';
import { startRedis } from '../../infra/local/redis';
import { openRoster, type Roster, startGuard } from '../../infra/local/roster';
import { type ServerProcess, spawnServer, waitUntilReady } from '../../infra/local/server-process';
import { startTemporal } from '../../infra/local/temporal';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { SEARCH_ATTRIBUTES } from '../../workflows/deal/messages';
import { dataKeysOf } from '../fixtures/keys';
import { type HouseConfig, houseConfig } from '../servers/config';
import { LOGIN_PASSWORDS } from '../servers/logins';
import { type Part, WITHOUT_VARIABLE } from './without';

export const floorQueueOf = (dealsQueue: string): string => `${dealsQueue}-floor`;

export interface Stand {
  readonly config: HouseConfig;
  /** For a command of the house. */
  readonly env: Readonly<Record<string, string>>;
  readonly client: Client;
  readonly db: Db;
  readonly queues: { readonly deals: string; readonly floor: string };
  /** Who to measure, by name. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
  readonly apiUrl: string;
  /** One more worker, on a task queue of its own. */
  startWorkerWithout(part: Part): Promise<{ readonly worker: ServerProcess; readonly queue: string }>;
  readonly sandboxes: { readonly softpayment: string; readonly bank: string };
  /** Ends every process and removes every file. */
  clear(): Promise<void>;
}

export interface StandOptions {
  /** Whether Softpayment and the bank call the API back. */
  readonly webhooks: boolean;
  /** For the worker's Node, e.g. a profiler. */
  readonly workerFlags: readonly string[];
  readonly say: (what: string) => void;
  /** Variables beside its own, or instead of them. */
  readonly env?: Readonly<Record<string, string>>;
}

async function startStores(dir: string, roster: Roster) {
  const files = (name: string) => ({ logFile: join(dir, `${name}.log`), onSpawn: roster.add });
  const searchAttributes = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
  const [postgres, redis, temporal] = await Promise.all([
    startPostgres({ ...files('postgres'), dataDir: join(dir, 'postgres') }),
    startRedis({ ...files('redis'), dataDir: join(dir, 'redis') }),
    startTemporal({ ...files('temporal'), dbFile: join(dir, 'temporal.db'), searchAttributes }),
  ]);
  return { postgres, redis, temporal };
}

type Stores = Awaited<ReturnType<typeof startStores>>;

async function environmentOf(dir: string, { postgres, redis, temporal }: Stores, webhooks: boolean) {
  const secret = () => `whsec_${randomBytes(32).toString('base64')}`;
  const [api, softpayment, bank, notices] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const apiUrl = `http://127.0.0.1:${api}`;
  return {
    ...{ PLIC_PACE: 'production', PLIC_TASK_QUEUE: 'bench', PLIC_KEY_FILE: join(dir, 'key') },
    ...{ ARCHIVE_DIR: join(dir, 'archive'), LOG_LEVEL: 'warn' },
    ...{ DATABASE_URL: loginUrls(postgres.url, LOGIN_PASSWORDS).app, REDIS_URL: redis.url },
    ...{
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: 'default',
      JWT_SECRET: randomBytes(32).toString('hex'),
    },
    ...{ PORT: `${api}`, PLIC_API_URL: apiUrl, ...(webhooks && { SANDBOX_WEBHOOK_URL: apiUrl }) },
    ...{ SOFTPAYMENT_PORT: `${softpayment}`, BANK_PORT: `${bank}`, NOTICES_PORT: `${notices}`, IDENTITY_PORT: '0' },
    ...{ SOFTPAYMENT_URL: `http://127.0.0.1:${softpayment}`, SOFTPAYMENT_API_KEY: 'bench' },
    SOFTPAYMENT_FORM_URL: `http://127.0.0.1:${softpayment}/sdk/card-form`,
    ...{ BANK_URL: `http://127.0.0.1:${bank}`, BANK_API_KEY: 'bench', ALIGO_URL: `http://127.0.0.1:${notices}` },
    ...{ SOFTPAYMENT_WEBHOOK_SECRETS: secret(), BANK_WEBHOOK_SECRETS: secret() },
    ...{ ALIGO_API_KEY: 'bench', ALIGO_USER_ID: 'bench', ALIGO_SENDER: '0200000000' },
    ...{ AWS_ENDPOINT_URL_SES: `http://127.0.0.1:${notices}`, SES_FROM: 'no-reply@plic.example' },
  };
}

/** Starts it all; on any failure what was started is ended. */
export async function startStand({ webhooks, workerFlags, say, env: given = {} }: StandOptions): Promise<Stand> {
  const dir = mkdtempSync(join(tmpdir(), 'plic-bench-'));
  const roster = openRoster(dir);
  const guard = startGuard(roster.file);
  say('starting PostgreSQL (fsync on), Redis and Temporal (database file)');
  const stores = await startStores(dir, roster);
  const env = { ...(await environmentOf(dir, stores, webhooks)), ...given };
  const config = houseConfig(env);
  const db = openDb({ databaseUrl: stores.postgres.url });
  await migrate(db);
  await makeLogins(stores.postgres.url, LOGIN_PASSWORDS);
  const run = (
    name: string,
    file: string,
    flags: readonly string[] = [],
    own: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> =>
    spawnServer({
      ...{
        name,
        env: { ...env, ...own },
        command: process.execPath,
        logFile: join(dir, `${name}.log`),
        onSpawn: roster.add,
      },
      args: [...flags, '--import', require.resolve('tsx'), require.resolve(file)],
    });
  say('starting the sandboxes, the API and the worker');
  const [sandbox, api, worker] = [
    await run('sandboxes', '../../infra/sandbox/main'),
    await run('API', '../../api/main'),
    await run('worker', './worker', workerFlags),
  ];
  const client = await openTemporal(config.temporal, await dataKeysOf({ db, config }));
  const deals = taskQueuesOf(config.temporal.taskQueue).deals;
  const queues = { deals, floor: floorQueueOf(deals) };
  const answers = async (url: string) => void (await fetch(url));
  await Promise.all([
    waitUntilReady(sandbox, () => Promise.all([answers(env.SOFTPAYMENT_URL), answers(env.BANK_URL)]), 30_000),
    waitUntilReady(api, () => answers(`${env.PLIC_API_URL}/health/live`), 30_000),
    waitUntilReady(worker, () => Promise.all(Object.values(queues).map((queue) => polled(client, queue))), 60_000),
  ]);
  const { postgres, redis, temporal } = stores;
  const more: ServerProcess[] = [];
  return {
    ...{ config, env, client, db, queues, apiUrl: env.PLIC_API_URL },
    processes: [worker, api, temporal.server, postgres.server, redis.server, sandbox],
    sandboxes: { softpayment: env.SOFTPAYMENT_URL, bank: env.BANK_URL },
    async startWorkerWithout(part) {
      const taskQueue = `${config.temporal.taskQueue}-without-${part}`;
      const own = { PLIC_TASK_QUEUE: taskQueue, [WITHOUT_VARIABLE]: part };
      const started = await run(`worker without ${part}`, './worker-without', [], own);
      more.push(started);
      const queue = taskQueuesOf(taskQueue).deals;
      await waitUntilReady(started, () => polled(client, queue), 180_000);
      return { worker: started, queue };
    },
    async clear() {
      await Promise.all([db.destroy(), client.connection.close()]);
      for (const server of [api, worker, ...more, sandbox]) await server.stop();
      await Promise.all([temporal, redis, postgres].map((store) => store.stop()));
      guard.release();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Throws until a worker asks this queue for work. */
async function polled({ connection, options }: Client, name: string): Promise<void> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name },
    taskQueueType: 1,
  });
  if (!pollers?.length) throw new Error(`nobody polls ${name}`);
}
