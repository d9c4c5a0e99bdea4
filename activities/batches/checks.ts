/**
 * The hourly look at the laws of money (docs/reliability.md), and at money that stands for too long: each finding is an
 * operator task of its deal, and a line in the log.
 */
import type { Client } from '@temporalio/client';
import { agedBalances } from '../../db/ageing';
import type { Db } from '../../db/connection';
import { closeMended, detailsOf, openTasksOf } from '../../db/invariants/alarms';
import { INVARIANTS } from '../../db/invariants/all';
import { examineAll, type Finding, onSnapshot, type Unchecked } from '../../db/invariants/invariant';
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
    for (const dealId of await openTasksOf(db, 'invariant-broken', details))
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

  async function tellAged(details: ReadonlyMap<string | null, string>): Promise<void> {
    for (const dealId of await openTasksOf(db, 'balance-aged', details))
      log.error({ dealId, detail: details.get(dealId) }, 'money stands in a passing account for too long');
    await closeMended(db, 'balance-aged', [...details.keys()]);
  }

  return {
    async checkInvariants() {
      const { findings, unchecked, aged } = await lookAtAll(deps);
      if (aged) await tellAged(aged);
      const broken = await tell(findings);
      await tellUnchecked(unchecked);
      // What was not looked at, or not listed, may still be broken.
      const isWhole = unchecked.length === 0 && findings.every(({ total, breaks }) => total === breaks.length);
      return {
        laws: findings.length,
        breaks: findings.reduce((sum, { total }) => sum + total, 0),
        unchecked: unchecked.length,
        mended: isWhole ? await closeMended(db, 'invariant-broken', broken) : 0,
      };
    },
  };
}

interface Look {
  readonly findings: Finding[];
  readonly unchecked: Unchecked[];
  /** By deal id; null: of the system. Undefined: it could not be looked at. */
  readonly aged: ReadonlyMap<string | null, string> | undefined;
}

async function lookAtAll(deps: CheckDeps): Promise<Look> {
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
    return { findings, unchecked, aged: await lookAtAges(db, times.now, unchecked) };
  } finally {
    await db.destroy();
  }
}

async function lookAtAges(db: Db, now: Date, unchecked: Unchecked[]): Promise<Look['aged']> {
  try {
    return await onSnapshot(db, (trx) => agedBalances(trx, now));
  } catch (error) {
    unchecked.push({ id: 'I7', name: 'balances-age', reason: (error as Error).message });
    return undefined;
  }
}
