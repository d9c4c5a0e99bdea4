/** Personal data whose term has ended is destroyed now, by the worker. */
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure } from '@temporalio/common';
import { RETENTION_WORKFLOW, type RetentionResult } from '../../workflows/batches/messages';
import { type Refusal, refused } from './order';

/**
 * Runs it to its end and answers with what it destroyed; a run that was begun here and is under way is joined. One of
 * the Schedule has an id of its own and runs beside it, which does no harm. `taskQueue`: of the batches.
 */
export async function destroyNow(
  client: Client,
  taskQueue: string,
): Promise<({ readonly kind: 'done' } & RetentionResult) | Refusal> {
  const run = await client.workflow.start(RETENTION_WORKFLOW, {
    workflowId: 'retention',
    taskQueue,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: 'Personal data whose term has ended',
  });
  try {
    return { kind: 'done', ...((await run.result()) as RetentionResult) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
    return refused('not-now', `not all of it could be destroyed: ${cause?.message ?? error.message}`);
  }
}
