/** What the hourly look finds, as operator tasks: one for each deal, one for the system, closed when its cause ends. */
import type { DealId } from '../../workflows/domain/ids';
import type { Db } from '../connection';
import { raise } from '../operator-tasks';
import type { Break, Finding } from './invariant';

/** Long enough for the first breaks of a deal; `npm run check` tells them all. */
const DETAIL_MAX = 300;

/** What is told of each deal that breaks a law, by deal id; null: of the system. */
export function detailsOf(findings: readonly Finding[]): Map<string | null, string> {
  const details = new Map<string | null, string>();
  for (const { id, breaks } of findings) {
    for (const { dealId, fact } of breaks) {
      const before = details.get(dealId);
      const detail = before === undefined ? `${id}: ${fact}` : `${before}; ${id}: ${fact}`;
      details.set(dealId, detail.slice(0, DETAIL_MAX));
    }
  }
  return details;
}

/** What these tasks tell of: they follow what an hourly look finds. */
type LookReason = 'invariant-broken' | 'balance-aged';

/** Opens the tasks, or brings their details up to date. Answers with those that are new. */
export async function openTasksOf(
  db: Db,
  reason: LookReason,
  details: ReadonlyMap<string | null, string>,
): Promise<Break['dealId'][]> {
  const fresh: Break['dealId'][] = [];
  for (const [dealId, detail] of details)
    if (await raise(db, dealId as DealId | null, 'task', reason, detail)) fresh.push(dealId);
  return fresh;
}

/** Closes the tasks of every deal, and of the system, that the look did not find. Answers with how many. */
export async function closeMended(db: Db, reason: LookReason, found: readonly (string | null)[]): Promise<number> {
  return db('operator_tasks')
    .where({ reason })
    .whereNull('closed_at')
    .whereRaw('case when deal_id is null then not :system else deal_id <> all(:deals::uuid[]) end', {
      system: found.includes(null),
      deals: found.filter((id) => id !== null),
    })
    .update({ closed_at: db.raw('now()') });
}
