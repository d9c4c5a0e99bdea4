/**
 * Every 3 minutes: deals whose workflow was terminated or lost are adopted, those whose workflow is stuck are told of
 * (spec §4).
 */
import type { RunCounts } from './ports';
import { batches } from './steps';

/** Answers with counts. Safe to repeat: a deal with a running workflow is left alone. */
export function orphanSweepWorkflow(): Promise<RunCounts> {
  return batches.lookAfterRuns('idle');
}
