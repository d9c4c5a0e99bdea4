/** The laws, by what the providers' own journals say: looked at while things are broken, and again when all is mended. */
import { checkEngine } from '../../activities/batches/engine-check';
import { INVARIANTS } from '../../db/invariants/all';
import { type Break, examineAll, onSnapshot } from '../../db/invariants/invariant';
import { type BankEffect, breaksOfJournals, JOURNAL_LAWS, type PgEffect } from '../../db/invariants/journals';
import { taskQueuesOf } from '../../infra/temporal/client';
import type { SandboxView } from '../servers/sandboxes';
import { type Deal, ENDED, POLICY, rowOf, type Stage } from './stage';
import { keptOf, payoutsOf, readTruth, type Truth } from './truth';

/** A deal that stands still for so long without a reason is stuck, s. */
const STUCK_S = 600;

/** What people have been told of the deal and is not settled: tasks, doubts and breaks. */
export async function namedOf({ house }: Stage, { id }: Deal): Promise<string[]> {
  const { db } = house;
  const [tasks, doubts, breaks] = await Promise.all([
    db('operator_tasks').where({ deal_id: id, closed_at: null }).pluck('reason'),
    db('doubts').where({ deal_id: id, closed_at: null }).pluck('kind'),
    db('reconciliation_breaks').where({ deal_id: id, resolved_at: null }).pluck('class'),
  ]);
  return [...new Set([...tasks, ...doubts, ...breaks])];
}

/**
 * A second charge is named as soon as the PG has told of it (what it told of nobody is found by the settlement file), or is being
 * given back; a second payout at once, since only the bank's own contradiction can make one.
 */
async function excessOf(stage: Stage, deal: Deal, truth: Truth): Promise<string[]> {
  const kept = keptOf(truth);
  const told = kept.filter(({ paymentKey }) => truth.told.has(paymentKey));
  const payouts = payoutsOf(truth);
  const facts = [
    ...(told.length > 1 ? [`${told.length} charges are kept: ${told.map(({ orderId }) => orderId).join(', ')}`] : []),
    ...(payouts > 1 ? [`${payouts} payouts stand`] : []),
    ...(payouts === 1 && kept.length === 0 ? ['it is paid out, and no charge is kept'] : []),
  ];
  if (facts.length === 0) return [];
  const { db } = stage.house;
  const giving = await db('refunds').where({ deal_id: deal.id, status: 'PENDING' }).pluck('n');
  const unheard = await db('pg_webhook_events').where({ deal_no: deal.dealNo, processed_at: null }).pluck('type');
  if (giving.length + unheard.length > 0 || (await namedOf(stage, deal)).length > 0) return [];
  return facts.map((fact) => `${deal.dealNo}: ${fact}, and nothing names it`);
}

/** Charges that a decline decided although an earlier POST, of which nobody knows, was so young that it might still charge. */
async function hastyDeclines({ house }: Stage): Promise<string[]> {
  const hasty: { key: string; deal_no: string }[] = await house
    .db('payments as p')
    .join('sends as s', 's.key', 'p.order_id')
    .join('deals as d', 'd.id', 'p.deal_id')
    .where({ 'p.status': 'FAILED', 's.unknown': true })
    .whereRaw(`p.decided_at < s.sent_at + ? * interval '1 millisecond'`, [POLICY.chargeSettleMs])
    .distinct('s.key', 'd.deal_no');
  return hasty.map(({ key, deal_no }) => `${deal_no}: ${key} is declined, and an earlier POST of it may still charge`);
}

/** What is broken in the middle of everything. */
export async function judgeMeanwhile(stage: Stage): Promise<string[]> {
  const truthOf = await readTruth(stage.house);
  const found = stage.deals.map((deal) => excessOf(stage, deal, truthOf(deal.dealNo)));
  return (await Promise.all([...found, hastyDeclines(stage)])).flat();
}

/** How a deal's end and its money disagree. */
async function endOf(stage: Stage, deal: Deal, truth: Truth): Promise<string[]> {
  const row = await rowOf(stage, deal.id);
  const named = await namedOf(stage, deal);
  const [principal, kept, payouts] = [Number(row.principal), keptOf(truth), payoutsOf(truth)];
  const lost = await stage.house.db('chargebacks').where({ deal_id: deal.id, status: 'LOST' }).pluck('id');
  const facts: string[] = [];
  if (payouts > 1) facts.push(`${payouts} payouts stand`);
  if (kept.length > 1) facts.push(`${kept.length} charges are kept`);
  if (truth.charges.some(({ charged, cancelled }) => cancelled > charged))
    facts.push('more is given back than charged');
  // A quote whose run was ended before anything was sent ends when its time is over.
  const isQuote = row.confirmed_at === null && truth.charges.length === 0;
  if (!ENDED.includes(row.status)) {
    if (!isQuote) facts.push(`it is ${row.status}, waiting ${row.waiting_reason}, though all was settled`);
  } else if (named.length === 0) {
    const isPaid = payouts === 1;
    const isKept = kept.some(({ charged, cancelled }) => charged - cancelled >= principal);
    if (row.status === 'COMPLETED' && !(isPaid && isKept)) facts.push(`COMPLETED, paid: ${isPaid}, kept: ${isKept}`);
    // What the card issuer took back for good is not given back a second time.
    if (row.status !== 'COMPLETED' && (isPaid || (kept.length > 0 && lost.length === 0)))
      facts.push(`${row.status}, paid: ${isPaid}, charges kept: ${kept.length}`);
  }
  return facts.map((fact) => `${deal.dealNo}: ${fact} [${named.join(', ')}]`);
}

/** What is broken when all is mended. */
export async function judgeEnd(stage: Stage): Promise<string[]> {
  const truthOf = await readTruth(stage.house);
  const ends = await Promise.all(stage.deals.map((deal) => endOf(stage, deal, truthOf(deal.dealNo))));
  return [...ends.flat(), ...(await brokenLaws(stage))];
}

const effectsOf = async <T>(sandbox: SandboxView): Promise<T[]> =>
  (await sandbox.journal()).filter(({ kind }) => kind === 'effect') as T[];

const inWords = (law: string, breaks: readonly Break[]): string[] =>
  breaks.map(({ dealNo, fact }) => `${law}: ${dealNo ?? 'the system'}: ${fact}`);

/** Every law of `npm run check -- --journals`. */
async function brokenLaws({ house, now }: Stage): Promise<string[]> {
  const { db, client, sandboxes, config } = house;
  const { findings, unchecked } = await examineAll(db, INVARIANTS, { now: now(), stuckAfterS: STUCK_S });
  const journals = {
    pg: await effectsOf<PgEffect>(sandboxes.softpayment),
    bank: await effectsOf<BankEffect>(sandboxes.bank),
  };
  const broken = unchecked.map(({ name, reason }) => `${name} could not be looked at: ${reason}`);
  for (const { name, breaks } of findings) broken.push(...inWords(name, breaks));
  for (const law of JOURNAL_LAWS) {
    const { breaks } = await onSnapshot(db, (trx) => breaksOfJournals(trx, law, journals));
    broken.push(...inWords(law.name, breaks));
  }
  const engine = await checkEngine({ db, client, dealsQueue: taskQueuesOf(config.temporal.taskQueue).deals });
  return [...broken, ...inWords(engine.name, engine.breaks)];
}
