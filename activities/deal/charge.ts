/**
 * Charging the card (spec §4.2, §5): the intent is committed before the call, the result with its ledger and edge in
 * one transaction after it. Each step looks at the database first, so running it twice, or in two workers at once,
 * changes nothing.
 */
import { tellIfDeclining } from '../../db/card-notices';
import type { Trx } from '../../db/connection';
import { type Deal, holdForReview, lockDeal, moveDeal, setWaiting } from '../../db/deals';
import { placeOf } from '../../db/encrypted-columns';
import { takeBackPromise } from '../../db/float';
import { postEntries } from '../../db/ledger';
import { findPayment, isKeyOfAnother, markCharged, markDeclined, type Payment } from '../../db/payments';
import { closeNews, doubtNews, endClaim, hasContradiction } from '../../db/provider-news';
import { chargeInFiles } from '../../db/reconciliation/proof';
import { findDecision, releaseDecision } from '../../db/risk';
import type { PendingRuling } from '../../db/rulings';
import type { Answered } from '../../db/sends';
import type { Log } from '../../infra/log';
import type { ChargeOutcome, ChargeRequest, MoneyActivities } from '../../workflows/deal/ports';
import { NOT_OF_THE_CARD } from '../../workflows/domain/card-declines';
import { chargePostings } from '../../workflows/domain/ledger';
import type { ChargeAnswer } from '../../workflows/domain/providers';
import type { RiskDecision } from '../../workflows/domain/screening';
import { type Heard, type Judged, type Question, takeMoneyStep } from '../money-step';
import { releaseReservation } from '../risk/counters';
import { type Attempt, charged, NO_REVIEW, openCharge, type Review, storedOutcome } from './charge-intent';
import type { MoneyDeps } from './money-deps';

/** A charge as the PG made it. */
export interface Charged {
  readonly paymentKey: string;
  readonly approvedAt: Date;
}
/** What was told about an attempt. */
type ChargeHeard = Heard &
  (
    | ({ readonly told: 'sent-done' | 'listed' | 'ruled-done' } & Charged)
    | { readonly told: 'sent-failed' | 'sent-key-refused' | 'unlisted'; readonly code: string }
    | { readonly told: 'nothing' }
  );

/** `chargeCard` over PostgreSQL and the PG. */
export function paymentActivities(deps: MoneyDeps): Pick<MoneyActivities, 'chargeCard'> {
  const { db, redis, pg, log } = deps;

  /** The PG's answer for this attempt; the same orderId every time. */
  async function askPg({ payment, billingKeyEncrypted, dealNo }: Attempt): Promise<ChargeAnswer> {
    const billingKey = await deps.keys.decrypt(billingKeyEncrypted, placeOf('billingKey', payment.cardId));
    const { amount, orderId, installmentMonths } = payment;
    return pg.charge({ billingKey, amount, orderId, orderName: `PLIC ${dealNo}`, installmentMonths });
  }

  /** The operator's word first, then the settlement files, and the PG itself only while asking it is safe. */
  async function ask(attempt: Attempt, question: Question): Promise<ChargeHeard> {
    const { ruling } = question;
    if (ruling?.verdict !== 'done' || ruling.paymentKey === null) return askWithout(attempt, question);
    const { paymentKey, evidenceAt: approvedAt } = ruling;
    if (!(await isKeyOfAnother(db, paymentKey, attempt.payment))) return { told: 'ruled-done', paymentKey, approvedAt };
    const heard = await askWithout(attempt, { ...question, ruling: null });
    return { ...heard, ruling: { standing: 'refused', why: 'its paymentKey is of another charge by now' } };
  }

  async function askWithout(attempt: Attempt, { fresh, ruling, post }: Question): Promise<ChargeHeard> {
    const { payment, isSpent } = attempt;
    if (!fresh) {
      const filed = await chargeInFiles(db, payment.orderId, payment.amount);
      if (filed.kind === 'listed') return { told: 'listed', ...filed.line };
      if (filed.kind === 'absent') return { told: 'unlisted', code: ruling ? 'ruled-failed' : 'not-settled' };
      // A ruling ends the POSTs of its key: another one could charge, after the evidence.
      if (ruling) return { told: 'nothing', ruling: { standing: 'pending', why: filed.why } };
      if (isSpent) return { told: 'nothing' };
    }
    const answer = await post(() => askPg(attempt), readSend);
    if (answer.kind === 'done') return { told: 'sent-done', ...answer };
    return { told: answer.kind === 'declined' ? 'sent-failed' : 'sent-key-refused', code: answer.code };
  }

  return {
    async chargeCard(request) {
      const outcome = await takeMoneyStep<Attempt, ChargeHeard, ChargeOutcome>(deps, {
        ...{ dealId: request.dealId, leg: 'charge', waits: true, settleMs: request.chargeSettleMs },
        open: (trx, at) => openCharge(trx, request, at, log),
        ask,
        close: (trx, _attempt, heard, judged, at) => closeCharge({ trx, log }, request, heard, judged, at),
      });
      // Also for what an earlier run decided: it may have died before it gave the reservation back.
      const { kind } = outcome;
      const sent = kind === 'declined';
      if (kind !== 'charged' && kind !== 'undecided') await releaseReservation(redis, { ...request, sent }, log);
      return outcome;
    },
  };
}

