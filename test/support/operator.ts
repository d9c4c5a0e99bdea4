/** What an operator does to a deal, by the updates of its workflow. */
import { randomUUID } from 'node:crypto';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { taskQueuesOf } from '../../infra/temporal';
import type { WaitReason } from '../../workflows/domain/deal-state';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';
import {
  type ChargebackNote,
  correctAccount,
  dealView,
  noteChargeback,
  type Ruling,
  refundDeal,
  refundFee,
  releaseDeal,
  retryTransfer,
  ruleOutcome,
} from '../../workflows/messages';
import type { House } from './house';
import { poll } from './poll';

export const BY = { actor: 'operator:kim', reason: 'the payer called' } as const;

/** An operator's stop of this leg, or its lift. */
export const stopOf = (leg: 'charge' | 'transfer') => ({ leg, source: 'operator', ...BY }) as const;

export const workflowOf = ({ client }: Pick<House, 'client'>, dealId: string): WorkflowHandle =>
  client.workflow.getHandle(dealWorkflowIdOf(dealId as DealId));

export function operatorOf(house: House, dealId: string) {
  const workflow = workflowOf(house, dealId);
  const { engine } = house;
  const id = dealId as DealId;
  return {
    release: () => workflow.executeUpdate(releaseDeal, { args: [BY] }),
    refund: () => workflow.executeUpdate(refundDeal, { args: [BY] }),
    retryTransfer: () => workflow.executeUpdate(retryTransfer, { args: [BY] }),
    correctAccount: (recipientId: string) => workflow.executeUpdate(correctAccount, { args: [{ ...BY, recipientId }] }),
    /** Also of a deal that has ended; answers as the operator command hears it. */
    refundFee: (amount: number, requestId: string, reason: string = BY.reason) =>
      engine.orderAfterEnd(id, refundFee, { ...BY, reason, amount, requestId }, `${requestId}/${amount}`),
    chargeback: (standing: ChargebackNote['standing'], reference: string) =>
      engine.orderAfterEnd(
        id,
        noteChargeback,
        { ...BY, standing, reference, evidence: 'mail of the PG' },
        `${standing}/${reference}`,
      ),
    rule: (ruling: Pick<Ruling, 'leg' | 'attempt' | 'verdict' | 'paymentKey'>) =>
      workflow.executeUpdate(ruleOutcome, { args: [{ ...BY, evidence: 'settlement file', ...ruling }] }),
  };
}

/** The words with which an order is refused. Throws when it is accepted. */
export async function refusalOf(order: Promise<unknown>): Promise<string> {
  const error = await order.then(
    () => new Error('the order was accepted'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw error;
  return error.cause?.message ?? '';
}

/** Until the workflow itself waits for this: the database may say so earlier, but only then does it take orders. */
export async function workflowWaits(house: Pick<House, 'client'>, dealId: string, reason: WaitReason): Promise<void> {
  await poll(
    () =>
      workflowOf(house, dealId)
        .query(dealView)
        .catch(() => null),
    (view) => view?.waiting?.reason === reason,
    { what: `the workflow of ${dealId} waits ${reason}` },
  );
}

/** What an operator is told about this deal and has not settled. */
export function openTasks({ db }: Pick<House, 'db'>, dealId: string): Promise<string[]> {
  return db('operator_tasks').where({ deal_id: dealId, severity: 'task', closed_at: null }).pluck('reason');
}

/** Until the operator is told of this. */
export async function taskOpens(house: Pick<House, 'db'>, dealId: string, reason: string): Promise<void> {
  await poll(
    () => openTasks(house, dealId),
    (tasks) => tasks.includes(reason),
    { what: `the task ${reason} of ${dealId}` },
  );
}

/** The minute's sweep, as it finds this deal's open events once their wait is over. */
export async function sweepEventsOf(house: House, dealNo: string): Promise<void> {
  await house
    .db('pg_webhook_events')
    .where({ deal_no: dealNo })
    .update({ next_wake_at: new Date(0) });
  await runBatch(house, 'minuteSweepWorkflow');
}

type BatchWorkflow =
  | 'transferRetryWorkflow'
  | 'minuteSweepWorkflow'
  | 'orphanSweepWorkflow'
  | 'staleLockCleanupWorkflow'
  | 'floatWatchWorkflow'
  | 'batchWatchWorkflow';

/** Runs one of the batches as its Schedule would. */
export async function runBatch({ client, config }: Pick<House, 'client' | 'config'>, name: BatchWorkflow) {
  const taskQueue = taskQueuesOf(config.temporal.taskQueue).batches;
  return client.workflow.execute(name, { taskQueue, workflowId: `${name}-${randomUUID()}` });
}
