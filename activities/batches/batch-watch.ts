/**
 * Whether the batches get done, for all of them in one place: every run is booked with its period and its result, and
 * people are told of one that failed, that does not end (it holds back every later one of its Schedule), or that was
 * missed. It is read from the engine: a run that was terminated, or that died with its worker, could not tell itself.
 */
import type { Client, ScheduleDescription } from '@temporalio/client';
import { lastRuns, noteBegun } from '../../db/batch-runs';
import type { Db } from '../../db/connection';
import { closeTasks, raise } from '../../db/operator-tasks';
import type { Log } from '../../infra/log';
import { scheduleNamed } from '../../infra/temporal/client';
import type { MinuteActivities } from '../../workflows/batches/ports';
import { kstTimeOf } from '../../workflows/domain/bank-calendar';
import { type BatchCalendar, isEveryMinute, lastTick } from '../../workflows/domain/batches';
import type { AlarmReason } from '../../workflows/domain/operator-tasks';
import { bookEnds } from './batch-ends';

interface BatchWatchDeps {
  readonly db: Db;
  readonly client: Client;
  /** The Schedules that must be there. */
  readonly batches: Readonly<Record<string, { readonly calendar: BatchCalendar }>>;
  readonly clock: () => Date;
  /** As the engine's: `clock` may be put forward (`npm start -- --fast-clock`). */
  readonly wallClock: () => Date;
  readonly log: Log;
}

/** No batch takes so long on a good day, and none begins so long after its time. */
const LATE_MS = 10 * 60_000;

type BatchAlarm = Extract<AlarmReason, 'batch-late' | 'batch-failed' | 'batch-missed'>;

/** `watchBatches` over Temporal's Schedules. */
export function batchWatchActivities(deps: BatchWatchDeps): Pick<MinuteActivities, 'watchBatches'> {
  const { db, client, batches, log } = deps;
  const names = Object.keys(batches);

  async function tell(reason: BatchAlarm, complaints: readonly string[]): Promise<void> {
    if (complaints.length === 0) await closeTasks(db, null, [reason]);
    else if (await raise(db, null, 'alarm', reason, complaints.join('; ')))
      log.error({ reason, complaints }, 'batches need somebody');
  }

  return {
    async watchBatches() {
      const seen = await Promise.all(names.map((id) => scheduleNamed(client, id)));
      const schedules = new Map(names.map((id, n) => [id, seen[n] ?? null]));
      const booked = names.filter((id) => !isEveryMinute(batches[id]?.calendar)); // its steps note their own success
      for (const id of booked) await bookBegun(db, id, schedules.get(id) ?? null);
      await bookEnds(deps, booked);
      const late = names.flatMap((id) => lateness(deps, id, schedules.get(id) ?? null));
      const failed = await failures(db, booked);
      const missed = await misses(deps, booked, schedules);
      await tell('batch-late', late);
      await tell('batch-failed', failed);
      await tell('batch-missed', missed);
      return { late, failed, missed };
    },
  };
}

/** Those of the last runs that are not booked yet: the engine names ten, and a look comes every minute. */
async function bookBegun(db: Db, batch: string, schedule: ScheduleDescription | null): Promise<void> {
  const runs = (schedule?.info.recentActions ?? []).map(({ scheduledAt, takenAt, action: { workflow } }) => ({
    ...{ runId: workflow.firstExecutionRunId, workflowId: workflow.workflowId, batch },
    ...{ scheduledAt, begunAt: takenAt },
  }));
  await noteBegun(db, runs);
}

function lateness({ wallClock }: BatchWatchDeps, id: string, schedule: ScheduleDescription | null): string[] {
  if (!schedule) return [`${id} is not set`];
  const { runningActions, recentActions } = schedule.info;
  const running = new Set(runningActions.map(({ workflow }) => workflow.workflowId));
  const begun = recentActions.filter(({ action }) => running.has(action.workflow.workflowId));
  const isLate = begun.some(({ takenAt }) => wallClock().getTime() - takenAt.getTime() > LATE_MS);
  return isLate ? [`${id} does not end`] : [];
}

async function failures(db: Db, booked: readonly string[]): Promise<string[]> {
  const ended = await lastRuns(db, booked, { which: 'ended', most: 1 });
  return ended.flatMap(({ batch, scheduledAt, failure }) =>
    failure === null ? [] : [`${batch} of ${kstTimeOf(scheduledAt)}: ${failure}`],
  );
}

/** A run by hand after the time that was missed makes up for it; a Schedule that is younger has missed nothing. */
async function misses(
  { db, batches, clock }: BatchWatchDeps,
  booked: readonly string[],
  schedules: ReadonlyMap<string, ScheduleDescription | null>,
): Promise<string[]> {
  const runs = await lastRuns(db, booked, { which: 'any', most: 1 });
  const latest = new Map(runs.map(({ batch, scheduledAt }) => [batch, scheduledAt]));
  return booked.flatMap((id) => {
    const [batch, schedule] = [batches[id], schedules.get(id)];
    if (!batch || !schedule || schedule.info.runningActions.length > 0) return []; // one that does not end is late
    const due = lastTick(batch.calendar, new Date(clock().getTime() - LATE_MS));
    if (schedule.info.createdAt > due || (latest.get(id) ?? new Date(0)) >= due) return [];
    return [`${id} of ${kstTimeOf(due)} was not run${schedule.state.paused ? ': it is paused' : ''}`];
  });
}
