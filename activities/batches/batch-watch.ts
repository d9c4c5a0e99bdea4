/**
 * Whether the batches get done, for all of them in one place: every run is booked with its period and its result, and
 * people are told of one that failed, that does not end (it holds back every later one of its Schedule), or that was
 * missed. It is read from the engine: a run that was terminated, or that died with its worker, could not tell itself.
 */
import type { Client, ScheduleDescription } from '@temporalio/client';
import { lastRuns, noteBegun } from '../../db/batch-runs';
import type { Db } from '../../db/connection';
import { closeTasks, openDetail, raise } from '../../db/operator-tasks';
import type { Log } from '../../infra/log';
import { scheduleNamed } from '../../infra/temporal/client';
import type { MinuteActivities } from '../../workflows/batches/ports';
import { kstTimeOf } from '../../workflows/domain/bank-calendar';
import { type BatchCalendar, isEveryMinute, LATE_AFTER_MIN, lastTick } from '../../workflows/domain/batches';
import type { AlarmReason } from '../../workflows/domain/operator-tasks';
import { bookEnds } from './batch-ends';

interface BatchWatchDeps {
  readonly db: Db;
  readonly client: Client;
  /** The Schedules that must be there. */
  readonly batches: Readonly<Record<string, { readonly calendar: BatchCalendar; readonly lateAfterMin?: number }>>;
  readonly clock: () => Date;
  /** As the engine's: `clock` may be put forward (`npm start -- --fast-clock`). */
  readonly wallClock: () => Date;
  readonly log: Log;
}

const MINUTE_MS = 60_000;
/** No batch begins so long after its time. */
const LATE_MS = LATE_AFTER_MIN * MINUTE_MS;

/** The batches that the detail of an alarm is about: each complaint begins with the name of its own. */
const namedIn = (detail: string): ReadonlySet<string> =>
  new Set(detail.split('; ').map((one) => one.split(' ')[0] ?? ''));

type BatchAlarm = Extract<AlarmReason, 'batch-late' | 'batch-failed' | 'batch-missed'>;

/** `watchBatches` over Temporal's Schedules. */
export function batchWatchActivities(deps: BatchWatchDeps): Pick<MinuteActivities, 'watchBatches'> {
  const { db, client, batches, log } = deps;
  const names = Object.keys(batches);

  /** One more batch closes the alarm and raises it anew: of what only joins its detail, nobody would be alerted. */
  async function tell(reason: BatchAlarm, complaints: readonly string[]): Promise<void> {
    if (complaints.length === 0) return void (await closeTasks(db, null, [reason]));
    const detail = complaints.join('; ');
    const isNew = await db.transaction(async (trx) => {
      const told = namedIn((await openDetail(trx, reason)) ?? '');
      if ([...namedIn(detail)].some((batch) => !told.has(batch))) await closeTasks(trx, null, [reason]);
      return raise(trx, null, 'alarm', reason, detail);
    });
    if (isNew) log.error({ reason, complaints }, 'batches need somebody');
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

function lateness({ wallClock, batches }: BatchWatchDeps, id: string, schedule: ScheduleDescription | null): string[] {
  if (!schedule) return [`${id} is not set`];
  const { runningActions, recentActions } = schedule.info;
  const running = new Set(runningActions.map(({ workflow }) => workflow.workflowId));
  const begun = recentActions.filter(({ action }) => running.has(action.workflow.workflowId));
  const patienceMs = (batches[id]?.lateAfterMin ?? LATE_AFTER_MIN) * MINUTE_MS;
  const isLate = begun.some(({ takenAt }) => wallClock().getTime() - takenAt.getTime() > patienceMs);
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
