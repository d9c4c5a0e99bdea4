/** An operator's ruling, taken under the deal's lock: refused in words when its evidence does not prove it. */

import type { Trx } from '../../db/connection';
import { lockDeal, recordAction } from '../../db/deals';
import { findPayment, isKeyOfAnother } from '../../db/payments';
import { refundsOf } from '../../db/refunds';
import { addRuling, endRulings, isRuled } from '../../db/rulings';
import { lastSendAt } from '../../db/sends';
import { findTransfer, isUndecided } from '../../db/transfers';
import type { NoteOutcome, RequestActivities } from '../../workflows/deal/ports';
import { isYetToCome, type Ruling } from '../../workflows/domain/deal-actions';
import type { DealId } from '../../workflows/domain/ids';
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
        const { dealId, leg, attempt, verdict, evidence, actor, reason } = ruling;
        const deal = await lockDeal(trx, dealId);
        if (await isRuled(trx, dealId, ruling)) return { kind: 'noted' }; // by a try whose answer got lost
        const why = await objection(trx, ruling, clock());
        if (why !== null) return { kind: 'refused', why };
        await addRuling(trx, dealId, ruling);
        if (leg === 'charge') await bookDeclined(trx, ruling);
        await recordAction(trx, deal, 'rule', {
          ...{ actor, reason: `${leg} ${attempt} ${verdict} (${evidence}): ${reason}` },
        });
        return { kind: 'noted' };
      }),
  };
}

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
    const isFree = !payment?.late || payment.paymentKey === paymentKey; // of any claim but this one
    const isDeclined = payment?.status === 'FAILED' && payment.sentAt !== null && isFree;
    return payment?.status === 'PENDING' || (verdict === 'done' && isDeclined) ? payment.orderId : null;
  }
  if (leg === 'transfer') {
    const transfer = await findTransfer(trx, dealId, attempt);
    return transfer && isUndecided(transfer) ? transfer.reference : null;
  }
  const refund = (await refundsOf(trx, dealId)).find(({ n, status }) => n === attempt && status === 'PENDING');
  return refund?.idempotencyKey ?? null;
}
