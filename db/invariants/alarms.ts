/** Broken laws as operator tasks: one open task for each deal, one for the system, closed when the law holds again. */
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

/** Opens the tasks, or brings their details up to date. Answers with those that are new. */
export async function openTasksOf(db: Db, details: ReadonlyMap<string | null, string>): Promise<Break['dealId'][]> {
  const fresh: Break['dealId'][] = [];
  for (const [dealId, detail] of details)
    if (await raise(db, dealId as DealId | null, 'task', 'invariant-broken', detail)) fresh.push(dealId);
  return fresh;
}

/** Closes the tasks of every deal, and of the system, that is not among the broken ones. Answers with how many. */
export async function closeMended(db: Db, broken: readonly (string | null)[]): Promise<number> {
  return db('operator_tasks')
    .where({ reason: 'invariant-broken' })
    .whereNull('closed_at')
    .whereRaw('case when deal_id is null then not :system else deal_id <> all(:deals::uuid[]) end', {
      system: broken.includes(null),
      deals: broken.filter((id) => id !== null),
    })
    .update({ closed_at: db.fn.now() });
}
