/** What an operator does to a deal, by the updates of its workflow. */
import type { WorkflowHandle } from '@temporalio/client';
import { taskQueuesOf } from '../../infra/temporal';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';
import { correctAccount, refundDeal, releaseDeal, retryTransfer } from '../../workflows/messages';
import type { House } from './house';

export const BY = { actor: 'operator:kim', reason: 'the payer called' } as const;

export const workflowOf = ({ client }: Pick<House, 'client'>, dealId: string): WorkflowHandle =>
  client.workflow.getHandle(dealWorkflowIdOf(dealId as DealId));

export function operatorOf(house: House, dealId: string) {
  const workflow = workflowOf(house, dealId);
  return {
    release: () => workflow.executeUpdate(releaseDeal, { args: [BY] }),
    refund: () => workflow.executeUpdate(refundDeal, { args: [BY] }),
    retryTransfer: () => workflow.executeUpdate(retryTransfer, { args: [BY] }),
    correctAccount: (recipientId: string) => workflow.executeUpdate(correctAccount, { args: [{ ...BY, recipientId }] }),
  };
}

/** Runs one of the batches as its Schedule would. */
export async function runBatch({ client, config }: House, name: 'transferRetryWorkflow' | 'minuteSweepWorkflow') {
  const taskQueue = taskQueuesOf(config.temporal.taskQueue).batches;
  return client.workflow.execute(name, { taskQueue, workflowId: `${name}-${config.temporal.taskQueue}-${Date.now()}` });
}
