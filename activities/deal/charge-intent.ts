/**
 * The intent of a charge (spec §4.2, §5): what was decided before, an attempt that is undecided, or a new one that is
 * committed before the PG is asked.
 */
import { v7 as uuid } from 'uuid';
import { billingKeyOf } from '../../db/cards';
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, markConfirmed } from '../../db/deals';
import { barOf } from '../../db/doubts';
import { promisePrincipal } from '../../db/float';
import { closeTasks } from '../../db/operator-tasks';
import { addPayment, findPayment, type Payment } from '../../db/payments';
import { countCardCharge, findDecision, recheckLimits, storeDecision } from '../../db/risk';
import type { ChargeSubject } from '../../db/risk-patterns';
import { otherSends } from '../../db/sends';
import type { Log } from '../../infra/log';
import type { ChargeOutcome, ChargeRequest } from '../../workflows/deal/ports';
import { CHARGE_REFUSALS, isNeverSent } from '../../workflows/domain/charge-refusals';
import { orderIdOf } from '../../workflows/domain/ids';
import { mayCharge, type RiskDecision } from '../../workflows/domain/screening';
import { isCovered } from '../batches/float-watch';
import type { Intent } from '../money-step';
import { deviceOf } from '../risk/device';

/** An attempt, and what the PG must know of it. */
export interface Attempt {
  readonly payment: Payment;
  readonly billingKeyEncrypted: string;
  readonly dealNo: string;
  /** POSTing it again could charge anew, or decides nothing. */
  readonly isSpent: boolean;
}
type ChargeIntent = Intent<Attempt, ChargeOutcome>;
/** Asking again about an orderId this old could charge it anew. */
function isStale({ sentAt }: Payment, pgKeyWindowMs: number, at: Date): boolean {
  return at.getTime() - (sentAt?.getTime() ?? 0) > pgKeyWindowMs / 2;
}

