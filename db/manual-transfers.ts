/** Transfers that a person made by hand, at the bank's own console (spec §9): rows of `transfers` with evidence. */
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db, Trx } from './connection';
import { claimJob, decideJob } from './transfer-jobs';
import type { Transfer } from './transfers';

/** The bank's number of a slip, and the day (`YYYY-MM-DD`, KST) on which the bank moved the money. */
interface Slip {
  readonly bankReference: string;
  readonly tradingDate: string;
}

interface Evidence {
  readonly evidence: string;
  readonly evidenceAt: string;
  /** Who says that it was paid. */
  readonly actor: string;
}

interface BookedSlip {
  readonly dealId: DealId;
  readonly dealNo: string;
  readonly amount: Won;
  /** The money came back, or never left: it pays nothing any more. */
  readonly isReturned: boolean;
}

/** What was booked under this slip; undefined: nothing. */
export async function findBySlip(db: Db, { bankReference, tradingDate }: Slip): Promise<BookedSlip | undefined> {
  const row = await db('transfers as t')
    .join('deals as d', 'd.id', 't.deal_id')
    .where({ 't.bank_reference': bankReference, 't.trading_date': tradingDate })
    .first('t.deal_id', 'd.deal_no', 't.amount', 't.status');
  if (!row) return undefined;
  const { deal_id: dealId, deal_no: dealNo, amount, status } = row;
  return { dealId, dealNo, amount: parseWon(amount), isReturned: status === 'RETURNED' };
}

/** Who was the last to say that they pay the deal by hand; null: nobody ever did. */
export async function payerByHand(db: Db, dealId: DealId): Promise<string | null> {
  const said = db('deal_events').where({ deal_id: dealId, cause: 'pay-by-hand' }).orderBy('id', 'desc');
  return (await said.first('actor'))?.actor ?? null;
}

/** Whether a person paid a deal out by hand under this number. */
export const isSlip = async (db: Db, reference: string): Promise<boolean> =>
  (await db('transfers').where({ bank_reference: reference }).first('id')) !== undefined;

/** Whether a statement's line of this reference is another money event's: a transfer of ours, or the owner's. */
export async function isReferenceTaken(db: Db, reference: string): Promise<boolean> {
  const [transfer, funds] = await Promise.all([
    db('transfers').where({ reference }).first('id'),
    db('owner_funds').where({ reference }).first('id'),
  ]);
  return transfer !== undefined || funds !== undefined;
}

/** The KST day on which the charge that the deal stands on was made; null: there is none. */
export async function chargedOn(db: Db, dealId: DealId): Promise<string | null> {
  const row = await db('payments')
    .where({ deal_id: dealId, late: false })
    .whereIn('status', ['PAID', 'PARTIALLY_REFUNDED'])
    .first(db.raw(`to_char(approved_at at time zone 'Asia/Seoul', 'YYYY-MM-DD') as day`));
  return row?.day ?? null;
}

/** The first day since then (`YYYY-MM-DD`; null: ever) whose statement has a payment under this slip's number. */
export async function paidOn(db: Db, bankReference: string, since: string | null): Promise<string | undefined> {
  const line = db('statement_lines').where({ reference: bankReference }).where('amount', '<', 0).orderBy('day');
  if (since !== null) line.where('day', '>=', since);
  return (await line.first(db.raw(`to_char(day, 'YYYY-MM-DD') as paid`)))?.paid;
}

/** Adds the attempt as paid, with the job of its deal; nothing was sent for it, and nothing will be. */
export async function addManualTransfer(
  trx: Trx,
  transfer: Transfer,
  { evidence, evidenceAt, actor }: Evidence,
): Promise<void> {
  const { dealId, attempt, amount, lastSentAt: at } = transfer;
  await claimJob(trx, dealId, amount, attempt, at);
  await trx('transfers').insert({
    id: transfer.id,
    deal_id: dealId,
    attempt,
    reference: transfer.reference,
    trading_date: transfer.tradingDate,
    recipient_id: transfer.recipientId,
    holder_name_encrypted: transfer.holderNameEncrypted,
    amount: `${amount}`,
    status: transfer.status,
    code: transfer.code,
    last_sent_at: at,
    decided_at: at,
    bank_reference: transfer.bankReference,
    evidence,
    evidence_at: new Date(evidenceAt),
    paid_by: actor,
  });
  await decideJob(trx, dealId, 'COMPLETED', at);
}
