/**
 * The bare workflow that a deal is measured against: the same start, update, steps and search attributes, with the same payloads,
 * and nothing done in any of them. Under the deal's own name, on a task queue of its own, so that the same engine starts it.
 */
import {
  allHandlersFinished,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { type ConfirmOutcome, confirmDeal, type DealInput, SEARCH_ATTRIBUTES } from '../../workflows/deal/messages';
import type { DealState } from '../../workflows/domain/deal-state';
import type { FloorActivities } from './floor-activities';

const local = proxyLocalActivities<Pick<FloorActivities, 'screenDeal'>>({ startToCloseTimeout: '5s' });

export async function dealWorkflow({ dealId, policy, confirm }: DealInput): Promise<DealState> {
  if (!confirm) throw new Error('the bare workflow only confirms');
  const { attempt, cardId } = confirm;
  let outcome: ConfirmOutcome | undefined;
  setHandler(confirmDeal, async () => {
    await condition(() => outcome !== undefined);
    return outcome as ConfirmOutcome;
  });
  const money = (summary: string) =>
    proxyActivities<Omit<FloorActivities, 'screenDeal'>>({
      startToCloseTimeout: policy.startToCloseMs,
      retry: { initialInterval: policy.callRetryMs, backoffCoefficient: 2, maximumAttempts: policy.callAttempts },
      summary,
    });
  const { holdMs, pgKeyWindowMs, chargeSettleMs, notFoundSettleMs } = policy;

  const decision = await local.screenDeal({ dealId, ...confirm });
  await money('charge attempt 1').chargeCard({ dealId, ...confirm, decision, holdMs, pgKeyWindowMs, chargeSettleMs });
  outcome = { kind: 'charged', cardId, attempt };
  show('PAID');
  const by = { actor: 'system', cause: 'transfer-begins' } as const;
  await money('transfer attempt 1').transferToRecipient({
    dealId,
    attempt,
    ...by,
    lastInLine: false,
    notFoundSettleMs,
    roundMs: policy.providerTimeoutMs,
  });
  show('COMPLETED');
  await condition(allHandlersFinished);
  return 'COMPLETED';
}

function show(state: DealState): void {
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.dealStatus, value: state }]);
  setCurrentDetails(state);
}

/** The least an update-with-start can be: it answers at once, and the run ends. */
export async function answerWorkflow({ confirm }: DealInput): Promise<void> {
  const { cardId = '', attempt = 1 } = confirm ?? {};
  const outcome: ConfirmOutcome = { kind: 'charged', cardId, attempt };
  setHandler(confirmDeal, async () => outcome);
  await condition(allHandlersFinished);
}
