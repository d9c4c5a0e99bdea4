/**
 * Chargebacks (docs/operations.md): the PG tells of a charge that the card issuer took back, and later who was right.
 * No provider is called; the deal keeps its state, the ledger moves what the PG owes us into dispute, and a task stays
 * open until it is decided.
 */
import { v7 as uuid } from 'uuid';
import { addChargeback, decideChargeback, findChargeback, liveChargeback } from '../../db/chargebacks';
import type { Trx } from '../../db/connection';
import { type Deal, lockDeal, recordAction } from '../../db/deals';
import { endDoubts, raiseDoubt } from '../../db/doubts';
import { postEntries } from '../../db/ledger';
import { paymentsOf } from '../../db/payments';
import { refundsOf } from '../../db/refunds';
import type { NoteOutcome, RequestActivities } from '../../workflows/deal/ports';
import { chargebackLostPostings, chargebackPostings, chargebackWonPostings } from '../../workflows/domain/ledger';
import { subtractWon } from '../../workflows/domain/money';
import { whyNoChargeback } from '../../workflows/domain/operator-actions';
import type { RecordDeps } from './records';

type Note = Parameters<RequestActivities['recordChargeback']>[0];

const NOTED: NoteOutcome = { kind: 'noted' };
const refused = (why: string): NoteOutcome => ({ kind: 'refused', why });

/** `recordChargeback` over PostgreSQL. */
export function chargebackActivities({ db, clock, log }: RecordDeps): Pick<RequestActivities, 'recordChargeback'> {
  return {
    async recordChargeback(note) {
      const outcome = await db.transaction(async (trx) => {
        const deal = await lockDeal(trx, note.dealId);
        return note.standing === 'open' ? open(trx, deal, note) : decide(trx, deal, note, clock());
      });
      const { dealId, standing } = note;
      log.warn({ dealId, standing, outcome: outcome.kind }, 'a chargeback was noted');
      return outcome;
    },
  };
}

async function open(trx: Trx, deal: Deal, { reference, evidence, actor, reason }: Note): Promise<NoteOutcome> {
  const known = await findChargeback(trx, reference);
  if (known) return known.dealId === deal.id ? NOTED : refused(`case ${reference} is another deal's`);
  const payment = (await paymentsOf(trx, deal.id)).find((p) => !p.late && p.paymentKey !== null);
  const refunds = await refundsOf(trx, deal.id);
  const why = whyNoChargeback({
    ...{ state: deal.status, charge: payment?.status ?? null },
    isRefunding: refunds.some(({ paymentId, status }) => paymentId === payment?.id && status === 'PENDING'),
    isDisputed: payment !== undefined && (await liveChargeback(trx, payment.id)) !== undefined,
  });
  if (why !== null || !payment) return refused(why ?? 'it has no charge');
  const amount = subtractWon(payment.amount, payment.refundedAmount);
  await addChargeback(trx, { id: uuid(), dealId: deal.id, paymentId: payment.id, reference, amount, evidence });
  const postings = chargebackPostings(amount);
  await postEntries(trx, { dealId: deal.id, kind: 'chargeback', key: `chargeback:${reference}`, postings });
  const { attempt } = payment;
  await raiseDoubt(trx, { dealId: deal.id, kind: 'dispute-open', attempt, raisedBy: 'dispute', detail: reference });
  await recordAction(trx, deal, 'chargeback', { actor, reason: `${reference} opened (${evidence}): ${reason}` });
  return NOTED;
}

async function decide(trx: Trx, deal: Deal, note: Note, at: Date): Promise<NoteOutcome> {
  const { reference, standing, evidence, actor, reason } = note;
  const known = await findChargeback(trx, reference);
  if (!known || known.dealId !== deal.id) return refused(`this deal has no chargeback ${reference}`);
  const status = standing === 'won' ? 'WON' : 'LOST';
  if (known.status === status) return NOTED;
  if (known.status !== 'OPEN') return refused(`chargeback ${reference} was ${known.status.toLowerCase()} before`);
  await decideChargeback(trx, known.id, status, at);
  await postEntries(trx, {
    dealId: deal.id,
    kind: standing === 'won' ? 'chargeback-won' : 'chargeback-lost',
    key: `chargeback-${standing}:${reference}`,
    postings: standing === 'won' ? chargebackWonPostings(known.amount) : chargebackLostPostings(known.amount),
  });
  await endDoubts(trx, deal.id, { kinds: ['dispute-open'] }, 'verdict');
  await recordAction(trx, deal, 'chargeback', { actor, reason: `${reference} ${standing} (${evidence}): ${reason}` });
  return NOTED;
}
