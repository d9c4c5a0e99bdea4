/** Every 3 minutes: deals whose workflow was terminated or lost are adopted (spec §4). */
import { batches } from './steps';

/** Answers with counts. Safe to repeat: a deal with a running workflow is left alone. */
export function orphanSweepWorkflow(): Promise<{ looked: number; adopted: number; failed: number }> {
  return batches.adoptOrphans();
}
