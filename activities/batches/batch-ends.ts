/** What became of the runs of batches, as the engine tells it, is booked. */
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ActivityFailure } from '@temporalio/common';
import { noteEnded, type RunEnd, runsUnderWay } from '../../db/batch-runs';
import type { Db } from '../../db/connection';

/** Books the end of every run of these batches that has one. A run that goes on stays as it is. */
export async function bookEnds(
  { db, client, clock }: { readonly db: Db; readonly client: Client; readonly clock: () => Date },
  batches: readonly string[],
): Promise<void> {
  for (const { runId, workflowId } of await runsUnderWay(db, batches)) {
    const end = await endOf(client, workflowId, runId, clock);
    if (end) await noteEnded(db, runId, end);
  }
}

/** Of the run that began so, or of the last one that it went on as; null: it goes on. */
async function endOf(
  client: Client,
  workflowId: string,
  firstRunId: string,
  clock: () => Date,
): Promise<RunEnd | null> {
  try {
    const first = await client.workflow.getHandle(workflowId, firstRunId).describe();
    const isAnew = first.status.name === 'CONTINUED_AS_NEW';
    const last = isAnew ? await client.workflow.getHandle(workflowId).describe() : first;
    const { closeTime, runId } = last;
    if (!closeTime || last.status.name === 'CONTINUED_AS_NEW') return null; // between two of them it is told next time
    const answer = await client.workflow
      .getHandle(workflowId, runId)
      .result()
      .then(
        (result) => ({ status: 'done', result }) as const,
        (error: unknown) => ({ status: 'failed', failure: reasonOf(error) }) as const,
      );
    return { endedAt: closeTime, ...answer };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { endedAt: clock(), status: 'failed', failure: 'the engine has forgotten what became of it' };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof WorkflowFailedError)) throw error;
  const cause = error.cause instanceof ActivityFailure ? (error.cause.cause ?? error.cause) : error.cause;
  return cause?.message ?? error.message;
}
