/** What needs a person: alarms and tasks, of one deal or (deal id null) of the whole system. */
import type { DealId } from '../workflows/domain/ids';
import type { SeverityOf, TaskReason } from '../workflows/domain/operator-tasks';
import type { Db } from './connection';

/**
 * Opens an alarm or a task for operators, unless the same one is open; then only its detail is brought up to date.
 * `detail`: a short text without personal data. Answers whether it is new.
 */
export async function raise<R extends TaskReason>(
  db: Db,
  dealId: DealId | null,
  severity: SeverityOf<R>,
  reason: R,
  detail: string | null = null,
): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { isNew: boolean }[] }>(
    `insert into operator_tasks (deal_id, severity, reason, detail) values (:dealId, :severity, :reason, :detail)
     on conflict (deal_id, severity, reason) where closed_at is null
     do update set detail = coalesce(excluded.detail, operator_tasks.detail)
     returning xmax = 0 as "isNew"`,
    { dealId, severity, reason, detail },
  );
  return rows[0]?.isNew ?? false;
}

/** Of a detail that many things are added to; characters. */
const DETAIL_MAX = 4_000;

/** Whether a person is already to look for this reason at a deal of the payer. */
export async function hasOpenTask(db: Db, userId: string, reason: TaskReason): Promise<boolean> {
  const open = await db('operator_tasks as t')
    .join('deals as d', 'd.id', 't.deal_id')
    .where({ 'd.user_id': userId, 't.reason': reason, 't.closed_at': null })
    .first('t.id');
  return open !== undefined;
}

/**
 * Tells operators of one more case of the same: opens a task of the whole system, or puts the detail before those of
 * the one that is open, each once; they are alerted of either. The newest are in view; those that no longer fit are in
 * the audit or the log alone.
 */
export async function raiseOneMore<R extends TaskReason>(
  db: Db,
  severity: SeverityOf<R>,
  reason: R,
  detail: string,
): Promise<void> {
  await db.raw(
    `with told as (
       insert into operator_tasks as o (deal_id, severity, reason, detail) values (null, :severity, :reason, :detail)
       on conflict (deal_id, severity, reason) where closed_at is null
       do update set detail = left(concat_ws('; ', excluded.detail, o.detail), :max)
       where strpos(coalesce(o.detail, ''), excluded.detail) = 0
       returning o.id, xmax <> 0 as is_more)
     insert into operator_alerts (what, about, reason)
     select case :severity::text when 'task' then 'task-opened' else 'alarm-raised' end,
       concat(id, '+', gen_random_uuid()), :reason from told where is_more`,
    { severity, reason, detail, max: DETAIL_MAX },
  );
}

/**
 * Closes the open alarms and tasks of these reasons, of the deal or of the whole system; answers with how many there
 * were. `note`: added to their detail, for those that no deal's story tells of.
 */
export async function closeTasks(
  db: Db,
  dealId: DealId | null,
  reasons: readonly TaskReason[],
  note: string | null = null,
): Promise<number> {
  return db('operator_tasks')
    .where({ deal_id: dealId })
    .whereIn('reason', reasons)
    .whereNull('closed_at')
    .update({
      closed_at: db.raw('now()'),
      ...(note !== null && { detail: db.raw(`concat_ws(' | ', detail, ?::text)`, [note]) }),
    });
}

/** What the open alarm or task of the whole system says; undefined: there is none. */
export async function openDetail(db: Db, reason: TaskReason): Promise<string | undefined> {
  const task = await db('operator_tasks').where({ deal_id: null, reason, closed_at: null }).first('detail');
  return task && (task.detail ?? '');
}

/**
 * Takes these cases from the open alarm of the whole system that `raiseOneMore` gathered them in, if they are over, and
 * closes it when none is left. `isOver` is asked only when there is such a case.
 */
export async function endOneOf(
  db: Db,
  reason: TaskReason,
  cases: readonly string[],
  isOver: () => Promise<boolean>,
): Promise<void> {
  const open = { deal_id: null, reason, closed_at: null };
  const task = await db('operator_tasks').where(open).first('detail');
  const gathered = (detail: string | null) => detail?.split('; ') ?? [];
  if (!gathered(task?.detail ?? null).some((one) => cases.includes(one)) || !(await isOver())) return;
  await db.transaction(async (trx) => {
    const held = await trx('operator_tasks').where(open).forUpdate().first('id', 'detail');
    if (!held) return;
    const left = gathered(held.detail).filter((one) => !cases.includes(one));
    const change = left.length > 0 ? { detail: left.join('; ') } : { closed_at: trx.raw('now()') };
    await trx('operator_tasks').where({ id: held.id }).update(change);
  });
}

/** Since when this task of the deal is open; undefined: it is not. */
export async function openSince(db: Db, dealId: DealId, reason: TaskReason): Promise<Date | undefined> {
  const task = await db('operator_tasks')
    .where({ deal_id: dealId, reason })
    .whereNull('closed_at')
    .first({ since: db.raw('min(opened_at)') });
  return task?.since ?? undefined;
}

/** An alarm or task by its number. */
interface FoundTask {
  readonly reason: TaskReason;
  /** Null: of the whole system. */
  readonly dealNo: string | null;
  readonly isOpen: boolean;
}

/** Undefined: there is none. */
export async function findTask(db: Db, id: number): Promise<FoundTask | undefined> {
  const row = await db('operator_tasks as t')
    .leftJoin('deals as d', 'd.id', 't.deal_id')
    .where('t.id', id)
    .first('t.reason', 't.closed_at', { dealNo: 'd.deal_no' });
  return row && { reason: row.reason, dealNo: row.dealNo, isOpen: row.closed_at === null };
}
