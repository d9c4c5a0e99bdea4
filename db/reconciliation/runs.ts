/** Runs of the reconciliation: which days are done, with what result, and what people are told of it. */
import type { MatchCounts, ReconciliationResult } from '../../workflows/domain/reconciliation';
import type { Db, Trx } from '../connection';
import { closeTasks, raise } from '../operator-tasks';
import { openByClass } from './breaks';
import { proveCash } from './cash-proof';
import { type Bindings, bindingsOf, type Matching } from './found';
import { takeTurn } from './matching';
import { unprovenCharge } from './proof';
import { postSettlements } from './settle';
import { trialBalance } from './trial-balance';

/** Any constant of our own. */
const FAILED_DAYS_LOCK = 7_201_003;

/** Begins a run of the day; the same engine run is the same run, however often it asks. */
export async function beginRun(
  db: Db,
  { engineRun, day, at }: { engineRun: string; day: string; at: Date },
): Promise<number> {
  const [row] = await db('reconciliation_runs')
    .insert({ engine_run: engineRun, business_day: day, read_at: at })
    .onConflict('engine_run')
    .merge(['engine_run'])
    .returning('id');
  return Number(row.id);
}

interface Closing extends Matching {
  readonly counts: MatchCounts;
  readonly woken: number;
}

/** Ends the run: what the PG paid is posted, the day's trial balance is struck, and people are told of what is open. */
export function closeRun(db: Db, { counts, woken, ...matching }: Closing): Promise<ReconciliationResult> {
  const { runId, day } = matching;
  return db.transaction(async (trx) => {
    await takeTurn(trx);
    const settled = await postSettlements(trx, day);
    const result = {
      ...{ runId, day, ...counts, woken, settled },
      open: await openByClass(trx),
      cash: await proveCash(trx, day),
      trialBalance: await trialBalance(trx, bindingsOf(matching)),
    };
    await setTasks(trx, result.open, bindingsOf(matching));
    await trx('reconciliation_runs')
      .where({ id: runId })
      .update({ status: 'done', finished_at: trx.raw('now()'), result: JSON.stringify(result) });
    await tellFailedDays(trx);
    return result;
  });
}

/** Ends the run without a result: its day is still to be reconciled. `reason`: our own words, without personal data. */
export async function failRun(db: Db, { runId, reason }: { runId: number; reason: string }): Promise<void> {
  await db.transaction(async (trx) => {
    await trx('reconciliation_runs')
      .where({ id: runId })
      .update({ status: 'failed', failure: reason, finished_at: trx.raw('now()') });
    await tellFailedDays(trx);
  });
}

/** Days that a night has no room for: each is a run that read nothing. The same engine run leaves them out once. */
export async function leaveDays(db: Db, { engineRun, days }: { engineRun: string; days: string[] }): Promise<void> {
  await db.transaction(async (trx) => {
    const failure = 'a night reads no more lists; the next one begins with this day';
    const left = days.map((day) => ({ engine_run: `${engineRun}/${day}`, business_day: day, failure }));
    await trx('reconciliation_runs')
      .insert(left.map((run) => ({ ...run, status: 'failed', finished_at: trx.raw('now()') })))
      .onConflict('engine_run')
      .ignore();
    await tellFailedDays(trx);
  });
}

/** Of whatever age: the nights come back to a day only so often. A run under way says nothing yet. */
const FAILED_DAYS = `
select string_agg(concat_ws(': ', to_char(business_day, 'YYYY-MM-DD'), failure), '; ' order by business_day) as days
from (select distinct on (business_day) business_day, status, failure from reconciliation_runs where status <> 'running'
  order by business_day, id desc) latest
where status = 'failed'`;

/** One task names every day whose latest run failed; it ends with the last of them. */
async function tellFailedDays(trx: Trx): Promise<void> {
  // Of two runs that end at once the later one sees both.
  await trx.raw('select pg_advisory_xact_lock(?)', [FAILED_DAYS_LOCK]);
  const { rows } = await trx.raw<{ rows: { days: string | null }[] }>(FAILED_DAYS);
  const days = rows[0]?.days ?? null;
  if (days === null) await closeTasks(trx, null, ['reconcile-failed']);
  else await raise(trx, null, 'task', 'reconcile-failed', days);
}

/** One task for each deal with open breaks, closed when the last of them ends. */
const RAISE = `
insert into operator_tasks (deal_id, severity, reason, detail)
select deal_id, 'task', 'reconcile-break', string_agg(distinct class, ', ' order by class) from reconciliation_breaks
where resolved_at is null and deal_id is not null group by deal_id
on conflict (deal_id, severity, reason) where closed_at is null do update set detail = excluded.detail`;
const CLOSE = `
update operator_tasks t set closed_at = now() where t.reason = 'reconcile-break' and t.closed_at is null
  and t.deal_id is not null
  and not exists (select 1 from reconciliation_breaks b where b.deal_id = t.deal_id and b.resolved_at is null)`;

/** What an event claimed of a declined charge is refuted once the files of every day on which it was sent lack it. */
const CLAIMS_REFUTED = `
update doubts d set closed_at = clock_timestamp(), closed_by = 'files'
where d.kind = 'charge-claimed' and d.closed_at is null
  and not exists (select 1 from payments p where p.deal_id = d.deal_id and p.attempt = coalesce(d.attempt, p.attempt)
    and p.status = 'FAILED' and p.sent_at is not null
    and (p.late or ${unprovenCharge('p.order_id')} is not null
      or exists (select 1 from settlement_lines l where l.order_id = p.order_id and l.kind = 'payment')))`;
const UNTOLD = `
update operator_tasks t set closed_at = now() where t.reason = 'charge-claimed' and t.closed_at is null
  and not exists (select 1 from doubts d where d.deal_id = t.deal_id and d.kind = t.reason and d.closed_at is null)`;

/** Tells people of the open breaks: by deal, and in one task of the whole system for those that belong to none. */
async function setTasks(trx: Trx, open: Readonly<Record<string, number>>, bindings: Bindings): Promise<void> {
  await trx.raw(RAISE);
  await trx.raw(CLOSE);
  await trx.raw(CLAIMS_REFUTED, bindings);
  await trx.raw(UNTOLD);
  const strange = await trx('reconciliation_breaks')
    .whereNull('resolved_at')
    .whereNull('deal_id')
    .distinct('class')
    .pluck('class');
  if (strange.length === 0) await closeTasks(trx, null, ['reconcile-break']);
  else {
    const total = Object.values(open).reduce((sum, n) => sum + n, 0);
    const detail = `of ${total} open breaks, some belong to no deal: ${strange.toSorted().join(', ')}`;
    await raise(trx, null, 'task', 'reconcile-break', detail);
  }
}
