/** The one way to reach Temporal from a client. */
import { Client, Connection } from '@temporalio/client';
import type { Config } from './config';

/** Names of the task queues: deals and their money activities on one (eager dispatch), batches on another. */
export function taskQueuesOf(taskQueue: string): { deals: string; batches: string } {
  return { deals: `${taskQueue}-deals`, batches: `${taskQueue}-batches` };
}

/** Connects within 10 s, or throws. The caller closes `client.connection`. */
export async function openTemporal({ address, namespace }: Config['temporal']): Promise<Client> {
  const connection = await Connection.connect({ address, connectTimeout: '10s' });
  return new Client({ connection, namespace });
}
