/**
 * Charging the card (spec §4.2, §5): the intent is committed before the call, the result with its ledger and edge in
 * one transaction after it. Each step looks at the database first, so running it twice, or in two workers at once,
 * changes nothing.
 */
import { v7 as uuid } from 'uuid';
import { billingKeyOf } from '../../db/cards';
import type { Trx } from '../../db/connection';
import { type Deal, holdForReview, lockDeal, markConfirmed, moveDeal, readDeal, setWaiting } from '../../db/deals';
import { placeOf } from '../../db/encrypted-columns';
import { promisePrincipal, takeBackPromise } from '../../db/float';
import { postEntries } from '../../db/ledger';
import { closeTasks } from '../../db/operator-tasks';
import { addPayment, findPayment, markCharged, markDeclined, type Payment } from '../../db/payments';
import { closeNews, hasContradiction, type NewsKey } from '../../db/provider-news';
import { countCardCharge, findDecision, recheckLimits, releaseDecision, storeDecision } from '../../db/risk';
import { serverTime } from '../../db/server-time';
import { isStopped } from '../../db/stop-switches';
import type { Log } from '../../infra/log';
import type { Ruling } from '../../workflows/deal/messages';
import type { ChargeOutcome, ChargeRequest, MoneyActivities } from '../../workflows/deal/ports';
import { type DealId, orderIdOf } from '../../workflows/domain/ids';
import { chargePostings } from '../../workflows/domain/ledger';
import type { AlarmReason } from '../../workflows/domain/operator-tasks';
import type { ChargeAnswer } from '../../workflows/domain/providers';
import type { RiskDecision } from '../../workflows/domain/screening';
import { isCovered } from '../batches/float-watch';
import { type Intent, takeMoneyStep } from '../money-step';
import { releaseReservation } from '../risk/screening';
import { closeWithTask } from './alarms';
import type { MoneyDeps } from './money-deps';

const BLOCKED = 'risk-blocked';
const UNAVAILABLE = 'risk-unavailable';
const STOPPED = 'charges-stopped';

type ChargeDone = Extract<ChargeAnswer, { kind: 'done' }>;
/** An attempt, and what the PG must know of it. */
interface Attempt {
  readonly payment: Payment;
  readonly billingKeyEncrypted: string;
  readonly dealNo: string;
}
type ChargeIntent = Intent<Attempt, ChargeOutcome>;

/** `chargeCard` and `recheckCharge` over PostgreSQL and the PG. */
export function paymentActivities(deps: MoneyDeps): Pick<MoneyActivities, 'chargeCard' | 'recheckCharge'> {
  const { db, redis, pg, clock, log } = deps;

  /** The PG's answer for this attempt; the same orderId every time, so asking again never charges again. */
  async function askPg({ payment, billingKeyEncrypted, dealNo }: Attempt): Promise<ChargeAnswer> {
    const billingKey = await deps.keys.decrypt(billingKeyEncrypted, placeOf('billingKey', payment.cardId));
    return pg.charge({ billingKey, amount: payment.amount, orderId: payment.orderId, orderName: `PLIC ${dealNo}` });
  }

  return {
    async chargeCard(request) {
      const outcome = await takeMoneyStep(deps, {
        ...{ dealId: request.dealId, waitsFor: 'charge', ruling: request.ruling },
        open: (trx, at) => openCharge(trx, request, at, log),
        ask: askPg,
        rule: ruledAnswer,
        close: (trx, _attempt, answer, ruling, at) => closeCharge(trx, { ...request, ruling }, answer, at),
      });
      // Also for what an earlier run decided: it may have died before it gave the reservation back.
      const { kind } = outcome;
      const sent = kind === 'declined';
      if (kind !== 'charged' && kind !== 'stale') await releaseReservation(redis, { ...request, sent }, clock(), log);
      return outcome;
    },

    async recheckCharge({ dealId, attempt, pgKeyWindowMs }) {
      const { dealNo } = await readDeal(db, dealId);
      const payment = await findPayment(db, dealId, attempt);
      if (!payment || payment.status === 'PENDING') return 'unchanged'; // whoever is asking about it hears the answer
      if (payment.late && payment.status === 'PAID') return 'charged';
      const news: NewsKey = { dealNo, leg: 'charge', attempt, receivedBefore: await serverTime(db) };
      const raiseTask = (reason: AlarmReason) => db.transaction((trx) => closeWithTask(trx, dealId, news, reason));
      const isOurs = payment.status === 'FAILED' && payment.sentAt !== null;
      if (!isOurs || isStale(payment, pgKeyWindowMs, clock())) {
        if (isOurs) await raiseTask('charge-claimed-late');
        else if (await hasContradiction(db, news)) await raiseTask('charge-contradicted');
        await closeTasks(db, dealId, ['late-news-unanswered']);
        return 'unchanged';
      }
      const billingKeyEncrypted = await billingKeyOf(db, payment.cardId);
      const answer = await askPg({ payment, billingKeyEncrypted, dealNo });
      if (answer.kind === 'done') return db.transaction((trx) => bookLateCharge(trx, payment, answer));
      await closeNews(db, news);
      await closeTasks(db, dealId, ['late-news-unanswered']);
      return 'unchanged';
    },
  };
}

