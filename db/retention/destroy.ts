/** Personal data is destroyed when its term has ended, as the role that can do nothing else. */
import type { Db } from '../connection';
import { RETENTION_RULE_NAMES, type RetentionRuleName } from './rules';

/** Rows that one call empties at most: it holds their locks. */
const BATCH = 500;

/**
 * Empties up to 500 rows whose term by this rule has ended, oldest first, and adds the proof under the name of the run;
 * answers with how many there were. Calls may be repeated and made at once.
 */
async function destroyBatch(db: Db, rule: RetentionRuleName, run: string): Promise<number> {
  return db.transaction(async (trx) => {
    await trx.raw('set local role plic_retention');
    const call = { destroy: rule.replaceAll('-', '_'), run, most: BATCH };
    const { rows } = await trx.raw<{ rows: { emptied: number }[] }>(
      'select :destroy:(:run, :most::int) as emptied',
      call,
    );
    return rows[0]?.emptied ?? 0;
  });
}

/** Empties all that is due, rule by rule; `tell` hears after each call. Cut off, it is simply begun again. */
export async function destroyDue(db: Db, run: string, tell: () => void): Promise<void> {
  for (const rule of RETENTION_RULE_NAMES) {
    for (let emptied = BATCH; emptied === BATCH; tell()) emptied = await destroyBatch(db, rule, run);
  }
}

/** What a run has destroyed by a rule, or all runs since the day; `held`: rows that a legal hold keeps. */
interface Destroyed {
  readonly rule: string;
  readonly emptied: number;
  readonly held: number;
}

/** By the proofs of the run, rule by rule. */
export async function destroyedIn(db: Db, run: string): Promise<Destroyed[]> {
  const { rows } = await db.raw<{ rows: Destroyed[] }>(
    `select rule, sum(emptied)::int as emptied, (array_agg(held order by id desc))[1] as held
     from retention_proofs where run = :run group by rule order by rule`,
    { run },
  );
  return rows;
}

/** One proof. */
interface Proof extends Destroyed {
  readonly at: Date;
  /** When the terms of the first and the last of the rows began. */
  readonly firstSince: Date | null;
  readonly lastSince: Date | null;
}

/** The latest proofs of something that was destroyed or held, newest first. */
export async function latestProofs(db: Db, most: number): Promise<Proof[]> {
  return db('retention_proofs')
    .whereRaw('emptied + held > 0')
    .orderBy('id', 'desc')
    .limit(most)
    .select('rule', 'emptied', 'held', 'at', 'first_since as firstSince', 'last_since as lastSince');
}
