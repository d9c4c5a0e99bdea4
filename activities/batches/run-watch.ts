/**
 * The workflows of deals, seen from outside: one that was terminated or lost is given again, and the deal continues
 * from the database (spec §4); one whose code fails again and again is told to operators, since it cannot tell by
 * itself.
 */
import type { Client } from '@temporalio/client';
import type { Db } from '../../db/connection';
import { closeTasks, raise } from '../../db/operator-tasks';
import { serverTime } from '../../db/server-time';
import { idleOpenDeals, lateDeals, mustRun, stuckDeals } from '../../db/sweeps';
import type { Log } from '../../infra/log';
import { openDealRuns, standingOf } from '../../infra/temporal/client';
import type { DealEngine } from '../../infra/temporal/deal-engine';
import type { BatchActivities } from '../../workflows/batches/ports';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';

interface RunWatchDeps {
  readonly db: Db;
  readonly client: Client;
  readonly engine: DealEngine;
  readonly clock: () => Date;
  /** Where deals run. */
  readonly dealsQueue: string;
  readonly log: Log;
}

/**
 * A deal that moved so recently is left alone: its workflow may just be starting. With the Schedule's 3 min: within 5
 * min.
 */
const IDLE_MS = 60_000;
/** A deal that should have moved so long ago is looked at every minute. */
const LATE_MS = 15_000;
/** A look at the late ones takes no longer, ms: the next minute has its own. */
const LATE_PATIENCE_MS = 20_000;
/** A kill or a deploy takes one try of a workflow task with it, seldom two; code that fails takes them all. */
const STUCK_TRIES = 3;
/** So many deals are looked at together: a sweep of 10,000 waiting deals is no burden to the engine. */
const AT_ONCE = 10;
/** So many looks in a row that fail: the engine is down, and the next run begins afresh. */
const ENGINE_DOWN = 10;
/** Runs that have not come to their first wait, at most; there are few but in an outage. */
const SILENT_MAX = 500;

type Page = (after: DealId | null) => Promise<DealId[]>;

/** `lookAfterRuns` over PostgreSQL and Temporal. */
export function runWatchActivities(deps: RunWatchDeps): Pick<BatchActivities, 'lookAfterRuns'> {
  const { db, client, engine, clock, log } = deps;

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

  /** Looks at page after page, until there is none, the engine is down, or `until` (epoch ms) has come. */
  function watch(until: number, told: ReadonlySet<DealId>) {
    const counts = { looked: 0, adopted: 0, stuck: 0, failed: 0 };
    let failedInARow = 0;
    const goesOn = () => failedInARow < ENGINE_DOWN && Date.now() < until;
    const look = async (dealId: DealId) => {
      counts.looked += 1;
      try {
        const found = await lookAt(dealId);
        if (found !== 'running') counts[found] += 1;
        if (found !== 'stuck' && told.has(dealId)) await closeTasks(db, dealId, ['workflow-stuck'], 'it goes on');
        failedInARow = 0;
      } catch (error) {
        counts.failed += 1;
        failedInARow += 1;
        log.warn({ dealId, reason: (error as Error).name }, 'whether a deal has its workflow could not be found out');
      }
    };
    const all = async (pageAfter: Page) => {
      for (let after: DealId | null = null; goesOn(); ) {
        const page: DealId[] = await pageAfter(after);
        const queue = page.values();
        const lane = async () => {
          for (const dealId of queue) if (goesOn()) await look(dealId);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, lane));
        after = page.at(-1) ?? null;
        if (after === null) return;
      }
    };
    return { counts, all };
  }

  return {
    async lookAfterRuns(among) {
      if (among === 'idle') {
        const { counts, all } = watch(Number.POSITIVE_INFINITY, new Set());
        await all((after) => idleOpenDeals(db, IDLE_MS, after));
        return counts;
      }
      const told = await stuckDeals(db);
      const { counts, all } = watch(Date.now() + LATE_PATIENCE_MS, new Set(told));
      await all(once(told));
      await all((after) => lateDeals(db, LATE_MS, clock(), after));
      await all(once(await silentRuns(deps).catch(() => [])));
      return counts;
    },
  };
}

const once =
  (page: DealId[]): Page =>
  async (after) =>
    after === null ? page : [];

/** Deals whose run has begun and has not come to any state or wait: the database may know nothing of it yet. */
async function silentRuns({ db, client, dealsQueue }: RunWatchDeps): Promise<DealId[]> {
  const begunBefore = new Date((await serverTime(db)).getTime() - LATE_MS).toISOString();
  const silent = ` AND DealStatus = 'PENDING' AND WaitReason IS NULL AND StartTime < '${begunBefore}'`;
  const found: DealId[] = [];
  for await (const { dealId } of openDealRuns(client, dealsQueue, silent)) {
    if (found.push(dealId) === SILENT_MAX) break;
  }
  return found;
}
