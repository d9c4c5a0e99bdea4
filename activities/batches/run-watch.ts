/**
 * The workflows of deals, seen from outside: one that was terminated or lost is given again, and the deal continues
 * from the database (spec §4); one whose code fails again and again is told to operators, since it cannot tell by
 * itself.
 */
import type { Client } from '@temporalio/client';
import type { Db } from '../../db/connection';
import { closeTasks, raise } from '../../db/operator-tasks';
import { engineTime } from '../../db/server-time';
import { idleOpenDeals, lateDeals, mustRun, stuckDeals } from '../../db/sweeps';
import type { Log } from '../../infra/log';
import { openDealRuns, standingOf } from '../../infra/temporal/client';
import type { DealEngine } from '../../infra/temporal/deal-engine';
import type { MinuteActivities } from '../../workflows/batches/ports';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';
import { beginRound, type Page } from './rounds';

interface RunWatchDeps {
  readonly db: Db;
  readonly client: Client;
  readonly engine: DealEngine;
  readonly clock: () => Date;
  /** Where deals run. */
  readonly dealsQueue: string;
  readonly log: Log;
  /** A watch that only goes forward, ms; default the process's own. */
  readonly watch?: () => number;
}

/** A deal that moved so recently is left alone: its workflow may just be starting. */
const IDLE_MS = 60_000;
/** A deal that should have moved so long ago is looked at first. */
const LATE_MS = 15_000;
/** A look takes no longer, ms, of which half is for the late ones: the next minute goes on where it was cut off. */
const PATIENCE_MS = 20_000;
/** A kill or a deploy takes one try of a workflow task with it, seldom two; code that fails takes them all. */
const STUCK_TRIES = 3;
/** Runs that have not come to their first wait, at most; there are few but in an outage. */
const SILENT_MAX = 500;
/** Temporal tells them within, ms. */
const LIST_MS = 5_000;

/** `lookAfterRuns` over PostgreSQL and Temporal. */
export function runWatchActivities(deps: RunWatchDeps): Pick<MinuteActivities, 'lookAfterRuns'> {
  const { db, client, engine, clock, log, watch = () => performance.now() } = deps;

  /** The deal is read again after the engine was asked: a run that ended meanwhile had written its end before. */
  async function lookAt(dealId: DealId): Promise<'running' | 'adopted' | 'stuck'> {
    const { isOpen, failedTries } = await standingOf(client, dealWorkflowIdOf(dealId));
    if (isOpen && failedTries >= STUCK_TRIES) {
      const detail = `its workflow failed ${failedTries} times in a row`;
      if (await raise(db, dealId, 'task', 'workflow-stuck', detail))
        log.error({ dealId, failedTries }, 'a workflow is stuck');
      return 'stuck';
    }
    if (isOpen || !(await mustRun(db, dealId))) return 'running';
    await engine.resume(dealId);
    log.warn({ dealId }, 'a deal had lost its workflow and was adopted');
    return 'adopted';
  }

  /** Where the last look at all open deals was cut off; a process that is new begins at the beginning. */
  let cutOffAfter: DealId | null = null;

  return {
    async lookAfterRuns() {
      const told = await stuckDeals(db);
      const { counts, all, isBlind } = beginRound(log, watch, async (dealId) => {
        const found = await lookAt(dealId);
        if (found !== 'stuck' && told.includes(dealId)) await closeTasks(db, dealId, ['workflow-stuck'], 'it goes on');
        return found;
      });
      const [half, end] = [watch() + PATIENCE_MS / 2, watch() + PATIENCE_MS];
      await all(
        once(async () => told),
        half,
      );
      await all((after) => lateDeals(db, LATE_MS, clock(), after), half);
      await all(
        once(() => silentRuns(deps).catch(() => [])),
        half,
      );
      cutOffAfter = await all((after) => idleOpenDeals(db, IDLE_MS, after), end, cutOffAfter);
      if (isBlind())
        throw new Error(`of ${counts.failed} deals it could not be found out whether they have a workflow`);
      return counts;
    },
  };
}

const once =
  (read: () => Promise<DealId[]>): Page =>
  async (after) =>
    after === null ? read() : [];

/** Deals whose run has begun and has not come to any state or wait: the database may know nothing of it yet. */
async function silentRuns({ db, client, dealsQueue }: RunWatchDeps): Promise<DealId[]> {
  const begunBefore = new Date((await engineTime(db)).getTime() - LATE_MS).toISOString();
  const silent = ` AND DealStatus = 'PENDING' AND WaitReason IS NULL AND StartTime < '${begunBefore}'`;
  return client.connection.withDeadline(Date.now() + LIST_MS, async () => {
    const found: DealId[] = [];
    for await (const { dealId } of openDealRuns(client, dealsQueue, silent)) {
      if (found.push(dealId) === SILENT_MAX) break;
    }
    return found;
  });
}
