/** Ways for a deal to lose its workflow, and time passing over its row. */
import type { WorkflowHandle } from '@temporalio/client';
import { hasOpenRun } from '../../infra/temporal/client';
import { poll } from '../fixtures/poll';
import type { House } from '../servers/house';

type Engine = Pick<House, 'client' | 'config'>;

/** The open run is gone from the server without a trace. (One that has just ended would stay for a while: the server sees to that.) */
export async function forgetRun({ client, config }: Engine, { workflowId }: WorkflowHandle): Promise<void> {
  const { namespace } = config.temporal;
  await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  const isKnown = () =>
    client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => true,
        () => false,
      );
  await poll(isKnown, (known) => !known, { what: `${workflowId} is forgotten` });
  if (await hasOpenRun(client, workflowId)) throw new Error(`${workflowId} still runs`);
}

/** Every deal looks as if nothing had touched it for two minutes; the trigger that notes each touch stays out of it. */
export async function letDealsRest({ db }: Pick<House, 'db'>): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('deals').update({ updated_at: trx.raw(`now() - interval '2 minutes'`) });
  });
}
