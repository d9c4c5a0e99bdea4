/**
 * I9: a workflow is open for exactly the deals that need one. Temporal's list of open runs lags, and deals move: only
 * what stands for a minute is looked at, each suspect is asked for by name, and a break is one that still holds some
 * seconds later.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Db } from '../../db/connection';
import type { Break, Finding } from '../../db/invariants/invariant';
import { dealsThatNeedRun, type Standing, standingsOf } from '../../db/invariants/runs';
import { engineTime } from '../../db/server-time';
import { openDealRuns } from '../../infra/temporal/client';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';

interface EngineCheckDeps {
  readonly db: Db;
  readonly client: Client;
  /** Where deals run. */
  readonly dealsQueue: string;
  /** What moved more recently is in motion, s. */
  readonly slackS?: number;
  /** Between the two looks at a suspect, ms. */
  readonly pauseMs?: number;
}

export const ENGINE_LAW = {
  id: 'I9',
  name: 'engine-equals-database',
  law: 'a workflow is open for every confirmed deal that has not ended or owes a refund, and for no other',
  over: 'deals that need a run, and open runs',
} as const;

const SLACK_S = 60;
const PAUSE_MS = 3_000;
const CALL_DEADLINE_MS = 10_000;
const ASKED_AT_ONCE = 20;
const BREAKS_MAX = 1_000;

/** Looks at both sides. Throws what Temporal or PostgreSQL throws when it does not answer. */
export async function checkEngine(deps: EngineCheckDeps): Promise<Finding> {
  const { db, slackS = SLACK_S, pauseMs = PAUSE_MS } = deps;
  const began = performance.now();
  const open = await openDeals(deps, slackS);
  const needing = await dealsThatNeedRun(db);
  const needed = new Set(needing.map(({ dealId }) => dealId));
  const missing = needing.filter(({ dealId, quietForS }) => !open.has(dealId) && quietForS > slackS);
  const spare = [...open].filter(([dealId, isOld]) => isOld && !needed.has(dealId)).map(([dealId]) => dealId);
  const suspects = [...missing.map(({ dealId }) => dealId), ...spare];
  let breaks = await judge(deps, suspects, slackS);
  if (breaks.length > 0) {
    await delay(pauseMs);
    breaks = await judge(
      deps,
      breaks.map(({ id }) => id),
      slackS,
    );
  }
  return {
    ...ENGINE_LAW,
    seen: needing.length + open.size,
    total: breaks.length,
    breaks: breaks.slice(0, BREAKS_MAX).map(({ found }) => found),
    ms: Math.trunc(performance.now() - began),
  };
}

/** The deals with an open run; true when the run is older than the slack. */
async function openDeals({ db, client, dealsQueue }: EngineCheckDeps, slackS: number): Promise<Map<string, boolean>> {
  const now = await engineTime(db);
  const open = new Map<string, boolean>();
  for await (const { dealId, startedAt } of openDealRuns(client, dealsQueue))
    open.set(dealId, now.getTime() - startedAt.getTime() > slackS * 1_000);
  return open;
}

interface Suspect {
  readonly id: string;
  readonly found: Break;
}

/** The suspects that are breaks now, by asking Temporal for each run and the database for each deal. */
async function judge(deps: EngineCheckDeps, dealIds: readonly string[], slackS: number): Promise<Suspect[]> {
  const runs = new Map<string, Run>();
  for (let i = 0; i < dealIds.length; i += ASKED_AT_ONCE) {
    const some = dealIds.slice(i, i + ASKED_AT_ONCE);
    const answers = await Promise.all(some.map((id) => runOf(deps, id)));
    some.forEach((id, at) => {
      runs.set(id, answers[at] ?? 'none');
    });
  }
  const standings = new Map((await standingsOf(deps.db, dealIds)).map((standing) => [standing.dealId, standing]));
  return dealIds.flatMap((id) => {
    const deal = standings.get(id);
    const fact = factOf(id, runs.get(id) ?? 'none', deal, slackS);
    return fact === null ? [] : [{ id, found: { dealId: deal?.dealId ?? null, dealNo: deal?.dealNo ?? null, fact } }];
  });
}

/** `busy`: a provider is being asked, which ends by itself. */
type Run = 'none' | 'idle' | 'busy';

async function runOf({ client }: EngineCheckDeps, dealId: string): Promise<Run> {
  const handle = client.workflow.getHandle(dealWorkflowIdOf(dealId as DealId));
  try {
    const run = await client.withDeadline(Date.now() + CALL_DEADLINE_MS, () => handle.describe());
    if (run.status.name !== 'RUNNING') return 'none';
    return (run.raw.pendingActivities?.length ?? 0) > 0 ? 'busy' : 'idle';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'none';
    throw error;
  }
}

function factOf(id: string, run: Run, deal: Standing | undefined, slackS: number): string | null {
  if (!deal) return run === 'none' ? null : `a workflow is open for ${id}, which is no deal`;
  if (deal.quietForS <= slackS) return null;
  if (deal.needsRun) return run === 'none' ? `${deal.status}, and no workflow is open` : null;
  return run === 'idle' ? `${deal.status}, and its workflow is still open` : null;
}