/** The intent: what was decided before, or an attempt row that is committed before anyone is asked. */
export async function openCharge(trx: Trx, request: ChargeRequest, at: Date, log: Log): Promise<ChargeIntent> {
  const deal = await lockDeal(trx, request.dealId);
  const payment = await findPayment(trx, deal.id, request.attempt);
  if (payment && payment.status !== 'PENDING') return { outcome: await storedOutcome(trx, deal, payment, at) };
  if (payment) {
    const isSpent = isStale(payment, request.pgKeyWindowMs, at) || (await isKeyRefused(trx, payment.orderId));
    return intentOf(trx, deal, payment, { isSpent, fresh: false });
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
  const { attempt, cardId, installmentMonths = 0 } = request;
  const device = deviceOf(request);
  const subject = { dealId: deal.id, attempt, userId: deal.userId, cardId, ...device };
  // What may have been charged by an earlier attempt is settled before another card is charged.
  const bar = await barOf(trx, deal.id, 'charge');
  const judged = bar === null ? await recheck(trx, subject, deal, request.decision, at) : null;
  const stopped = judged === null || (mayCharge(judged) && !(await isCovered(trx, deal.principal, log)));
  const decision = stopped ? withoutReservation(request.decision) : judged;
  await storeDecision(trx, { ...subject, principal: deal.principal, decision });
  const code = bar === null || bar === 'stopped' ? CHARGE_REFUSALS.stopped : CHARGE_REFUSALS.inDoubt;
  const refused = stopped ? { code, outcome: { kind: 'unavailable' } as const } : refusalOf(decision);
  const orderId = orderIdOf(deal.dealNo, attempt);
  const order = { id: uuid(), dealId: deal.id, attempt, orderId, amount: deal.total };
  const refusal = refused?.code ?? null;
  await addPayment(trx, { ...order, cardId, ...device, installmentMonths, refusal }, at);
  await markConfirmed(trx, deal, refused ? { reason: 'card-needed', nextMoveAt: deal.expiresAt } : null, at);
  // While the stores were down the workflow may have believed the charge unknown before there was one.
  if (deal.waitingReason === 'charge-unknown') await closeTasks(trx, deal.id, ['charge-unknown']);
  if (refused) return { outcome: refused.outcome };
  await countCardCharge(trx, cardId, at);
  const payment = await findPayment(trx, deal.id, attempt);
  if (!payment) throw new Error(`deal ${deal.id}: attempt ${attempt} vanished`);
  // Charges at the same moment may have taken what there was when it was looked at: the next try finds that.
  if (!(await promisePrincipal(trx, deal.principal))) throw new Error('the float was promised to others meanwhile');
  return intentOf(trx, deal, payment, { isSpent: false, fresh: true });
}

async function intentOf(
  trx: Trx,
  { dealNo }: Deal,
  payment: Payment,
  { isSpent, fresh }: { isSpent: boolean; fresh: boolean },
): Promise<ChargeIntent> {
  const billingKeyEncrypted = await billingKeyOf(trx, payment.cardId);
  const row = { payment, billingKeyEncrypted, dealNo, isSpent };
  return { row, key: payment.orderId, attempt: payment.attempt, fresh };
}

/** The PG did not know the card when it was asked again about a POST that nobody answered: only files decide it. */
async function isKeyRefused(trx: Trx, orderId: string): Promise<boolean> {
  const { unknownAt, answers } = await otherSends(trx, orderId, null);
  return unknownAt.length > 0 && answers.includes('key-refused');
}

async function recheck(trx: Trx, subject: ChargeSubject, { principal }: Deal, decision: RiskDecision, at: Date) {
  return mayCharge(decision) ? recheckLimits(trx, { ...subject, principal, screened: decision, at }) : decision;
}

/** Charges are stopped: whatever the screening said, nothing is reserved. */
const withoutReservation = (decision: RiskDecision): RiskDecision => ({ ...decision, verdict: 'UNAVAILABLE' });

function refusalOf(decision: RiskDecision): { code: string; outcome: ChargeOutcome } | null {
  if (decision.verdict === 'BLOCK')
    return { code: CHARGE_REFUSALS.blocked, outcome: { kind: 'blocked', rules: decision.rules } };
  if (decision.verdict === 'UNAVAILABLE')
    return { code: CHARGE_REFUSALS.unavailable, outcome: { kind: 'unavailable' } };
  return null;
}

/** What an earlier run of this attempt decided. */
export async function storedOutcome(trx: Trx, deal: Deal, payment: Payment, at: Date): Promise<ChargeOutcome> {
  if (payment.status !== 'FAILED' && !payment.late) {
    const passes = (await findDecision(trx, deal.id, payment.attempt))?.verdict === 'HOLD';
    return charged(deal, { dueAt: deal.reviewDueAt, passes }, at);
  }
  const { declineCode: code, attempt } = payment;
  if (!isNeverSent(code)) return { kind: 'declined', code: code ?? 'unknown', late: isLate(payment) };
  if (code !== CHARGE_REFUSALS.blocked) return { kind: 'unavailable' };
  return { kind: 'blocked', rules: (await findDecision(trx, deal.id, attempt))?.rules ?? [] };
}

/** A charge that stands, and how long its deal is held for review. */
export function charged(deal: Deal, { dueAt, passes }: Review, at: Date): ChargeOutcome {
  const reviewForMs = dueAt && !deal.releasedAt ? Math.max(0, dueAt.getTime() - at.getTime()) : null;
  const cancelRequested = deal.status === 'PENDING' || deal.status === 'CANCELLED';
  return { kind: 'charged', reviewForMs, ...(passes && { reviewPasses: true }), cancelRequested };
}

/** Until when a deal is held; null: it is not. `passes`: it goes on then by itself. */
export interface Review {
  readonly dueAt: Date | null;
  readonly passes: boolean;
}
export const NO_REVIEW: Review = { dueAt: null, passes: false };

const isLate = ({ late, status }: Payment): boolean => late && status === 'PAID';
