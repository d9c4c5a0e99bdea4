/**
 * Operators' rulings. What is ruled is what the provider's own journal says in that moment, when nothing of it is on its way any more; or
 * its evidence is older than the last send, and then it must be refused: a person who lies about money can lose it, and that is no law.
 */

import type { Deal, Stage } from './stage';
import { readTruth, type Truth } from './truth';
import { Broken, give, isTaken } from './words';

type Leg = 'charge' | 'transfer' | 'refund';

const HOUR_MS = 3_600_000;
/** A send has several steps at the provider, each planned when the one before it has happened. */
const STEPS = 4;

interface Undecided {
  readonly leg: Leg;
  readonly attempt: number;
  /** Orders and references, as the journals know them. */
  readonly key: string;
  /** Of a refund, won. */
  readonly amount: number;
  readonly done: number;
}

/** The undecided attempt of this leg, if it has one. */
async function undecidedOf({ house }: Stage, { id, dealNo }: Deal, leg: Leg): Promise<Undecided | undefined> {
  const { db } = house;
  if (leg === 'charge') {
    const row = await db('payments').where({ deal_id: id, status: 'PENDING' }).first();
    return row && { leg, attempt: row.attempt, key: row.order_id, amount: 0, done: 0 };
  }
  if (leg === 'transfer') {
    const row = await db('transfers').where({ deal_id: id }).whereIn('status', ['PENDING', 'PROCESSING']).first();
    return row && { leg, attempt: row.attempt, key: row.reference, amount: 0, done: 0 };
  }
  const row = await db('refunds as r')
    .join('payments as p', 'p.id', 'r.payment_id')
    .where({ 'r.deal_id': id, 'r.status': 'PENDING' })
    .first('r.n', 'r.amount', 'p.order_id', 'p.refunded_amount');
  if (!row) return undefined;
  return {
    leg,
    attempt: row.n,
    key: row.order_id,
    amount: Number(row.amount),
    done: Number(row.refunded_amount),
    ...{ dealNo },
  };
}

const isRuled = async ({ house }: Stage, { id }: Deal, { leg, attempt }: Undecided): Promise<boolean> =>
  (await house.db('rulings').where({ deal_id: id, leg, attempt, standing: 'pending' }).first('id')) !== undefined;

/** What the journals support; undefined when they support neither. */
function verdictOf(truth: Truth, { leg, key, amount, done }: Undecided) {
  if (leg === 'transfer') {
    const found = truth.transfers.find(({ reference }) => reference === key);
    if (!found) return { verdict: 'failed' };
    return found.paid > found.returned ? { verdict: 'done' } : undefined;
  }
  const charges = truth.charges.filter(({ orderId }) => orderId === key);
  const [charge] = charges;
  if (charges.length > 1) return undefined;
  if (leg === 'charge') {
    if (!charge) return { verdict: 'failed' };
    return charge.cancelled === 0 ? { verdict: 'done', paymentKey: charge.paymentKey } : undefined;
  }
  const given = (charge?.cancelled ?? 0) - done;
  return given === 0 ? { verdict: 'failed' } : given === amount ? { verdict: 'done' } : undefined;
}

/** Rules as the journals say, once nothing is on its way; answers with what the operator heard. */
export async function ruleTruly(stage: Stage, deal: Deal, leg: Leg): Promise<string> {
  const undecided = await undecidedOf(stage, deal, leg);
  if (!undecided) return `rule ${leg}: nothing is undecided`;
  if (await isRuled(stage, deal, undecided)) return `rule ${leg}: a ruling waits for its proof`;
  for (let step = 0; step < STEPS; step += 1) deal.hurry(leg === 'transfer' ? 'bank' : 'softpayment');
  const truth = (await readTruth(stage.house))(deal.dealNo);
  const verdict = verdictOf(truth, undecided);
  if (!verdict) return `rule ${leg}: the journals do not decide it`;
  const evidence = { evidence: 'journal of the provider', evidenceAt: stage.now().toISOString() };
  return give(stage, deal, 'rule', { leg, attempt: undecided.attempt, ...verdict, ...evidence });
}

/** A "failed" whose evidence is an hour old: it must not be taken. */
export async function ruleOnOldEvidence(stage: Stage, deal: Deal): Promise<string> {
  for (const leg of ['charge', 'transfer', 'refund'] as const) {
    const undecided = await undecidedOf(stage, deal, leg);
    if (!undecided) continue;
    const evidenceAt = new Date(stage.now().getTime() - HOUR_MS).toISOString();
    const old = { leg, attempt: undecided.attempt, verdict: 'failed', evidence: 'an old list', evidenceAt };
    const words = await give(stage, deal, 'rule', old);
    const sent = await stage.house
      .db('sends')
      .where({ key: sendKeyOf(deal, undecided) })
      .first();
    if (isTaken(words) && sent)
      throw new Broken(`${leg} ${undecided.attempt} was ruled failed by evidence older than its send`);
    return words;
  }
  return 'rule on old evidence: nothing is undecided';
}

const sendKeyOf = ({ dealNo }: Deal, { leg, key, attempt }: Undecided): string =>
  leg === 'refund' ? `${dealNo}-R${attempt}` : key;