/** What a POST's answer says of that one call: a card that is not known was not charged by it. */
const readSend = ({ kind }: ChargeAnswer): Answered => ({ answer: kind, unknown: false });

/**
 * The result: row, ledger and edge in one transaction. A charge found done after a cancel stays PENDING, to be
 * refunded; one found done after it had been decided is booked beside the deal, to be given back.
 */
async function closeCharge(
  { trx, log }: { trx: Trx; log: Log },
  request: ChargeRequest,
  heard: ChargeHeard,
  { verdict, again, unsettledMs, ruling }: Judged,
  at: Date,
): Promise<ChargeOutcome> {
  const deal = await lockDeal(trx, request.dealId);
  const payment = await findPayment(trx, deal.id, request.attempt);
  if (!payment) throw new Error(`deal ${deal.id}: attempt ${request.attempt} vanished`);
  if (payment.status === 'FAILED' && heard.told === 'sent-done') {
    await bookCharge(trx, deal, payment, heard, heard.approvedAt, true);
    await endClaim(trx, deal.id, { dealNo: deal.dealNo, attempt: payment.attempt });
    return storedOutcome(trx, deal, { ...payment, status: 'PAID', late: true }, at);
  }
  if (payment.status !== 'PENDING') return storedOutcome(trx, deal, payment, at);
  if (verdict === 'failed' && 'code' in heard) return decline(trx, { deal, payment, code: heard.code }, at, log);
  if (verdict === 'done' && 'paymentKey' in heard)
    return settleCharge(trx, request, { deal, payment, heard, ruling }, at);
  const isOver = heard.told === 'nothing' || again === 'never';
  return { kind: 'undecided', askInMs: isOver ? null : Math.max(1, unsettledMs) };
}

async function decline(
  trx: Trx,
  { deal, payment, code }: { deal: Deal; payment: Payment; code: string },
  at: Date,
  log: Log,
): Promise<ChargeOutcome> {
  await markDeclined(trx, payment.id, code, at);
  if (!NOT_OF_THE_CARD.includes(code)) {
    // The PG's verdict is recorded whether or not the payer can be told: in a savepoint of its own.
    await trx
      .transaction((inner) => tellIfDeclining(inner, payment.cardId, at))
      .catch(({ message: reason }: Error) => log.error({ deal: deal.id, reason }, 'a payer was not told of declines'));
  }
  const news = { dealNo: deal.dealNo, leg: 'charge', attempt: payment.attempt } as const;
  await closeNews(trx, { ...news, says: 'failed' });
  await doubtNews(trx, news);
  await releaseDecision(trx, deal.id, payment.attempt);
  await setWaiting(trx, deal, { reason: 'card-needed', nextMoveAt: deal.expiresAt }, at);
  // A cancelled deal has left the sum of what is in flight already, if the watch has looked since.
  if (!deal.cancelRequestedAt) await takeBackPromise(trx, deal.principal);
  return { kind: 'declined', code, late: false };
}

interface Settled {
  readonly deal: Deal;
  readonly payment: Payment;
  readonly heard: Charged & Heard;
  readonly ruling: PendingRuling | null;
}

async function settleCharge(
  trx: Trx,
  request: ChargeRequest,
  { deal, payment, heard, ruling }: Settled,
  at: Date,
): Promise<ChargeOutcome> {
  await bookCharge(trx, deal, payment, heard, at);
  // What agrees is closed; another charge told of under this order stays open, and the sweep brings it.
  const news = { dealNo: deal.dealNo, leg: 'charge', attempt: payment.attempt } as const;
  if (await hasContradiction(trx, news)) await doubtNews(trx, news);
  if (deal.cancelRequestedAt) return charged(deal, NO_REVIEW, at);
  const review = reviewOf(await findDecision(trx, deal.id, payment.attempt), request, at);
  if (review.dueAt) await holdForReview(trx, deal, review.dueAt);
  const isRuled = heard.told === 'ruled-done' && ruling !== null;
  const edge = {
    to: 'PAID',
    actor: 'system',
    ...(isRuled ? { cause: 'ruled' as const, note: ruling.reason } : { cause: 'charged' as const }),
  } as const;
  const waiting = review.dueAt && { waiting: { reason: 'risk-review' as const, nextMoveAt: review.dueAt } };
  await moveDeal(trx, deal, { ...edge, ...waiting }, at);
  return charged({ ...deal, status: 'PAID' }, review, at);
}

/** What the rules said of the charge, as its deal is held now. */
function reviewOf(
  decision: Pick<RiskDecision, 'verdict'> | undefined,
  { holdMs, shortHoldMs = 3_600_000 }: ChargeRequest,
  at: Date,
): Review {
  const passes = decision?.verdict === 'HOLD';
  if (decision?.verdict !== 'ALERT' && !passes) return NO_REVIEW;
  return { dueAt: new Date(at.getTime() + (passes ? shortHoldMs : holdMs)), passes };
}

/** The PG has the money: the row and the ledger. `late`: beside the deal's own charge, to be given back. */
export async function bookCharge(
  trx: Trx,
  deal: Deal,
  payment: Payment,
  { paymentKey, approvedAt }: Charged,
  at: Date,
  late = false,
): Promise<void> {
  await markCharged(trx, payment.id, { paymentKey, approvedAt, late }, at);
  await postEntries(trx, {
    dealId: deal.id,
    kind: 'charge',
    key: `charge:${payment.orderId}`,
    postings: chargePostings(deal),
  });
}
