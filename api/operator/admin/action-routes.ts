/** Operators' orders that are about no deal alone: breaks, stops, the float, tasks, webhooks, batches. */
import { findTask } from '../../../db/operator-tasks';
import { findBreak } from '../../../db/reconciliation/breaks';
import { taskQueuesOf } from '../../../infra/temporal/client';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { Problem } from '../../http/problem';
import { z } from '../../http/zod';
import { acceptBreak } from '../accept-break';
import { closeSystemTask, closeTask } from '../close-task';
import type { By, Order } from '../order';
import { fund, withdraw } from '../owner-funds';
import { processEvent } from '../process-event';
import { beginReconciliation } from '../reconcile-day';
import { scheduleOrders } from '../schedules';
import { lift, stop } from '../stops';
import { listedDay, nameInPath, why } from '../texts';
import { IF_MATCH, ORDERED, ordered, requireVersion } from './ordered';

type Deps = Pick<ApiDeps, 'db' | 'engine' | 'temporal' | 'config' | 'clock'>;

const tag = 'admin-orders';
const reasoned = z.strictObject(why);
const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const WITH_VERSION = { headers: IF_MATCH, problems: [...ORDERED.problems, 'version-mismatch'] } as const;

/** Every order of operators that is about no deal alone. */
export const actionOperations = (deps: Deps): Operation[] => [
  accepting(deps),
  ...[stop, lift].map((order) => stopping(deps, order)),
  ...[fund, withdraw].map((order) => moving(deps, order)),
  closing(deps),
  processing(deps),
  reconciling(deps),
  ...scheduling(deps),
];

const accepting = (deps: Deps): Operation =>
  operatorOperation({
    ...{ method: 'post', path: '/v1/admin/breaks/{id}/accept', tag, operationId: 'acceptBreak' },
    ...{ ...ORDERED, ...WITH_VERSION, right: acceptBreak.right, body: acceptBreak.input },
    params: z.object({ id: number }),
    summary: 'End a break: our books are corrected, or what the provider says is booked',
    async handle({ operator, params: { id: breakId }, body: input, req }) {
      requireVersion(req, await findBreak(deps.db, breakId));
      return ordered(deps, acceptBreak, { operator, about: { breakId }, input, req });
    },
  });

function stopping(deps: Deps, order: typeof stop): Operation {
  const verb = order === stop ? 'throw' : 'lift';
  return operatorOperation({
    ...{ method: 'post', path: `/v1/admin/stops/{leg}/${verb}`, tag, operationId: `${verb}Stop`, ...ORDERED },
    ...{ right: order.right, params: z.object({ leg: z.enum(['charge', 'transfer']) }), body: reasoned },
    summary: verb === 'throw' ? 'No new charges, or no new transfers, from now on' : 'Lift an operator’s stop',
    handle: ({ operator, params, body, req }) =>
      ordered(deps, order, { operator, about: {}, input: { ...params, ...body }, req }),
  });
}

const moving = (deps: Deps, order: typeof fund): Operation =>
  operatorOperation({
    ...{ method: 'post', path: `/v1/admin/float/${order.name}`, tag, operationId: `${order.name}Float`, ...ORDERED },
    ...{ right: order.right, body: order.input },
    summary: order === fund ? 'The owner put money into the float' : 'The owner took money out of the float',
    handle: ({ operator, body: input, req }) => ordered(deps, order, { operator, about: {}, input, req }),
  });

const closing = (deps: Deps): Operation =>
  operatorOperation({
    ...{ method: 'post', path: '/v1/admin/tasks/{id}/close', tag, operationId: 'closeTask', ...ORDERED },
    ...{ right: closeTask.right, params: z.object({ id: number }), body: reasoned },
    summary: 'An alarm or task is settled, of a deal or of the whole system',
    async handle({ operator, params, body: { reason }, req }) {
      const task = await findTask(deps.db, params.id);
      if (!task) throw new Problem('not-found');
      if (!task.isOpen) throw new Problem('not-now', { detail: CLOSED });
      const given = { operator, input: { task: task.reason, reason }, req };
      return task.dealNo === null
        ? ordered(deps, closeSystemTask, { ...given, about: {} })
        : ordered(deps, closeTask, { ...given, about: { dealNo: task.dealNo } });
    },
  });
const CLOSED = { ko: '이미 닫힌 작업입니다.', en: 'It is closed already.' };

const processing = (deps: Deps): Operation =>
  operatorOperation({
    ...{ method: 'post', path: '/v1/admin/webhook-events/{provider}/{eventId}/process', tag, ...ORDERED },
    ...{ operationId: 'processWebhookEvent', right: processEvent.right, body: reasoned },
    params: z.object({ provider: nameInPath(40), eventId: nameInPath(300) }),
    summary: 'Have a webhook judged again, as the sweep does',
    handle: ({ operator, params: about, body: input, req }) =>
      ordered(deps, processEvent, { operator, about, input, req }),
  });

function reconciling(deps: Deps): Operation {
  const { temporal: client, config, clock } = deps;
  const taskQueue = taskQueuesOf(config.temporal.taskQueue).batches;
  const order = beginReconciliation({ client, taskQueue, pace: config.pace, clock });
  return operatorOperation({
    ...{ method: 'post', path: '/v1/admin/reconciliation/{date}/run', tag, operationId: 'runReconciliation' },
    ...{ ...ORDERED, right: order.right, params: z.object({ date: listedDay }), body: order.input },
    summary: 'Set a day against the providers’ lists now',
    description: 'It is begun, and answered 202; `reconciliation-runs` and `breaks` tell what came of it.',
    async handle({ operator, params: about, body: input, req }) {
      const answer = await ordered(deps, order, { operator, about, input, req });
      return { ...answer, status: 202, isFinal: true };
    },
  });
}

const BACKFILL = 'Make up for the runs of a time, of three days at most';
const BACKFILL_EXAMPLE = {
  ...{ reason: 'the engine was away', from: '2026-03-02T00:00:00+09:00', until: '2026-03-02T12:00:00+09:00' },
};

function scheduling(deps: Deps): Operation[] {
  const orders = scheduleOrders(deps.temporal);
  const params = z.object({ name: z.string().regex(/^[a-z][a-z-]{1,60}$/) });
  const operation = <I extends { readonly reason: string }>(
    verb: keyof typeof orders,
    order: Order<I, By & { readonly schedule: string }>,
    summary: string,
  ) =>
    operatorOperation({
      ...{ method: 'post', path: `/v1/admin/schedules/{name}/${verb}`, tag, operationId: `${verb}Schedule`, summary },
      ...{ ...ORDERED, right: order.right, params, body: order.input },
      handle: ({ operator, params: { name: schedule }, body: input, req }) =>
        ordered(deps, order, { operator, about: { schedule }, input, req }),
    });
  return [
    operation('run', orders.run, 'Run a batch now'),
    operation('pause', orders.pause, 'Pause a batch'),
    operation('unpause', orders.unpause, 'Have a paused batch go on'),
    { ...operation('backfill', orders.backfill, BACKFILL), bodyExample: BACKFILL_EXAMPLE },
  ];
}
