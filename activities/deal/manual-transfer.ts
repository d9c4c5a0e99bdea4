/**
 * A transfer that a person made by hand is booked (docs/operations.md): row, ledger, both edges and the notice in one
 * transaction. Only of a deal that was held for it (by-hand.ts), so that nothing else may have paid; the bank is asked
 * nothing.
 */
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, recordAction } from '../../db/deals';
import { addManualTransfer, chargedOn, findBySlip, isReferenceTaken } from '../../db/manual-transfers';
import { finishRequest, takeRequest } from '../../db/operator-requests';
import { lastTransfer, type Transfer } from '../../db/transfers';
import type { NoteOutcome, RequestActivities } from '../../workflows/deal/ports';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { DONE_CODE } from '../../workflows/domain/bank-codes';
import { isYetToCome } from '../../workflows/domain/deal-actions';
import { manualReferenceOf } from '../../workflows/domain/ids';
import { whyNotPrincipal } from '../../workflows/domain/operator-actions';
import { isHeldByHand } from './by-hand';
import type { MoneyDeps } from './money-deps';
import { type NextTransfer, nextTransfer } from './transfer-account';
import { bookDirectPayout, completeByHand } from './transfer-bookings';

type Paid = Parameters<RequestActivities['recordManualTransfer']>[0];

/** `recordManualTransfer` over PostgreSQL. */
export function manualTransferActivities(
  deps: Pick<MoneyDeps, 'db' | 'keys' | 'clock' | 'log'>,
): Pick<RequestActivities, 'recordManualTransfer'> {
  const { db, clock, log } = deps;
  return {
    async recordManualTransfer(paid) {
      const { dealId } = paid;
      const attempt = ((await lastTransfer(db, dealId))?.attempt ?? 0) + 1;
      const next = await nextTransfer(deps, { dealId, attempt });
      const outcome = await db.transaction(async (trx) => {
        const deal = await lockDeal(trx, dealId);
        const doing = { subject: deal.dealNo, input: slipOf(paid) };
        const taken = await takeRequest(trx, { request: paid.request, kind: 'manual-transfer', dealId, doing });
        if (taken.kind === 'refused') return taken;
        if (taken.kind === 'done') return NOTED; // by a try whose answer got lost
        const known = await findBySlip(trx, paid);
        if (known) return refused(`its slip of ${paid.tradingDate} pays ${known.dealNo} already`);
        const last = await lastTransfer(trx, dealId);
        const why = await objection(trx, deal, paid, clock());
        if (why !== null) return refused(why);
        // Judged again by the next try of this activity.
        if (next?.recipientId !== deal.recipientId || (last?.attempt ?? 0) + 1 !== attempt)
          throw new Error(`deal ${dealId}: it was changed meanwhile`);
        await finishRequest(trx, taken.request);
        await book(trx, deal, { ...paid, attempt, next }, clock());
        return NOTED;
      });
      log.warn({ dealId, outcome: outcome.kind }, 'an operator says that a deal was paid by hand');
      return outcome;
    },
  };
}

/** What of a transfer by hand two people agree on. */
const slipOf = ({ recipientId, bankReference, tradingDate, amount, evidence, evidenceAt }: Paid) => ({
  ...{ recipientId, bankReference, tradingDate, amount, evidence, evidenceAt },
});

const NOTED: NoteOutcome = { kind: 'noted' };
const refused = (why: string): NoteOutcome => ({ kind: 'refused', why });

/**
 * Why it is not booked, in words; null: it is. What was held is booked whatever has come to be doubted since: the money
 * has left.
 */
async function objection(trx: Trx, deal: Deal, paid: Paid, at: Date): Promise<string | null> {
  if (!isHeldByHand(deal)) return 'nobody has said that they pay it: order pay-by-hand before you do';
  if (paid.recipientId !== deal.recipientId) return `it is paid to recipient ${deal.recipientId}, not to another one`;
  return whyNotTheSlip(trx, deal, paid, at);
}

async function whyNotTheSlip(trx: Trx, deal: Deal, paid: Paid, at: Date): Promise<string | null> {
  const { bankReference, tradingDate, amount, evidenceAt } = paid;
  const why = whyNotPrincipal(deal.principal, amount);
  if (why !== null) return why;
  if (tradingDate > kstDayOf(at)) return `the trading date ${tradingDate} has not come yet`;
  const charged = await chargedOn(trx, deal.id);
  if (charged === null) return 'it has no charge';
  if (tradingDate < charged) return `the trading date ${tradingDate} is before the charge (${charged})`;
  if (isYetToCome(evidenceAt, at)) return 'its evidence is of a time that has not come yet';
  if (kstDayOf(new Date(evidenceAt)) < tradingDate) return 'its evidence is older than the payment';
  if (await isReferenceTaken(trx, bankReference))
    return `the number of its slip is a transfer that PLIC sent, or the owner's`;
  return null;
}

interface Booking extends Paid {
  readonly attempt: number;
  readonly next: NextTransfer;
}

async function book(trx: Trx, deal: Deal, { attempt, next, ...paid }: Booking, at: Date): Promise<void> {
  const { bankReference, tradingDate, evidence, actor, reason, request } = paid;
  const transfer: Transfer = {
    ...next,
    dealId: deal.id,
    attempt,
    reference: manualReferenceOf(deal.dealNo, attempt),
    tradingDate,
    amount: deal.principal,
    status: 'COMPLETED',
    code: DONE_CODE,
    lastSentAt: at,
    bankReference,
  };
  await addManualTransfer(trx, transfer, paid);
  await bookDirectPayout(trx, transfer);
  // The number of the slip is in the row: it may look like an account, and stories are kept for ever.
  const note = `${transfer.reference} of ${tradingDate} (${evidence}): ${reason}`;
  await recordAction(trx, deal, 'manual-transfer', { actor, reason: note, ...(request && { request }) });
  await completeByHand(trx, deal, actor, at);
}
