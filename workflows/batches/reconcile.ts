/** The 23:00 KST batch (spec §8): yesterday's settlement file, bank list, rows and ledger set against each other. */
import { ActivityFailure, defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { proxyActivities, setCurrentDetails, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import { type ReconciliationResult, WAKE_PATIENCE_MS } from '../domain/reconciliation';
import { type ReconcileInput, reconcileProgress } from './messages';
import type { ReconciliationActivities } from './ports';

/**
 * A provider that does not answer is asked again for about two hours; then people are told, and the next night tries
 * again.
 */
const steps = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '1 minute',
  retry: {
    ...{ initialInterval: '2s', maximumInterval: '10 minutes', maximumAttempts: 20 },
    nonRetryableErrorTypes: ['ListShrank', 'StatementJumps'], // read again it is the same, and other days wait
  },
});

const SCHEDULED_AT = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/**
 * Reconciles the day of the input, or, run by its Schedule, the day before the scheduled time, the days whose runs
 * failed, and once more the day of a week before. Answers with one result a day; a day that fails does not keep the
 * others from being done.
 */
export async function transferReconcileWorkflow(input: ReconcileInput = {}): Promise<ReconciliationResult[]> {
  let progress = 'beginning';
  setHandler(reconcileProgress, () => progress);
  const tell = (day: string) => (step: string) => {
    progress = `${day}: ${step}`;
    setCurrentDetails(progress);
  };
  const days = input.day === undefined ? await daysDue() : [input.day];
  const results: ReconciliationResult[] = [];
  let failure: unknown;
  for (const day of days) {
    try {
      results.push(await reconcileDay(day, input, tell(day)));
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return results;
}

function daysDue(): Promise<string[]> {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const scheduledAt = typedSearchAttributes.get(SCHEDULED_AT) ?? startTime;
  return steps.daysDue({ scheduledAt: scheduledAt.toISOString() });
}

async function reconcileDay(
  day: string,
  input: ReconcileInput,
  tell: (step: string) => void,
): Promise<ReconciliationResult> {
  const { runId } = await steps.beginReconciliation({ engineRun: `${workflowInfo().runId}/${day}`, day });
  const run = { runId, day, ...(input.carryOverMs !== undefined && { carryOverMs: input.carryOverMs }) };
  try {
    tell('reading the lists');
    const list = { day, ...(input.acceptLoss !== undefined && { acceptLoss: input.acceptLoss }) };
    await Promise.all([steps.readSettlementFile(list), steps.readBankList(list), steps.readStatement(list)]);
    tell('matching');
    const counts = await steps.matchDay({ ...run, whole: true });
    const { woken } = await steps.wakeDeals({ runId });
    let resolved = counts.resolved;
    if (woken > 0) {
      tell(`${woken} deals ask their provider`);
      await sleep(input.wakePatienceMs ?? WAKE_PATIENCE_MS);
      resolved += (await steps.matchDay({ ...run, whole: false })).resolved;
    }
    tell('closing the day');
    return await steps.closeReconciliation({ ...run, counts: { ...counts, resolved }, woken });
  } catch (error) {
    if (error instanceof ActivityFailure) {
      const reason = error.cause?.message ?? 'a step failed';
      await steps.failReconciliation({ runId, reason: reason.slice(0, 500) });
    }
    throw error;
  }
}
