/** Schedules as Temporal has them: when each runs next, and what became of its last run. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';

interface ScheduleStanding {
  readonly id: string;
  readonly note: string | null;
  readonly paused: boolean;
  readonly nextRunAt: Date | null;
  /** The next few of them, the first included. */
  readonly nextRunsAt: readonly Date[];
  readonly lastRun: {
    readonly startedAt: Date;
    /** Temporal's word: COMPLETED, RUNNING, FAILED…; null: it is past retention. */
    readonly status: string | null;
  } | null;
}

const DEADLINE_MS = 5_000;
const TIMES_SHOWN = 5;

/** Every Schedule of the namespace, by id. Throws when Temporal does not answer within 5 s. */
export function schedulesOf(client: Client): Promise<ScheduleStanding[]> {
  return client.connection.withDeadline(Date.now() + DEADLINE_MS, async () => {
    const ids: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) ids.push(scheduleId);
    return Promise.all(ids.sort().map((id) => standingOf(client, id)));
  });
}

async function standingOf(client: Client, id: string): Promise<ScheduleStanding> {
  const { state, info } = await client.schedule.getHandle(id).describe();
  const last = info.recentActions.at(-1);
  const workflow = last?.action.workflow;
  return {
    id,
    note: state.note ?? null,
    paused: state.paused,
    nextRunAt: info.nextActionTimes[0] ?? null,
    nextRunsAt: info.nextActionTimes.slice(0, TIMES_SHOWN),
    lastRun: last ? { startedAt: last.takenAt, status: workflow ? await statusOf(client, workflow) : null } : null,
  };
}

async function statusOf(
  client: Client,
  { workflowId, firstExecutionRunId }: { readonly workflowId: string; readonly firstExecutionRunId: string },
): Promise<string | null> {
  try {
    return (await client.workflow.getHandle(workflowId, firstExecutionRunId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
