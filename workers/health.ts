/**
 * The worker's health over HTTP. `GET /health/live`: the process answers. `GET /health/ready`: it is polling
 * Temporal for work, and its stores answer; else 503 with what is wrong, also while it starts and while it drains.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import type { Db } from '../db/connection';
import { engineTime } from '../db/server-time';
import { type Checks, checkDeadline, runChecks } from '../infra/health-checks';
import type { Redis } from '../infra/redis';

interface Health {
  readonly url: string;
  /** From now on the process is ready when these checks succeed; before, it is starting. */
  watch(checks: Checks): void;
  /** Not ready any more, whatever the checks say: work in flight is being finished. */
  drain(): void;
  close(): Promise<void>;
}

/** Listens at once, before anything else is up. `port` 0 takes a free one. */
export async function startHealth(host: string, port: number): Promise<Health> {
  let phase: 'starting' | 'running' | 'draining' = 'starting';
  let watched: Checks = {};
  const ready = async () => {
    const checks = await runChecks(watched);
    const ok = phase === 'running' && Object.values(checks).every((check) => check.ok);
    return { status: ok ? 200 : 503, body: { status: ok ? 'ok' : 'unavailable', phase, checks } };
  };
  const server = createServer(async ({ method, url }, response) => {
    const known = method === 'GET' && (url === '/health/live' || url === '/health/ready');
    const live = { status: 200, body: { status: 'ok' } };
    const { status, body } = !known ? NOT_FOUND : url === '/health/ready' ? await ready() : live;
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  });
  await listen(server, host, port);
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    watch(checks) {
      watched = checks;
      phase = 'running';
    },
    drain() {
      phase = 'draining';
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const NOT_FOUND = { status: 404, body: { status: 'not found: GET /health/live or /health/ready' } };

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
}

interface Watched {
  readonly db: Db;
  readonly redis: Redis;
  readonly client: Client;
  readonly workers: readonly Worker[];
}

/** The stores, and one check for each worker: running, and seen asking for work by Temporal itself. */
export function workerChecks({ db, redis, client, workers }: Watched): Checks {
  const polling = workers.map(
    (worker) => [worker.options.taskQueue, () => requirePolling(db, client, worker)] as const,
  );
  return { postgres: () => db.raw('select 1'), redis: () => redis.ping(), ...Object.fromEntries(polling) };
}

/** A poll lasts a minute at most, and each leaves its time. */
const SEEN_WITHIN_MS = 90_000;
const WORKFLOW_TASKS = 1; // temporal.api.enums.v1.TaskQueueType

async function requirePolling(db: Db, client: Client, worker: Worker): Promise<void> {
  const state = worker.getState();
  if (state !== 'RUNNING') throw new Error(`the worker is ${state}`);
  const { namespace, taskQueue, identity } = worker.options;
  const { pollers } = await client.connection.withDeadline(checkDeadline(), () =>
    client.connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: WORKFLOW_TASKS,
    }),
  );
  const own = pollers?.find((poller) => poller.identity === identity);
  const seenAt = Number(own?.lastAccessTime?.seconds ?? 0) * 1_000;
  const now = await engineTime(db); // the time is Temporal's, and this machine's clock may be wrong
  if (now.getTime() - seenAt > SEEN_WITHIN_MS) throw new Error('Temporal does not see this process ask for work');
}
