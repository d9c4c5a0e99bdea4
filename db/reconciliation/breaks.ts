/** Breaks: found, kept while they hold, and ended with the story of how. Nothing here touches a row of money. */

import { BREAK_KINDS, type BreakClass, proposedFix } from '../../workflows/domain/breaks';
import type { DealId } from '../../workflows/domain/ids';
import type { Db, Trx } from '../connection';
import { reverseAccepted } from './corrections';
import type { Bindings } from './found';
import { SLIPS } from './slips';

const PAGE = 500;

/** What an operator ended stays ended while the facts are the same; the carried are not judged yet. */
const OPEN = `
insert into reconciliation_breaks (class, key, source, subject, business_day, deal_id, attempt, amount, ours, theirs,
  file_day, settle_date, unsettled, first_run, last_run)
select class, key, source, subject, business_day, deal_id, attempt, amount, ours, theirs,
  file_day, settle_date, unsettled, :runId, :runId
from found_breaks f
where not carried and not exists (select 1 from reconciliation_breaks a
  where a.accepted and a.class = f.class and a.key = f.key
    and (a.ours, a.theirs) is not distinct from (f.ours, f.theirs))
order by business_day, class, key
on conflict (class, key) where resolved_at is null do update
  set last_run = excluded.last_run, ours = excluded.ours, theirs = excluded.theirs, amount = excluded.amount,
    unsettled = excluded.unsettled, file_day = excluded.file_day,
    settle_date = excluded.settle_date, deal_id = excluded.deal_id, attempt = excluded.attempt,
    version = reconciliation_breaks.version + ((reconciliation_breaks.ours, reconciliation_breaks.theirs,
      reconciliation_breaks.amount, reconciliation_breaks.unsettled, reconciliation_breaks.deal_id) is distinct from
      (excluded.ours, excluded.theirs, excluded.amount, excluded.unsettled, excluded.deal_id))::int
returning id, first_run = last_run and xmax = 0 as "isNew"`;

/**
 * An accepted break whose facts have changed was another one: it
 * no longer explains anything, and what it booked is taken back.
 */
const WITHDRAW = `
update reconciliation_breaks a set accepted = false, version = a.version + 1
where accepted and not exists (select 1 from found_breaks f
  where f.class = a.class and f.key = a.key and (a.ours, a.theirs) is not distinct from (f.ours, f.theirs))
returning id`;

/** Of what was paid by hand under another day than was told: the day is kept here, since no row of money is changed. */
const TOLD_WRONG = `(select min(format(': paid on %s, and booked as of %s', to_char(h.day, 'YYYY-MM-DD'),
    to_char(h.told, 'YYYY-MM-DD'))) from by_hand h
  where h.day <> h.told and b.source = 'cash' and b.subject in ('transfer:' || h.reference,
    'owner-funds:' || h.bank_reference, 'transfer:' || h.bank_reference))`;

const RESOLVE = `
with ${SLIPS}
update reconciliation_breaks b set resolved_at = now(), version = b.version + 1, resolution = coalesce(
  (select 'became ' || min(f.class) || ' in run ' || :runId::text from found_breaks f
    where f.source = b.source and f.subject = b.subject and not f.carried),
  'matched in run ' || :runId::text || coalesce(${TOLD_WRONG}, ''))
where resolved_at is null
  and not exists (select 1 from found_breaks f where f.class = b.class and f.key = b.key)`;

const CARRY = `
insert into reconciliation_carried (class, key, source, subject, file_day, settle_date, unsettled, run)
select class, key, source, subject, file_day, settle_date, unsettled, :runId from found_breaks f where carried
  and not exists (select 1 from reconciliation_breaks b where b.class = f.class and b.key = f.key
    and b.resolved_at is null)`;

interface Recorded {
  /** The ids of the breaks that are new. */
  readonly opened: readonly string[];
  readonly resolved: number;
}

/** Brings the stored breaks up to what was found; every open one was looked at, so what was not found has ended. */
export async function recordFound(trx: Trx, bindings: Bindings): Promise<Recorded> {
  const opened = await trx.raw<{ rows: { id: string; isNew: boolean }[] }>(OPEN, bindings);
  const withdrawn = await trx.raw<{ rows: { id: string }[] }>(WITHDRAW);
  for (const { id } of withdrawn.rows) await reverseAccepted(trx, Number(id));
  const resolved = await trx.raw<{ rowCount: number }>(RESOLVE, bindings);
  await trx('reconciliation_carried').delete();
  await trx.raw(CARRY, bindings);
  const isNew = opened.rows.filter((row) => row.isNew);
  return { opened: isNew.map(({ id }) => id), resolved: resolved.rowCount };
}

