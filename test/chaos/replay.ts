/**
 * Every history of a run is replayed with the code that made it: a deal that cannot be would be stuck at the next death of its worker,
 * though this run may not have come to that.
 */

import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { replayOptionsOf } from '../../infra/temporal/options';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';
import { dataKeysOf } from '../fixtures/keys';
import type { System } from './system';

/** `bundle`: the file of the workflows. */
type Played = Pick<System, 'config' | 'db' | 'client' | 'bundle'>;

/** Long runs replay so many, those in which most happened. */
const REPLAYED_MAX = 600;

/** The deals whose history does not replay, in words. */
export async function unreplayable({
  config,
  db,
  client,
  bundle,
}: Played): Promise<{ replayed: number; failed: string[] }> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const deals: { id: DealId; deal_no: string }[] = await db('deals')
    .whereNotNull('confirmed_at')
    .orWhereNotNull('cancel_requested_at')
    .orderByRaw('cancel_requested_at is null, (select count(*) from deal_events where deal_id = deals.id) desc')
    .limit(REPLAYED_MAX)
    .select('id', 'deal_no');
  const numbers = new Map<string, string>(deals.map(({ id, deal_no }) => [dealWorkflowIdOf(id), deal_no]));
  async function* histories() {
    for (const workflowId of numbers.keys()) {
      yield { workflowId, history: await client.workflow.getHandle(workflowId).fetchHistory() };
    }
  }
  const failed: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(
    {
      ...replayOptionsOf(config.temporal.namespace, await dataKeysOf({ db, config })),
      workflowBundle: { codePath: bundle },
    },
    histories(),
  )) {
    if (error) failed.push(`${numbers.get(workflowId)}: its history does not replay (${error.name})`);
  }
  return { replayed: deals.length, failed };
}
