/**
 * Every minute, in one run: quotes that nobody confirmed expire, webhook events that nobody dealt with wake their
 * deals, cancels that only the database knows are heard, deals that lost their workflow are adopted, operators are told
 * of deals that take a day, the other batches and the float are watched (docs/operations.md, "The minute").
 */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { proxyActivities } from '@temporalio/workflow';
import { MINUTE_STEP_NAMES, MINUTE_STEPS, type MinuteStep } from '../domain/minute-steps';
import type { MinuteActivities } from './ports';

/** A step gives up by itself in its time; the engine's clock is for one whose worker died. */
const SLACK_S = 2;

const tryStep = (step: MinuteStep): Promise<unknown> =>
  proxyActivities<MinuteActivities>({
    startToCloseTimeout: `${MINUTE_STEPS[step] + SLACK_S}s`,
    scheduleToCloseTimeout: '40s', // with all its tries: the run, which has 50 s, lives to say who failed
    retry: { initialInterval: '1s', maximumAttempts: 3, nonRetryableErrorTypes: ['StepLate'] },
  })[step]();

/** What each step found, by its name. */
type MinuteFindings = { readonly [S in MinuteStep]: Awaited<ReturnType<MinuteActivities[S]>> };

/**
 * All steps beside each other: one that fails or hangs keeps no other from its work. Fails in the end, and says which
 * steps did. Safe to repeat.
 */
export async function minuteSweepWorkflow(): Promise<MinuteFindings> {
  const ends = await Promise.allSettled(MINUTE_STEP_NAMES.map(tryStep));
  const failures = ends.flatMap((end, n) =>
    end.status === 'rejected' ? [`${MINUTE_STEP_NAMES[n]} (${reasonOf(end.reason)})`] : [],
  );
  if (failures.length > 0)
    throw ApplicationFailure.nonRetryable(`steps that failed: ${failures.join(', ')}`, 'StepsFailed');
  const found = ends.map((end, n) => [MINUTE_STEP_NAMES[n], end.status === 'fulfilled' ? end.value : undefined]);
  return Object.fromEntries(found) as MinuteFindings;
}

function reasonOf(error: Error): string {
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return cause instanceof TimeoutFailure ? 'no answer in time' : cause.message;
}
