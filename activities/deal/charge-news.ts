/**
 * News of a charge that was decided before (spec/verdicts.md). It is never POSTed again: that it was charged after all
 * is proven by a line of the settlement file, or by cancelling what a signed event names.
 */
import { v7 as uuid } from 'uuid';
import type { Trx } from '../../db/connection';
import { lockDeal, readDeal } from '../../db/deals';
import { raiseDoubt } from '../../db/doubts';
import { closeTasks } from '../../db/operator-tasks';
import { findPayment, isKeyOfAnother, markClaimed, type Payment, unclaim } from '../../db/payments';
import {
  claimedKeys,
  closeNews,
  doubtNews,
  endClaim,
  type NewsKey,
  newsTime,
  settleAsDoubt,
} from '../../db/provider-news';
import { settledCharge } from '../../db/reconciliation/proof';
import { addRefund, type NewRefund, refundsOf, rejectRefund } from '../../db/refunds';
import { endRulings } from '../../db/rulings';
import type { MoneyActivities } from '../../workflows/deal/ports';
import { type DealId, refundKeyOf } from '../../workflows/domain/ids';
import { subtractWon, won } from '../../workflows/domain/money';
import { type Heard, type Intent, takeMoneyStep } from '../money-step';
import { bookCharge, type Charged } from './charge';
import type { MoneyDeps } from './money-deps';
import { bookRefund, type Given, intentOf } from './refund';

type Proven = 'charged' | 'unchanged';
/** What cancelling told; `why`: what the PG said in its place. */
type ProofHeard = Heard & ({ readonly told: 'sent-done' } | { readonly told: 'sent-refused'; readonly why: string });

/** `recheckCharge` over PostgreSQL and the PG. */
export function chargeNewsActivities(deps: MoneyDeps): Pick<MoneyActivities, 'recheckCharge'> {
  const { db } = deps;
  return {
    async recheckCharge({ dealId, attempt }) {
      const { dealNo } = await readDeal(db, dealId);
      const payment = await findPayment(db, dealId, attempt);
      if (!payment || payment.status === 'PENDING') return 'unchanged'; // whoever is asking about it hears the answer
      if (payment.late && payment.status === 'PAID') return 'charged';
      const news: NewsKey = { dealNo, leg: 'charge', attempt, receivedBefore: await newsTime(db, dealId) };
      if (payment.status !== 'FAILED' || payment.sentAt === null) {
        await settle(deps, dealId, news);
        return 'unchanged';
      }
      const settled = await settledCharge(db, payment.orderId, payment.amount);
      if (settled) return db.transaction((trx) => bookLateCharge(trx, payment, settled));
      const paymentKey = payment.paymentKey ?? (await keyToProve(deps, payment, news));
      return paymentKey === null ? 'unchanged' : proveByCancel(deps, { payment, paymentKey, news });
    },
  };
}

/** The key under which an event says that this attempt was charged; null when there is nothing to prove it by. */
async function keyToProve(deps: MoneyDeps, payment: Payment, news: NewsKey): Promise<string | null> {
  const { db } = deps;
  const { dealId, amount } = payment;
  const claims = await claimedKeys(db, news);
  const standing = await Promise.all(claims.map((claim) => isKeyOfAnother(db, claim.paymentKey, payment)));
  const fresh = claims.filter((_, i) => !standing[i]);
  const [own] = fresh.filter((claim) => claim.amount === amount);
  if (own) return own.paymentKey;
  // What names a charge that stands already says nothing new; the rest is in doubt.
  await settle(deps, dealId, news);
  return null;
}

/** There is no call that could settle these. */
const settle = ({ db }: MoneyDeps, dealId: DealId, news: NewsKey): Promise<void> =>
  db.transaction(async (trx) => {
    await lockDeal(trx, dealId);
    await settleAsDoubt(trx, news);
    await closeTasks(trx, dealId, ['late-news-unanswered']);
  });

/** The doubt whether this declined attempt was charged. */
const claim = (dealId: DealId, attempt: number) =>
  ({ dealId, attempt, kind: 'charge-claimed', raisedBy: 'webhook' }) as const;

interface Claimed {
  readonly payment: Payment;
  readonly paymentKey: string;
  readonly news: NewsKey;
}

/**
 * Proof by cancelling: what the PG cancels was charged, and is given back with it. What it does not find, or will not
 * cancel, refutes the claim for that key alone; the task stays until the settlement files are read.
 */