/** Asking again about an orderId this old could charge it anew. */
function isStale({ sentAt }: Payment, pgKeyWindowMs: number, at: Date): boolean {
  return at.getTime() - (sentAt?.getTime() ?? 0) > pgKeyWindowMs / 2;
}

/** The intent: what was decided before, or an attempt row that is committed before anyone is asked. */
async function openCharge(trx: Trx, request: ChargeRequest, at: Date, log: Log): Promise<ChargeIntent> {
  const deal = await lockDeal(trx, request.dealId);
  const payment = await findPayment(trx, deal.id, request.attempt);
  if (payment && payment.status !== 'PENDING') return { outcome: await storedOutcome(trx, deal, payment, at) };
  if (payment) {
    if (isStale(payment, request.pgKeyWindowMs, at) && !request.ruling) return { outcome: { kind: 'stale' } };
    const billingKeyEncrypted = await billingKeyOf(trx, payment.cardId);
    return { row: { payment, billingKeyEncrypted, dealNo: deal.dealNo }, fresh: false };
  }
  if (deal.status !== 'PENDING' || deal.cancelRequestedAt) return { outcome: { kind: 'closed', cause: 'cancelled' } };
  if (at >= deal.expiresAt) return { outcome: { kind: 'closed', cause: 'expired' } };
  return insertAttempt(trx, deal, request, at, log);
}

/**
 * The limits are decided here, with the payer's and the card's rows locked; the screening before it was a fast first
 * look.
 */
async function insertAttempt(trx: Trx, deal: Deal, request: ChargeRequest, at: Date, log: Log): Promise<ChargeIntent> {
  if (!request.decision) throw new Error(`deal ${deal.id}: attempt ${request.attempt} was never screened`);
  const subject = { dealId: deal.id, attempt: request.attempt, userId: deal.userId, cardId: request.cardId };
  const judged = (await isStopped(trx, 'charge')) ? null : await recheck(trx, subject, deal, request.decision, at);
  const stopped = judged === null || (mayCharge(judged) && !(await isCovered(trx, deal.principal, log)));
  const decision = stopped ? withoutReservation(request.decision) : judged;
  await storeDecision(trx, { ...subject, deviceId: request.deviceId, principal: deal.principal, decision });
  const refused = stopped ? { code: STOPPED, outcome: { kind: 'unavailable' } as const } : refusalOf(decision);
  const { attempt, cardId, deviceId } = request;
  const orderId = orderIdOf(deal.dealNo, attempt);
  const order = { id: uuid(), dealId: deal.id, attempt, orderId, amount: deal.total, cardId, deviceId };
  await addPayment(trx, { ...order, refusal: refused?.code ?? null }, at);
  await markConfirmed(trx, deal, refused ? { reason: 'card-needed', nextMoveAt: deal.expiresAt } : null, at);
  // While the stores were down the workflow may have believed the charge unknown before there was one.
  if (deal.waitingReason === 'charge-unknown') await closeTasks(trx, deal.id, ['charge-unknown']);
  if (refused) return { outcome: refused.outcome };
  await countCardCharge(trx, request.cardId, at);
  const payment = await findPayment(trx, deal.id, request.attempt);
  if (!payment) throw new Error(`deal ${deal.id}: attempt ${request.attempt} vanished`);
  const billingKeyEncrypted = await billingKeyOf(trx, request.cardId);
  // Charges at the same moment may have taken what there was when it was looked at: the next try finds that.
  if (!(await promisePrincipal(trx, deal.principal))) throw new Error('the float was promised to others meanwhile');
  return { row: { payment, billingKeyEncrypted, dealNo: deal.dealNo }, fresh: true };
}

interface Subject {
  readonly dealId: DealId;
  readonly attempt: number;
  readonly userId: string;
  readonly cardId: string;
}

async function recheck(trx: Trx, subject: Subject, { principal }: Deal, decision: RiskDecision, at: Date) {
  return mayCharge(decision) ? recheckLimits(trx, { ...subject, principal, at }) : decision;
}

const mayCharge = ({ verdict }: RiskDecision): boolean => verdict === 'PASS' || verdict === 'ALERT';

/** Charges are stopped: whatever the screening said, nothing is reserved. */
const withoutReservation = (decision: RiskDecision): RiskDecision => ({ ...decision, verdict: 'UNAVAILABLE' });

