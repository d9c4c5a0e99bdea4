/** Health: alive, ready to serve, and how each dependency does. */

import type { Client } from '@temporalio/client';
import { requireStepsAlive } from '../db/minute-steps';
import { type Checks, checkDeadline, runChecks } from '../infra/health-checks';
import { taskQueuesOf } from '../infra/temporal/client';
import type { ApiDeps } from './deps';
import { type Operation, openOperation } from './http/operation';
import { Problem } from './http/problem';
import { z } from './http/zod';

const WORKFLOW_TASKS = 1; // temporal.api.enums.v1.TaskQueueType

const check = z.object({ ok: z.boolean(), ms: z.number() });
const report = z.object({ status: z.literal('ok'), checks: z.record(z.string(), check) });
const tag = 'health';

export function healthOperations(deps: ApiDeps): Operation[] {
  const ready = dependencyChecks(deps);
  const deep = { ...ready, worker: () => requirePollers(deps), steps: () => requireStepsAlive(deps.db) };
  return [
    openOperation({
      method: 'get',
      path: '/health/live',
      tag,
      operationId: 'getLiveness',
      summary: 'The process answers',
      answers: { 200: z.object({ status: z.literal('ok') }) },
      problems: [],
      handle: async () => ({ status: 200, body: { status: 'ok' } }),
    }),
    checkOperation(
      { path: '/health/ready', operationId: 'getReadiness' },
      'PostgreSQL, Redis and Temporal answer, and it is not about to stop',
      ready,
      deps.stopping,
    ),
    checkOperation(
      { path: '/health/deep', operationId: 'getDeepHealth' },
      'The same, a worker is listening, and every step of the minute succeeds',
      deep,
    ),
  ];
}

function checkOperation(
  { path, operationId }: Pick<Operation, 'path'> & { readonly operationId: string },
  summary: string,
  checks: Checks,
  stopping?: AbortSignal,
): Operation {
  return openOperation({
    method: 'get',
    path,
    tag,
    operationId,
    summary,
    answers: { 200: report },
    problems: [],
    async handle() {
      if (stopping?.aborted) throw new Problem('unavailable', { extra: { draining: true } });
      const results = withoutWords(await runChecks(checks));
      if (!Object.values(results).every(({ ok }) => ok))
        throw new Problem('unavailable', { extra: { checks: results } });
      return { status: 200, body: { status: 'ok', checks: results } };
    },
  });
}

function dependencyChecks({ db, redis, temporal }: ApiDeps): Checks {
  return {
    postgres: () => db.raw('select 1'),
    redis: () => redis.ping(),
    temporal: () => within(temporal, () => temporal.connection.workflowService.getSystemInfo({})),
  };
}

/** The client repeats a failed call by itself: without a deadline a check of a silent engine would go on behind us. */
const within = <T>({ connection }: Client, call: () => Promise<T>): Promise<T> =>
  connection.withDeadline(checkDeadline(), call);

async function requirePollers({ temporal, config }: ApiDeps): Promise<void> {
  const queue = {
    namespace: config.temporal.namespace,
    taskQueue: { name: taskQueuesOf(config.temporal.taskQueue).deals },
    taskQueueType: WORKFLOW_TASKS,
  };
  const { pollers } = await within(temporal, () => temporal.connection.workflowService.describeTaskQueue(queue));
  if (!pollers?.length) throw new Error('no worker');
}

/** Anyone may ask the API: why a check fails stays inside. */
function withoutWords(results: Awaited<ReturnType<typeof runChecks>>): Record<string, z.infer<typeof check>> {
  return Object.fromEntries(Object.entries(results).map(([name, { ok, ms }]) => [name, { ok, ms }]));
}
