/**
 * Whether the batches get done: a run that hangs holds back every later one of its Schedule, and nothing else would
 * tell.
 */
import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import type { Db } from '../../db/connection';
import { closeTasks, raise } from '../../db/operator-tasks';
import type { Log } from '../../infra/log';
import type { MinuteActivities } from '../../workflows/batches/ports';

interface BatchWatchDeps {
  readonly db: Db;
  readonly client: Client;
  /** The ids of the Schedules that must be there. */
  readonly schedules: readonly string[];
  readonly clock: () => Date;
  readonly log: Log;
}

/** No batch takes so long on a good day. */
const LATE_MS = 10 * 60_000;

/** `watchBatches` over Temporal's Schedules. */
export function batchWatchActivities(deps: BatchWatchDeps): Pick<MinuteActivities, 'watchBatches'> {
  const { db, client, schedules, clock, log } = deps;

  /** What is wrong with the Schedule, in words; null when nothing is. */
  async function complaintOf(id: string): Promise<string | null> {
    try {
      const { info } = await client.schedule.getHandle(id).describe();
      const running = new Set(info.runningActions.map(({ workflow }) => workflow.workflowId));
      const begun = info.recentActions.filter(({ action }) => running.has(action.workflow.workflowId));
      const isLate = begun.some(({ takenAt }) => clock().getTime() - takenAt.getTime() > LATE_MS);
      return isLate ? `${id} does not end` : null;
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return `${id} is not set`;
      throw error;
    }
  }

  return {
    async watchBatches() {
      const found = await Promise.all(schedules.map(complaintOf));
      const late = found.filter((complaint) => complaint !== null);
      if (late.length === 0) await closeTasks(db, null, ['batch-late']);
      else if (await raise(db, null, 'alarm', 'batch-late', late.join(', '))) log.error({ late }, 'batches are late');
      return { late };
    },
  };
}
