/** The one way to reach Temporal from a client. */
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from './config';

/** Names of the task queues: deals and their money activities on one (eager dispatch), batches on another. */
export function taskQueuesOf(taskQueue: string): { deals: string; batches: string } {
  return { deals: `${taskQueue}-deals`, batches: `${taskQueue}-batches` };
}

/** Connects within 5 s, or throws. The caller closes `client.connection`. */
export async function openTemporal({ address, namespace }: Config['temporal']): Promise<Client> {
  const connection = await Connection.connect({ address, connectTimeout: '5s' });
  return new Client({ connection, namespace });
}

const LOOK_DEADLINE_MS = 5_000;
/** A run with one of these has ended; any other status, also one that this code does not know, counts as open. */
const ENDED: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT']);

/** Whether the workflow has a run that has not ended. False when there was never one, or when it is past retention. */
export async function hasOpenRun(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.connection.withDeadline(Date.now() + LOOK_DEADLINE_MS, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return !ENDED.has(status.name);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
