/** Legal holds: nothing of the member, or of the deal and its member, is destroyed while one stands. */
import type { Db, Trx } from '../connection';

/** Why something must be kept. */
export const HOLD_CODES = ['court-order', 'investigation', 'tax-audit', 'dispute'] as const;
export type HoldCode = (typeof HOLD_CODES)[number];

/** Whose everything is kept; the deal by its id. */
export type HoldSubject = { readonly userId: string } | { readonly dealId: string };

interface NewHold {
  readonly code: HoldCode;
  readonly actor: string;
  readonly reason: string;
  /** The last KST day, `YYYY-MM-DD`; null: until it is lifted. */
  readonly until: string | null;
}

/** How long a hold waits for the rows that are just being destroyed; the pool must let a statement last as long, ms. */
export const HOLD_PATIENCE_MS = 120_000;

const patiently = <T>(db: Db, change: (trx: Trx) => Promise<T>): Promise<T> =>
  db.transaction(async (trx) => {
    await trx.raw(`set local lock_timeout = ${HOLD_PATIENCE_MS}; set local statement_timeout = ${HOLD_PATIENCE_MS}`);
    return change(trx);
  });

/**
 * Sets a hold and answers with its number. The few rows that are being destroyed at this moment are waited for, for up
 * to two minutes: what is due after them is kept.
 */
export async function setHold(db: Db, subject: HoldSubject, hold: NewHold): Promise<number> {
  const whose = 'userId' in subject ? { user_id: subject.userId } : { deal_id: subject.dealId };
  const [row] = await patiently(db, (trx) => trx('legal_holds').insert({ ...whose, ...hold }, 'id'));
  return Number(row.id);
}

/** Lifts a hold, as patiently as one is set; false when there is none of this number that stands. */
export async function liftHold(
  db: Db,
  id: number,
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<boolean> {
  const lifted = { lifted_at: db.raw('now()'), lifted_by: actor, lift_reason: reason };
  return (await patiently(db, (trx) => trx('legal_holds').where({ id, lifted_at: null }).update(lifted))) === 1;
}

interface LegalHold {
  readonly id: string;
  readonly userId: string | null;
  readonly dealNo: string | null;
  readonly code: HoldCode;
  readonly actor: string;
  readonly reason: string;
  readonly heldAt: Date;
  readonly until: string | null;
}

/** The holds that were not lifted, also those whose last day is over, oldest first. */
export async function standingHolds(db: Db): Promise<LegalHold[]> {
  return db('legal_holds as h')
    .leftJoin('deals as d', 'd.id', 'h.deal_id')
    .whereNull('h.lifted_at')
    .orderBy('h.id')
    .select('h.id', 'h.user_id as userId', 'd.deal_no as dealNo', 'h.code', 'h.actor', 'h.reason')
    .select('h.held_at as heldAt', db.raw('h.until::text as until'));
}
