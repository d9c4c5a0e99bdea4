/** An operator's ruling, taken under the deal's lock: refused in words when its evidence does not prove it. */

import type { Trx } from '../../db/connection';
import { lockDeal, recordAction } from '../../db/deals';
import { finishRequest, takeRequest } from '../../db/operator-requests';
import { findPayment, isKeyOfAnother } from '../../db/payments';
import { refundsOf } from '../../db/refunds';
import { addRuling, endRulings, isRuled } from '../../db/rulings';
import { lastSendAt } from '../../db/sends';
import { findTransfer } from '../../db/transfers';
import type { NoteOutcome, RequestActivities } from '../../workflows/deal/ports';
import { isYetToCome, type Ruling } from '../../workflows/domain/deal-actions';
import type { DealId } from '../../workflows/domain/ids';
import { isRulableCharge, isUndecidedTransfer } from '../../workflows/domain/operator-actions';
import { unsettledMs } from '../../workflows/domain/verdicts';
import { bookLateCharge } from './charge-news';
import type { RecordDeps } from './records';

type Asked = { dealId: DealId; notFoundSettleMs: number } & Ruling;

/** `recordRuling` over PostgreSQL. */
export function rulingActivities({
  db,
  clock,
}: Pick<RecordDeps, 'db' | 'clock'>): Pick<RequestActivities, 'recordRuling'> {
  return {
    recordRuling: (ruling) =>
      db.transaction(async (trx): Promise<NoteOutcome> => {
        const { dealId, leg, attempt, verdict, evidence, actor, reason, request } = ruling;
        const deal = await lockDeal(trx, dealId);
        const doing = { subject: deal.dealNo, input: ruledOf(ruling) };
        const taken = await takeRequest(trx, { request, kind: 'rule', dealId, doing });
        if (taken.kind === 'refused') return taken;
        if (taken.kind === 'done') return { kind: 'noted' }; // by a try whose answer got lost
        if (await isRuled(trx, dealId, ruling)) return { kind: 'refused', why: 'it is ruled so already' };
        const why = await objection(trx, ruling, clock());
        if (why !== null) return { kind: 'refused', why };
        await finishRequest(trx, taken.request);
        await addRuling(trx, dealId, ruling);
        if (leg === 'charge') await bookDeclined(trx, ruling);
        await recordAction(trx, deal, 'rule', {
          ...{ actor, reason: `${leg} ${attempt} ${verdict} (${evidence}): ${reason}`, request: taken.request },
        });
        return { kind: 'noted' };
      }),
  };
}

/** What of a ruling two people agree on. */
const ruledOf = ({ leg, attempt, verdict, evidence, evidenceAt, paymentKey }: Ruling) => ({
  ...{ leg, attempt, verdict, evidence, evidenceAt, paymentKey },
});

/** A declined attempt that was charged after all, as an operator found by its paymentKey: booked, to be given back. */
async function bookDeclined(trx: Trx, { dealId, attempt, paymentKey, evidenceAt }: Asked): Promise<void> {
  const payment = await findPayment(trx, dealId, attempt);
  if (payment?.status !== 'FAILED' || !paymentKey) return;
  await bookLateCharge(trx, payment, { paymentKey, approvedAt: new Date(evidenceAt) });
  await endRulings(trx, { dealId, leg: 'charge', attempt }, 'carried-out', 'booked late, and given back');
}

/** Why the ruling is not taken; null when it is. */
async function objection(trx: Trx, ruling: Asked, at: Date): Promise<string | null> {
  const { dealId, leg, attempt, verdict, paymentKey } = ruling;
  const evidenceAt = new Date(ruling.evidenceAt);
  if (isYetToCome(ruling.evidenceAt, at)) return 'its evidence is of a time that has not come yet';
  const key = await ruledKey(trx, ruling);
  if (key === null) return `${leg} ${attempt} is not undecided: it was never sent, or its outcome is known`;
  if (leg === 'charge' && verdict === 'done') {
    if (!paymentKey) return 'a done charge needs its paymentKey';
    if (await isKeyOfAnother(trx, paymentKey, { dealId, attempt })) return 'this paymentKey is of another charge';
  }
  const sent = await lastSendAt(trx, key);
  if (verdict === 'done' || sent === null) return null;
  const settleMs = leg === 'transfer' ? ruling.notFoundSettleMs : 0;
  if (evidenceAt <= sent || unsettledMs(sent, settleMs, evidenceAt) > 0)
    return `its evidence is older than the last send (${sent.toISOString()}) and the time that one may take`;
  return null;
}

/** The provider's name of what can be ruled; null when there is none such. A declined charge can be ruled done. */
async function ruledKey(trx: Trx, { dealId, leg, attempt, verdict, paymentKey }: Asked): Promise<string | null> {
  if (leg === 'charge') {
    const payment = await findPayment(trx, dealId, attempt);
    if (!payment) return null;
    const late = payment.late && payment.paymentKey !== paymentKey; // by any claim but this one
    const facts = { status: payment.status, wasSent: payment.sentAt !== null, late };
    return isRulableCharge(facts, verdict) ? payment.orderId : null;
  }
  if (leg === 'transfer') {
    const transfer = await findTransfer(trx, dealId, attempt);
    return transfer && isUndecidedTransfer(transfer.status) ? transfer.reference : null;
  }
  const refund = (await refundsOf(trx, dealId)).find(({ n, status }) => n === attempt && status === 'PENDING');
  return refund?.idempotencyKey ?? null;
}
