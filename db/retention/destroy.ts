/** Personal data is destroyed when its term has ended, as the role that can do nothing else. */
import type { Db, Trx } from '../connection';
import { RETENTION_RULE_NAMES, type RetentionRuleName } from './rules';

/** Rows that one call empties at most: it holds their locks. */
const BATCH = 500;

/**
 * Empties up to 500 rows whose term by this rule has ended, those of the oldest clocks first, and adds the proof under
 * the name of the run; answers with how many it took up, of which another run may have emptied some. Calls may be
 * repeated and made at once. Waits for up to a minute for a hold that is being set.
 */
async function destroyBatch(db: Db, rule: RetentionRuleName, run: string): Promise<number> {
  const batch = async (trx: Trx): Promise<number> => {
    await trx.raw(`set local lock_timeout = '1min'; set local role plic_retention`);
    const call = { destroy: rule.replaceAll('-', '_'), run, most: BATCH };
    const { rows } = await trx.raw<{ rows: { seen: number }[] }>('select :destroy:(:run, :most::int) as seen', call);
    return rows[0]?.seen ?? 0;
  };
  return db.transaction(batch, { isolationLevel: 'read committed' }); // the hold that was waited for is seen
}

/**
 * Empties all that is due, rule by rule; `tell` hears after each call. Cut off, it is simply begun again. A rule that
 * fails keeps no other from its work: the first error is thrown at the end.
 */
export async function destroyDue(db: Db, run: string, tell: () => void): Promise<void> {
  const failures: unknown[] = [];
  for (const rule of RETENTION_RULE_NAMES) {
    try {
      for (let seen = BATCH; seen === BATCH; tell()) seen = await destroyBatch(db, rule, run);
    } catch (error) {
      failures.push(error);
      tell();
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** What a run has destroyed by a rule, or all runs since the day; `held`: rows that a legal hold keeps. */
interface Destroyed {
  readonly rule: string;
  readonly emptied: number;
  readonly held: number;
}

/** By the proofs of the run, rule by rule; a rule that was cut off before its last call has counted none as held. */
export async function destroyedIn(db: Db, run: string): Promise<Destroyed[]> {
  const { rows } = await db.raw<{ rows: Destroyed[] }>(
    `select rule, sum(emptied)::int as emptied,
       coalesce((array_agg(held order by id desc) filter (where held is not null))[1], 0) as held
     from retention_proofs where run = :run group by rule order by rule`,
    { run },
  );
  return rows;
}

/** One proof; `held` is null when the run went on. */
interface Proof extends Omit<Destroyed, 'held'> {
  readonly held: number | null;
  readonly at: Date;
  /** When the terms of the first and the last of the rows began. */
  readonly firstSince: Date | null;
  readonly lastSince: Date | null;
}

/** The latest proofs of something that was destroyed or held, newest first. */
export async function latestProofs(db: Db, most: number): Promise<Proof[]> {
  return db('retention_proofs')
    .whereRaw('emptied + coalesce(held, 0) > 0')
    .orderBy('id', 'desc')
    .limit(most)
    .select('rule', 'emptied', 'held', 'at', 'first_since as firstSince', 'last_since as lastSince');
}