/** A break as it is stored and shown; amounts are won. */
export interface Break {
  readonly id: number;
  readonly class: BreakClass;
  readonly key: string;
  readonly businessDay: string;
  readonly dealId: DealId | null;
  readonly dealNo: string | null;
  readonly attempt: number | null;
  readonly amount: number;
  readonly ours: Facts | null;
  readonly theirs: Facts | null;
  readonly proposedFix: string | null;
  readonly firstRun: number;
  readonly lastRun: number;
  readonly openedAt: Date;
  readonly wokenAt: Date | null;
  readonly resolvedAt: Date | null;
  readonly resolution: string | null;
  /** Counts changes of its facts and of how it stands. */
  readonly version: number;
}

/** One side of a break: numbers and texts without personal data. */
export type Facts = Readonly<Record<string, string | number>>;

const rows = (db: Db) =>
  db('reconciliation_breaks as b')
    .leftJoin('deals as d', 'd.id', 'b.deal_id')
    .select(
      ...['b.id', 'b.class', 'b.key', 'b.amount', 'b.ours', 'b.theirs', 'b.attempt', 'b.resolution', 'b.version'],
      db.raw(`to_char(b.business_day, 'YYYY-MM-DD') as "businessDay"`),
      { dealId: 'b.deal_id', dealNo: 'd.deal_no', proposedFix: 'b.proposed_fix', firstRun: 'b.first_run' },
      { lastRun: 'b.last_run', openedAt: 'b.opened_at', wokenAt: 'b.woken_at', resolvedAt: 'b.resolved_at' },
    );

type Row = Omit<Break, 'id' | 'amount' | 'firstRun' | 'lastRun'> &
  Record<'id' | 'amount' | 'firstRun' | 'lastRun', string>;

const fromRow = (row: Row): Break => ({
  ...row,
  id: Number(row.id),
  amount: Number(row.amount),
  firstRun: Number(row.firstRun),
  lastRun: Number(row.lastRun),
});

/** Breaks in pages by id, oldest first; `after` is the last id of the page before. */
export async function breaksAfter(db: Db, after: number, only: 'open' | 'all', limit = PAGE): Promise<Break[]> {
  const query = rows(db).where('b.id', '>', after).orderBy('b.id').limit(limit);
  if (only === 'open') query.whereNull('b.resolved_at');
  return (await query).map(fromRow);
}

/** One break, or undefined. */
export async function findBreak(db: Db, id: number): Promise<Break | undefined> {
  const row = await rows(db).where('b.id', id).first();
  return row && fromRow(row);
}

/** Writes the proposed fix of every open break that this run has seen. */
export async function proposeFixes(trx: Trx, runId: number): Promise<void> {
  for (let after = 0; ; ) {
    const page = (
      await rows(trx)
        .where('b.last_run', runId)
        .whereNull('b.resolved_at')
        .where('b.id', '>', after)
        .orderBy('b.id')
        .limit(PAGE)
    ).map(fromRow);
    if (page.length === 0) return;
    after = page.at(-1)?.id ?? after;
    const fixes = page.map((one) => ({ id: one.id, fix: proposedFix(one.class, one.dealNo !== null) }));
    await trx.raw(
      `update reconciliation_breaks b set proposed_fix = f.fix
       from jsonb_to_recordset(:fixes::jsonb) as f(id int8, fix text) where b.id = f.id`,
      { fixes: JSON.stringify(fixes) },
    );
  }
}

const WAKEABLE = Object.entries(BREAK_KINDS).flatMap(([kind, { mender }]) => (mender === 'deal' ? [kind] : []));

/** Open breaks whose deals mend them by asking, as this run saw them, in pages by id. */
export async function breaksToWake(db: Db, runId: number, after: number): Promise<Break[]> {
  const query = rows(db).where('b.last_run', runId).whereNull('b.resolved_at').whereIn('b.class', WAKEABLE);
  return (await query.whereNotNull('b.deal_id').where('b.id', '>', after).orderBy('b.id').limit(PAGE)).map(fromRow);
}

/** Notes that the deal of the break was told. */
export async function noteWoken(db: Db, id: number): Promise<void> {
  await db('reconciliation_breaks')
    .where({ id })
    .update({ woken_at: db.raw('now()') });
}

/** How many breaks are open, by class. */
export async function openByClass(db: Db): Promise<Partial<Record<BreakClass, number>>> {
  const { rows: counts } = await db.raw<{ rows: { class: BreakClass; n: string }[] }>(
    'select class, count(*) as n from reconciliation_breaks where resolved_at is null group by class',
  );
  return Object.fromEntries(counts.map((row) => [row.class, Number(row.n)]));
}
