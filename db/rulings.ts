/** Operators' rulings of outcomes that no provider could decide (spec/verdicts.md, "Rulings"). */
import type { Ruling } from '../workflows/domain/deal-actions';
import type { DealId } from '../workflows/domain/ids';
import type { Leg } from '../workflows/domain/provider-news';
import type { Db, Trx } from './connection';

/** A ruling that was taken and has not been carried out yet. */
export interface PendingRuling {
  readonly id: string;
  readonly verdict: 'done' | 'failed';
  readonly evidenceAt: Date;
  readonly paymentKey: string | null;
  readonly reason: string;
}

/** What is ruled: a charge's or a transfer's attempt, or the n of a refund. */
export interface Ruled {
  readonly dealId: DealId;
  readonly leg: Leg;
  readonly attempt: number;
}

const pendingOf = (db: Db, { dealId, leg, attempt }: Ruled) =>
  db('rulings').where({ deal_id: dealId, leg, attempt, standing: 'pending' });

/** The ruling of this attempt that is still to be carried out, if any. */
export async function pendingRuling(db: Db, ruled: Ruled): Promise<PendingRuling | null> {
  const row = await pendingOf(db, ruled).first();
  if (!row) return null;
  const { id, verdict, evidence_at: evidenceAt, payment_key: paymentKey, reason } = row;
  return { id, verdict, evidenceAt, paymentKey, reason };
}

/** What is ruled and waits for its proof, of all deals; each was given by a person, so they are few. */
export const pendingRulings = (db: Db): Promise<Ruled[]> =>
  db('rulings').where({ standing: 'pending' }).orderBy('id').select({ dealId: 'deal_id' }, 'leg', 'attempt');

/** Keeps a ruling; one of the same attempt that waits is overtaken by it. */
export async function addRuling(trx: Trx, dealId: DealId, ruling: Ruling): Promise<void> {
  const { leg, attempt, verdict, evidence, evidenceAt, paymentKey, actor, reason } = ruling;
  await endRulings(trx, { dealId, leg, attempt }, 'overtaken', 'another ruling followed');
  await trx('rulings').insert({
    ...{ deal_id: dealId, leg, attempt, verdict, evidence, evidence_at: new Date(evidenceAt) },
    ...{ payment_key: paymentKey ?? null, actor, reason },
  });
}

/** Whether this very ruling was taken before. */
export async function isRuled(db: Db, dealId: DealId, ruling: Ruling): Promise<boolean> {
  const { leg, attempt, verdict, evidence, evidenceAt, paymentKey, actor, reason } = ruling;
  const same = { deal_id: dealId, leg, attempt, verdict, evidence, payment_key: paymentKey ?? null, actor, reason };
  const taken = db('rulings').where({ ...same, evidence_at: new Date(evidenceAt) });
  return (await taken.whereIn('standing', ['pending', 'carried-out']).first('id')) !== undefined;
}

/** Ends what waits for its proof. `why`: in words; null when the standing says all. */
export async function endRulings(
  db: Db,
  ruled: Ruled,
  standing: 'carried-out' | 'overtaken' | 'refused',
  why: string | null,
): Promise<void> {
  await pendingOf(db, ruled).update({ standing, why, decided_at: db.raw('now()') });
}

/** Says what a ruling waits for. */
export async function keepRuling(db: Db, id: string, why: string): Promise<void> {
  await db('rulings').where({ id, standing: 'pending' }).update({ why });
}
