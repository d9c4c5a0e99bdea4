/** Doubts about a deal's money (workflows/domain/doubts.ts): raised, ended by evidence, and what they bar. */
import {
  type Beginning,
  DOUBTS,
  type DoubtEnd,
  type DoubtKind,
  type DoubtSource,
  doubtRow,
} from '../workflows/domain/doubts';
import type { DealId } from '../workflows/domain/ids';
import type { Db, Trx } from './connection';
import { closeTasks, raise } from './operator-tasks';

interface Doubt {
  readonly dealId: DealId;
  readonly kind: DoubtKind;
  /** The attempt that it is about; null: the deal's whole leg. */
  readonly attempt: number | null;
  /** What reconciliation raises is a break's (reconciliation/doubted.ts). */
  readonly raisedBy: Exclude<DoubtSource, 'reconciliation'>;
  /** A short text without personal data. */
  readonly detail?: string;
}

/** Raises the doubt under the deal's lock, and tells operators of it; one that is open already learns its detail. */
export async function raiseDoubt(trx: Trx, doubt: Doubt): Promise<void> {
  const { dealId, kind, attempt, raisedBy, detail = null } = doubt;
  const { rows } = await trx.raw<{ rows: [{ detail: string | null }] }>(
    `insert into doubts (deal_id, kind, attempt, raised_by, detail)
     values (:dealId, :kind, :attempt, :raisedBy, :detail)
     on conflict (deal_id, kind, coalesce(attempt, 0), coalesce(break_id, 0)) where closed_at is null
     do update set detail = coalesce(excluded.detail, doubts.detail) returning detail`,
    { dealId, kind, attempt, raisedBy, detail },
  );
  const known = rows[0].detail; // told of again without one, a doubt keeps what was found out
  const { task } = doubtRow(kind);
  if (task !== null) await raise(trx, dealId, 'task', task, known ?? (attempt === null ? null : `attempt ${attempt}`));
}

/** Which doubts of a deal; `attempt`: only those about it. */
interface Ended {
  readonly kinds: readonly DoubtKind[];
  readonly attempt?: number;
}

/** Ends doubts by their evidence, and the tasks that told of nothing else; answers with how many there were. */
export async function endDoubts(db: Db, dealId: DealId, { kinds, attempt }: Ended, by: DoubtEnd): Promise<number> {
  const open = db('doubts').where({ deal_id: dealId }).whereIn('kind', kinds).whereNull('closed_at');
  if (attempt !== undefined) open.whereRaw('coalesce(attempt, ?) = ?', [attempt, attempt]);
  const ended = await open.update({ closed_at: db.raw('clock_timestamp()'), closed_by: by });
  if (ended > 0) await closeTold(db, dealId);
  return ended;
}

/** Tasks that tell of a doubt end with the last one that they tell of; what is a break has its own. */
async function closeTold(db: Db, dealId: DealId): Promise<void> {
  const told = db('doubts').where({ deal_id: dealId }).whereNull('closed_at').whereNull('break_id');
  const open: DoubtKind[] = await told.pluck('kind');
  const tasks = new Set(open.map((kind) => doubtRow(kind).task));
  const over = Object.values(DOUBTS).flatMap(({ task }) => (task !== null && !tasks.has(task) ? [task] : []));
  await closeTasks(db, dealId, over);
}

/** Why it may not begin: a doubt, a lost dispute, a person who pays by hand, or an operators' stop of that leg. */
type Bar = DoubtKind | 'charge-lost' | 'paying-by-hand' | 'stopped';

/** What bars this of the deal; null: nothing does. The database refuses the intent and the send too. */
export async function barOf(db: Db, dealId: DealId, what: Beginning): Promise<Bar | null> {
  const { rows } = await db.raw<{ rows: { bar: Bar | null }[] }>('select barred_by(:dealId, :what) as bar', {
    dealId,
    what,
  });
  return rows[0]?.bar ?? null;
}