function refusalOf(decision: RiskDecision): { code: string; outcome: ChargeOutcome } | null {
  if (decision.verdict === 'BLOCK') return { code: BLOCKED, outcome: { kind: 'blocked', rules: decision.rules } };
  if (decision.verdict === 'UNAVAILABLE') return { code: UNAVAILABLE, outcome: { kind: 'unavailable' } };
  return null;
}

/** What an earlier run of this attempt decided. */
async function storedOutcome(trx: Trx, deal: Deal, payment: Payment, at: Date): Promise<ChargeOutcome> {
  if (payment.status !== 'FAILED' && !payment.late) return charged(deal, deal.reviewDueAt, at);
  if (payment.declineCode === UNAVAILABLE || payment.declineCode === STOPPED) return { kind: 'unavailable' };
  if (payment.declineCode !== BLOCKED) return { kind: 'declined', code: payment.declineCode ?? 'unknown' };
  return { kind: 'blocked', rules: (await findDecision(trx, deal.id, payment.attempt))?.rules ?? [] };
}

function charged(deal: Deal, reviewDueAt: Date | null, at: Date): ChargeOutcome {
  const reviewForMs = reviewDueAt && !deal.releasedAt ? Math.max(0, reviewDueAt.getTime() - at.getTime()) : null;
  return { kind: 'charged', reviewForMs, cancelRequested: deal.status === 'PENDING' || deal.status === 'CANCELLED' };
}

function ruledAnswer({ verdict, paymentKey }: Ruling, at: Date): ChargeAnswer {
  if (verdict === 'failed') return { kind: 'declined', code: 'ruled-failed' };
  if (!paymentKey) throw new Error('a charge cannot be ruled done without its paymentKey');
  return { kind: 'done', paymentKey, approvedAt: at };
}

/**
 * The result: row, ledger and edge in one transaction. A charge found done after a cancel stays PENDING, to be
 * refunded.
 */
async function closeCharge(trx: Trx, request: ChargeRequest, answer: ChargeAnswer, at: Date): Promise<ChargeOutcome> {
  const deal = await lockDeal(trx, request.dealId);
  const payment = await findPayment(trx, deal.id, request.attempt);
  if (!payment) throw new Error(`deal ${deal.id}: attempt ${request.attempt} vanished`);
  if (payment.status !== 'PENDING') return storedOutcome(trx, deal, payment, at);
  const news = { dealNo: deal.dealNo, leg: 'charge', attempt: payment.attempt } as const;
  if (answer.kind === 'declined') {
    await closeNews(trx, { ...news, says: 'failed' });
    await markDeclined(trx, payment.id, answer.code, at);
    await releaseDecision(trx, deal.id, payment.attempt);
    await setWaiting(trx, deal, { reason: 'card-needed', nextMoveAt: deal.expiresAt }, at);
    // A cancelled deal has left the sum of what is in flight already, if the watch has looked since.
    if (!deal.cancelRequestedAt) await takeBackPromise(trx, deal.principal);
    return { kind: 'declined', code: answer.code };
  }
  await bookCharge(trx, deal, payment, answer, at);
  // What agrees is closed; another charge told of under this order stays open, and the sweep brings it to a person.
  await hasContradiction(trx, news);
  if (deal.cancelRequestedAt) return charged(deal, null, at);
  const risk = await findDecision(trx, deal.id, payment.attempt);
  const reviewDueAt = risk?.verdict === 'ALERT' ? new Date(at.getTime() + request.holdMs) : null;
  if (reviewDueAt) await holdForReview(trx, deal, reviewDueAt);
  const edge = {
    to: 'PAID',
    actor: 'system',
    ...(request.ruling ? { cause: 'ruled' as const, note: request.ruling.reason } : { cause: 'charged' as const }),
  } as const;
  const waiting = reviewDueAt && { waiting: { reason: 'risk-review' as const, nextMoveAt: reviewDueAt } };
  await moveDeal(trx, deal, { ...edge, ...waiting }, at);
  return charged({ ...deal, status: 'PAID' }, reviewDueAt, at);
}

async function bookCharge(
  trx: Trx,
  deal: Deal,
  payment: Payment,
  { paymentKey, approvedAt }: ChargeDone,
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

/** An attempt decided FAILED that charged after all: booked beside the deal, to be refunded at once (spec §5.4). */
async function bookLateCharge(trx: Trx, { dealId, attempt }: Payment, answer: ChargeDone): Promise<'charged'> {
  const deal = await lockDeal(trx, dealId);
  const payment = await findPayment(trx, dealId, attempt);
  if (payment?.status === 'FAILED') await bookCharge(trx, deal, payment, answer, answer.approvedAt, true);
  await closeNews(trx, { dealNo: deal.dealNo, leg: 'charge', attempt });
  await closeTasks(trx, dealId, ['late-news-unanswered']);
  return 'charged';
}
