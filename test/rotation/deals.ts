/** The deals that run while keys are changed. */
import { createDealEngine } from '../../infra/temporal/deal-engine';
import { dealWorkflowIdOf } from '../../workflows/domain/ids';
import type { ReadyDeal } from '../bench/deals';
import type { Stand } from '../bench/stand';

const AT_ONCE = 20;
const DEADLINE_MS = 30_000;
/** The bank processes each transfer for so long: every deal is under way until the keys are changed, ms. */
const HELD_MS = 120_000;

/** From now on no transfer is done sooner. */
export async function holdTransfers({ sandboxes }: Stand): Promise<void> {
  const answer = await fetch(`${sandboxes.bank}/_sandbox/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ faults: [{ fault: 'processing', delayMs: HELD_MS }] }),
  });
  if (!answer.ok) throw new Error(`the sandbox refused the fault: ${await answer.text()}`);
}

/**
 * Confirms them all, some at a time. A charge that takes longer than its payer waits goes on. Rejects when one is not
 * taken.
 */
export async function confirmAll({ client, queues, config }: Stand, deals: readonly ReadyDeal[]): Promise<void> {
  const engine = createDealEngine({ client, taskQueue: queues.deals, policy: config.policy });
  const waiting = [...deals];
  const payers = Array.from({ length: AT_ONCE }, async () => {
    for (let deal = waiting.pop(); deal; deal = waiting.pop()) {
      const answer = await engine.confirm(deal.header, deal.confirm, DEADLINE_MS);
      const isCharged = answer.kind === 'decided' && answer.outcome.kind === 'charged';
      if (!isCharged && !(answer.kind === 'pending' && answer.durable))
        throw new Error(`${deal.header.dealNo} was not taken: ${JSON.stringify(answer)}`);
    }
  });
  await Promise.all(payers);
}

/** How many deals have not ended. */
export async function underWay({ db }: Stand): Promise<number> {
  const [row] = await db('deals').whereNotIn('status', ['COMPLETED', 'REFUNDED', 'CANCELLED']).count({ count: '*' });
  return Number(row?.count);
}

/** Until the workflow of each has ended. */
export async function allEnded({ client }: Stand, deals: readonly ReadyDeal[]): Promise<void> {
  for (const { header } of deals) await client.workflow.getHandle(dealWorkflowIdOf(header.dealId)).result();
}
