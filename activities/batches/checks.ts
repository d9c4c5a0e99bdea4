/**
 * The hourly look at the laws of money (docs/reliability.md): a break is an operator task of its deal, and a line in
 * the log.
 */
import type { Client } from '@temporalio/client';
import type { Db } from '../../db/connection';
import { closeMended, detailsOf, openTasksOf } from '../../db/invariants/alarms';
import { INVARIANTS } from '../../db/invariants/all';
import { examineAll, type Finding, type Unchecked } from '../../db/invariants/invariant';
import { closeTasks, raise } from '../../db/operator-tasks';
import type { Log } from '../../infra/log';
import type { CheckActivities } from '../../workflows/batches/ports';
import type { DealPolicy } from '../../workflows/domain/policy';
import { checkEngine, ENGINE_LAW } from './engine-check';

interface CheckDeps {
  readonly db: Db;
  /**
   * A pool for one look, which closes it: its statements may take longer than those of a deal (`CHECK_STATEMENT_MS`).
   */
  readonly openCheckDb: () => Db;
  readonly client: Client;
  readonly dealsQueue: string;
  readonly policy: DealPolicy;
  readonly clock: () => Date;
  readonly log: Log;
}

/**
 * How long a deal may stand without a word: 10 min at the production pace, and never less than a busy machine needs.
 */
export function stuckAfterSOf({ unknownAlarmMs }: DealPolicy): number {
  return Math.max(unknownAlarmMs, 60_000) / 1_000;
}

/** `checkInvariants` over PostgreSQL and Temporal. */
export function checkActivities(deps: CheckDeps): CheckActivities {
  const { db, log } = deps;

  async function tell(findings: readonly Finding[]): Promise<(string | null)[]> {
    for (const { id, name, total } of findings)
      if (total > 0) log.error({ law: `${id} ${name}`, breaks: total }, 'a law of money is broken');
    const details = detailsOf(findings);
    for (const dealId of await openTasksOf(db, details))
      log.error({ dealId, detail: details.get(dealId) }, 'a deal breaks a law of money');
    return [...details.keys()];
  }

  async function tellUnchecked(unchecked: readonly Unchecked[]): Promise<void> {
    for (const { id, name, reason } of unchecked)
      log.error({ law: `${id} ${name}`, reason }, 'a law of money could not be checked');
    const names = unchecked.map(({ id, name }) => `${id} ${name}`).join(', ');
    if (unchecked.length > 0) await raise(db, null, 'alarm', 'invariant-unchecked', names);
    else await closeTasks(db, null, ['invariant-unchecked']);
  }

  return {
    async checkInvariants() {
      const { findings, unchecked } = await lookAtAll(deps);
      const broken = await tell(findings);
      await tellUnchecked(unchecked);
      // What was not looked at, or not listed, may still be broken.
      const isWhole = unchecked.length === 0 && findings.every(({ total, breaks }) => total === breaks.length);
      return {
        laws: findings.length,
        breaks: findings.reduce((sum, { total }) => sum + total, 0),
        unchecked: unchecked.length,
        mended: isWhole ? await closeMended(db, broken) : 0,
      };
    },
  };
}

async function lookAtAll(deps: CheckDeps): Promise<{ findings: Finding[]; unchecked: Unchecked[] }> {
  const { client, dealsQueue, clock, policy } = deps;
  const db = deps.openCheckDb();
  try {
    const times = { now: clock(), stuckAfterS: stuckAfterSOf(policy) };
    const { findings, unchecked } = await examineAll(db, INVARIANTS, times);
    try {
      findings.push(await checkEngine({ db, client, dealsQueue }));
    } catch (error) {
      const { id, name } = ENGINE_LAW;
      unchecked.push({ id, name, reason: (error as Error).message });
    }
    return { findings, unchecked };
  } finally {
    await db.destroy();
  }
}