function proveByCancel(deps: MoneyDeps, { payment, paymentKey, news }: Claimed): Promise<Proven> {
  const { pg } = deps;
  const { dealId, attempt } = payment;
  return takeMoneyStep<Given, ProofHeard, Proven>(deps, {
    ...{ dealId, leg: 'refund', waits: false, settleMs: 0 },
    open: (trx) => openProof(trx, { dealId, attempt, paymentKey }),
    async ask({ refund }, { ruling, post }): Promise<ProofHeard> {
      if (ruling)
        return ruling.verdict === 'done' ? { told: 'sent-done' } : { told: 'sent-refused', why: 'ruled-failed' };
      const order = { paymentKey, amount: refund.amount, idempotencyKey: refund.idempotencyKey };
      const answer = await post(
        () => pg.refund({ ...order, refundedBefore: won(0) }),
        ({ kind }) => ({ answer: kind, unknown: false }),
      );
      return answer.kind === 'done' ? { told: 'sent-done' } : { told: 'sent-refused', why: answer.code };
    },
    async close(trx, { refund }, heard, _judged, at) {
      const deal = await lockDeal(trx, dealId);
      const claimed = await findPayment(trx, dealId, attempt);
      const stored = (await refundsOf(trx, dealId)).find(({ id }) => id === refund.id);
      if (claimed?.status !== 'FAILED' || stored?.status !== 'PENDING') return 'unchanged'; // another worker's result
      await closeTasks(trx, dealId, ['late-news-unanswered']);
      await closeNews(trx, { ...news, paymentKey });
      if (heard.told === 'sent-refused') {
        await rejectRefund(trx, refund.id, at);
        await doubtNews(trx, { dealNo: deal.dealNo, leg: 'refund' });
        await endRulings(trx, { dealId, leg: 'refund', attempt: refund.n }, 'carried-out', null);
        await unclaim(trx, claimed.id);
        await raiseDoubt(trx, { ...claim(dealId, attempt), detail: `attempt ${attempt}: the PG answers ${heard.why}` });
        return 'unchanged';
      }
      await bookCharge(trx, deal, claimed, { paymentKey, approvedAt: at }, at, true);
      const payment = { ...claimed, paymentKey, status: 'PAID' } as const;
      await bookRefund(trx, deal, { refund, payment }, pg.terms, at);
      await endRulings(trx, { dealId, leg: 'refund', attempt: refund.n }, 'carried-out', null);
      await endClaim(trx, dealId, { dealNo: deal.dealNo, attempt });
      return 'unchanged';
    },
  });
}

/** The claim and the intent to cancel what it names, before anybody is asked. */
async function openProof(
  trx: Trx,
  { dealId, attempt, paymentKey }: Pick<Payment, 'dealId' | 'attempt'> & { readonly paymentKey: string },
): Promise<Intent<Given, Proven>> {
  const deal = await lockDeal(trx, dealId);
  const payment = await findPayment(trx, dealId, attempt);
  if (payment?.status !== 'FAILED')
    return { outcome: payment?.late && payment.status === 'PAID' ? 'charged' : 'unchanged' };
  const refunds = await refundsOf(trx, dealId);
  const undecided = refunds.find((r) => r.paymentId === payment.id && r.status === 'PENDING');
  const claimed = { ...payment, paymentKey, late: true };
  if (undecided) return intentOf({ refund: undecided, payment: claimed }, false);
  await markClaimed(trx, payment.id, paymentKey);
  await raiseDoubt(trx, claim(dealId, attempt));
  const n = refunds.length + 1;
  const refund: NewRefund = {
    ...{ id: uuid(), dealId, paymentId: payment.id, n, idempotencyKey: refundKeyOf(deal.dealNo, n) },
    ...{ principal: deal.principal, fee: subtractWon(payment.amount, deal.principal), amount: payment.amount },
    ...{ actor: 'system', cause: 'late-charge', note: null, requestId: null },
  };
  await addRefund(trx, refund);
  return intentOf({ refund, payment: claimed }, true);
}

/** An attempt decided FAILED that charged after all: booked beside the deal, to be refunded at once (spec §5.4). */
export async function bookLateCharge(trx: Trx, { dealId, attempt }: Payment, charged: Charged): Promise<'charged'> {
  const deal = await lockDeal(trx, dealId);
  const payment = await findPayment(trx, dealId, attempt);
  if (payment?.status === 'FAILED') {
    if (payment.paymentKey !== charged.paymentKey) await dropClaim(trx, payment, charged.approvedAt);
    await bookCharge(trx, deal, payment, charged, charged.approvedAt, true);
  }
  await closeTasks(trx, dealId, ['late-news-unanswered']);
  await endClaim(trx, dealId, { dealNo: deal.dealNo, attempt });
  return 'charged';
}

/** It was charged under another key than an event claimed: what was begun under that one is not gone on with. */
async function dropClaim(trx: Trx, { dealId, id }: Payment, at: Date): Promise<void> {
  const begun = (await refundsOf(trx, dealId)).filter((r) => r.paymentId === id && r.status === 'PENDING');
  for (const refund of begun) await rejectRefund(trx, refund.id, at);
}
