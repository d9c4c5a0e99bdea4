/** `npm run reconcile -- accept`: a break is ended through the workflow of its deal, or, of no deal, in a transaction of its own. */
import { randomUUID } from 'node:crypto';
import type { Db } from '../../db/connection';
import { acceptBreak, dealOfOrder } from '../../db/reconciliation/accepting';
import type { CommandConfig } from '../../infra/config/commands';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { createDealEngine } from '../../infra/temporal/deal-engine';
import * as messages from '../../workflows/deal/messages';
import type { DealId } from '../../workflows/domain/ids';
import { explain, Refused } from './orders';

/** Throws `Refused` when the break was not ended. */
export async function orderAcceptance(db: Db, config: CommandConfig, order: messages.BreakAcceptance): Promise<void> {
  const deal = await dealOfOrder(db, order);
  if (deal?.confirmed) return throughWorkflow(config, deal.id, order);
  // No run owns it: a quote that was never confirmed has none either.
  const answer = await db.transaction((trx) => acceptBreak(trx, { ...order, dealId: deal?.id ?? null }));
  if (answer.kind === 'refused') throw new Refused(answer.why);
}

async function throughWorkflow(config: CommandConfig, dealId: DealId, order: messages.BreakAcceptance): Promise<void> {
  const client = await openTemporal(config.temporal);
  try {
    const { deals } = taskQueuesOf(config.temporal.taskQueue);
    const engine = createDealEngine({ client, taskQueue: deals, policy: config.policy });
    // Each order has an id of its own, since a refusal may be of the moment; the database knows what was ended already.
    const id = `accept-${order.breakId}/${randomUUID()}`;
    const problem = explain(await engine.orderAfterEnd(dealId, messages.acceptBreak, order, id));
    if (problem) throw new Refused(problem);
  } finally {
    await client.connection.close();
  }
}
