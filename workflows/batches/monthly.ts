/** The batches of the first of a month (spec §8): grades at 00:00 KST, what members did in the one before at 00:30. */
import { proxyActivities } from '@temporalio/workflow';
import { type MonthResult, type Progress, throughMembers } from './pages';
import type { MonthlyActivities } from './ports';

/** A database that is away is waited for, for hours: the next run is a month later. */
const steps = proxyActivities<MonthlyActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '1 minute', maximumAttempts: 200 },
});

/** Gives every member the grade of the month. Run twice it changes nothing; `begun`: from a run before. */
export function gradeUpdateWorkflow(begun?: Progress): Promise<MonthResult> {
  return throughMembers(begun, { pageOf: steps.judgeGrades, settlesInMs: steps.settlesInMs });
}

/** Keeps what every member did in the month before, and sums it up. Run twice it changes nothing. */
export function monthlyResetWorkflow(begun?: Progress): Promise<MonthResult> {
  return throughMembers(begun, { pageOf: steps.keepMonth, settlesInMs: steps.settlesInMs });
}
