/** The 23:00 KST batch (spec §8): yesterday's settlement file, bank list, rows and ledger set against each other. */
import { ActivityFailure } from '@temporalio/common';
import { proxyActivities, setCurrentDetails, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import { type DayDue, type MatchCounts, type ReconciliationResult, WAKE_PATIENCE_MS } from '../domain/reconciliation';
import { type ReconcileInput, reconcileProgress } from './messages';
import type { ReconciliationActivities, ReconciliationRun } from './ports';
import { scheduledAt } from './scheduled';

const stepsWith = (maximumAttempts: number) =>
  proxyActivities<ReconciliationActivities>({
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '1 minute',
    retry: {
      ...{ initialInterval: '2s', maximumInterval: '10 minutes', maximumAttempts },
      nonRetryableErrorTypes: ['ListShrank', 'StatementJumps'], // read again it is the same, and other days wait
    },
  });

/**
 * A provider that does not answer is asked again for about two hours; then people are told, and the next night tries
 * again.
 */
const steps = stepsWith(20);
/** Of the days after the first: a provider that is away by now is away for all of them. */
const hasty = stepsWith(3);

/**
 * Reconciles the day of the input, or, run by its Schedule, the day before the scheduled time, and then the earlier
 * days of which that night has something to read. Answers with one result a day; a day that fails does not keep the
 * others from being done.
 */
export async function transferReconcileWorkflow(input: ReconcileInput = {}): Promise<ReconciliationResult[]> {
  let progress = 'beginning';
  setHandler(reconcileProgress, () => progress);
  const night: Night = {
    ...{ input, failures: [] },
    tell(step) {
      progress = step;
      setCurrentDetails(step);
    },
  };
  const engineRun = workflowInfo().runId;
  const days =
    input.day === undefined
      ? await steps.planNight({ engineRun, scheduledAt: scheduledAt() })
      : [{ day: input.day, settlement: true }];
  const [first, ...earlier] = days;
  const results = first ? await reconcileDays(night, [first], steps) : [];
  results.push(...(await reconcileDays(night, earlier, hasty)));
  if (night.failures.length > 0) throw night.failures[0];
  return results;
}

interface Night {
  readonly input: ReconcileInput;
  readonly failures: ActivityFailure[];
  readonly tell: (step: string) => void;
}

interface Matched {
  readonly run: ReconciliationRun;
  readonly counts: MatchCounts;
  readonly woken: number;
}

/** Matches each day, then has the deals of all of them asked at once, and closes the days. */
async function reconcileDays(
  night: Night,
  days: readonly DayDue[],
  reading: ReconciliationActivities,
): Promise<ReconciliationResult[]> {
  const matched: Matched[] = [];
  for (const due of days) {
    const run = await begin(night, due.day);
    const one = await unlessFailed(night, run, () => readAndMatch(night, run, due, reading));
    if (one) matched.push(one);
  }
  const last = matched.pop(); // it has seen all that is open
  const asked = last && (await unlessFailed(night, last.run, () => haveDealsAsk(night, last)));
  if (asked) matched.push(asked);
  const results: ReconciliationResult[] = [];
  for (const { run, ...found } of matched) {
    night.tell(`${run.day}: closing the day`);
    const result = await unlessFailed(night, run, () => steps.closeReconciliation({ ...run, ...found }));
    if (result) results.push(result);
  }
  return results;
}

async function begin({ input: { carryOverMs } }: Night, day: string): Promise<ReconciliationRun> {
  const { runId } = await steps.beginReconciliation({ engineRun: `${workflowInfo().runId}/${day}`, day });
  return { runId, day, ...(carryOverMs !== undefined && { carryOverMs }) };
}

async function readAndMatch(
  { input: { acceptLoss }, tell }: Night,
  run: ReconciliationRun,
  { day, settlement }: DayDue,
  reading: ReconciliationActivities,
): Promise<Matched> {
  tell(`${day}: reading the lists`);
  const list = { day, ...(acceptLoss !== undefined && { acceptLoss }) };
  const once = settlement ? [reading.readSettlementFile(list), reading.readStatement(list)] : [];
  await Promise.all([...once, reading.readBankList(list)]);
  tell(`${day}: matching`);
  return { run, counts: await steps.matchDay({ ...run, whole: true }), woken: 0 };
}

/** Wakes every deal that mends an open break by asking, and matches what was open once more. */
async function haveDealsAsk({ input, tell }: Night, { run, counts }: Matched): Promise<Matched> {
  const { woken } = await steps.wakeDeals({ runId: run.runId });
  if (woken === 0) return { run, counts, woken };
  tell(`${run.day}: ${woken} deals ask their provider`);
  await sleep(input.wakePatienceMs ?? WAKE_PATIENCE_MS);
  const { resolved } = await steps.matchDay({ ...run, whole: false });
  return { run, counts: { ...counts, resolved: counts.resolved + resolved }, woken };
}

/** The day of a step that fails is told to people, and the other days are done. */
async function unlessFailed<T>(
  { failures }: Night,
  { runId }: ReconciliationRun,
  step: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const reason = error.cause?.message ?? 'a step failed';
    await steps.failReconciliation({ runId, reason: reason.slice(0, 500) });
    failures.push(error);
    return undefined;
  }
}
