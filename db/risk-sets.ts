/** Sets of risk rules, and when each becomes the active one (docs/risk.md). Rows are added, and never change. */
import type { RiskRule, RiskSet } from '../workflows/domain/risk-rules';
import type { Db, Trx } from './connection';

interface Row {
  number: number;
  rules: RiskRule[];
}

/**
 * The set that is active at an instant: of those whose time has come the one that was activated last. So an activation
 * also puts aside what was planned before it, for a time to come.
 */
export async function activeSet(db: Db, at: Date): Promise<RiskSet> {
  const row = await db('risk_set_activations as a')
    .join('risk_sets as s', 's.number', 'a.set_number')
    .where('a.effective_at', '<=', at)
    .orderBy('a.id', 'desc')
    .first<Row | undefined>('s.number', 's.rules');
  if (!row) throw new Error(`no set of risk rules is active at ${at.toISOString()}`);
  return row;
}

/** The set of this number, rules as they were proposed. Throws when there is none. */
export async function findSet(db: Db, number: number): Promise<RiskSet> {
  const row = await db('risk_sets').where({ number }).first<Row | undefined>('number', 'rules');
  if (!row) throw new Error(`there is no risk set ${number}`);
  return row;
}

interface ListedSet extends RiskSet {
  readonly madeBy: string;
  readonly reason: string;
  readonly createdAt: Date;
  /** When it became, or is to become, the active one; the last time. Null: never. */
  readonly effectiveAt: Date | null;
}

/** Every set, the newest first. */
export async function listSets(db: Db): Promise<ListedSet[]> {
  const effectiveAt = db('risk_set_activations').where('set_number', db.ref('risk_sets.number')).max('effective_at');
  return db('risk_sets')
    .orderBy('number', 'desc')
    .select('number', 'rules', 'made_by as madeBy', 'reason', 'created_at as createdAt', { effectiveAt });
}

interface Proposed {
  readonly rules: readonly RiskRule[];
  readonly madeBy: string;
  readonly reason: string;
}

/** Any constant of our own: sets are numbered one after the other. */
const RISK_SETS_LOCK = 7_201_039;

/** Adds the set, and answers with its number; with that of the set that has these very rules, if one does. */
export async function addSet(
  trx: Trx,
  { rules, madeBy, reason }: Proposed,
): Promise<{ number: number; isNew: boolean }> {
  await trx.raw('select pg_advisory_xact_lock(?)', [RISK_SETS_LOCK]);
  const text = JSON.stringify(rules);
  const same = await trx('risk_sets').whereRaw('rules = ?::jsonb', [text]).first('number');
  if (same) return { number: same.number, isNew: false };
  const last = await trx('risk_sets').max('number as number').first();
  const number = Number(last?.number) + 1;
  await trx('risk_sets').insert({ number, rules: text, made_by: madeBy, reason });
  return { number, isNew: true };
}

interface Activation {
  readonly set: number;
  readonly effectiveAt: string;
  readonly actor: string;
  readonly reason: string;
  readonly request: string;
}

/** From then on the set is the active one; at once, when that time has passed while somebody decided. */
export async function activateSet(trx: Trx, { set, effectiveAt, actor, reason, request }: Activation): Promise<void> {
  await trx('risk_set_activations').insert({
    ...{ set_number: set, actor, reason, request_id: request },
    effective_at: trx.raw('greatest(?::timestamptz, now())', [effectiveAt]),
  });
}

/** The numbers of the set that is active, and of those that are to become it: what an activation is judged by. */
export async function activeNumbers(db: Db): Promise<{ readonly active: number; readonly planned: readonly number[] }> {
  const at = (await db.raw<{ rows: [{ now: Date }] }>('select now() as now')).rows[0].now;
  const { number: active } = await activeSet(db, at);
  const last = db('risk_set_activations').where('effective_at', '<=', at).max('id');
  const planned = await db('risk_set_activations')
    .where('effective_at', '>', at)
    .where('id', '>', last)
    .orderBy('id')
    .pluck('set_number');
  return { active, planned };
}
