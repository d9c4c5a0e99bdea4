/** Transfer attempts of a deal (spec §4.4). */
import { isTerminalBankCode } from '../workflows/domain/bank-codes';
import type { TransferState } from '../workflows/domain/deal-state';
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import { isUndecidedTransfer } from '../workflows/domain/operator-actions';
import type { Db, Trx } from './connection';
import { decideJob } from './transfer-jobs';

export interface Transfer {
  readonly id: string;
  readonly dealId: DealId;
  readonly attempt: number;
  readonly reference: string;
  /** `YYYY-MM-DD` (KST): references are unique per trading date. */
  readonly tradingDate: string;
  readonly recipientId: string;
  /** Under which name it is sent, every time; null: a transfer of before that was kept. */
  readonly holderNameEncrypted: string | null;
  readonly amount: Won;
  readonly status: TransferState;
  readonly code: string | null;
  readonly lastSentAt: Date;
  /** The slip of one that a person made by hand, which no provider is ever asked about; null: PLIC sent it. */
  readonly bankReference: string | null;
}

/** The code of money that came back. */
const RETURNED = 'returned';

interface Row {
  id: string;
  deal_id: DealId;
  attempt: number;
  reference: string;
  trading_date: string;
  recipient_id: string;
  holder_name_encrypted: string | null;
  amount: string;
  status: TransferState;
  code: string | null;
  last_sent_at: Date;
  decided_at: Date | null;
  bank_reference: string | null;
}

const rowsOf = (db: Db, dealId: DealId) =>
  db<Row>('transfers')
    .select('*', db.raw("to_char(trading_date, 'YYYY-MM-DD') as trading_date"))
    .where({ deal_id: dealId });

/** The deal's last attempt, if any. */
export async function lastTransfer(db: Db, dealId: DealId): Promise<Transfer | undefined> {
  const row = await rowsOf(db, dealId).orderBy('attempt', 'desc').first();
  return row && fromRow(row);
}

/** The n-th attempt, if it was made. */
export async function findTransfer(db: Db, dealId: DealId, attempt: number): Promise<Transfer | undefined> {
  const row = await rowsOf(db, dealId).where({ attempt }).first();
  return row && fromRow(row);
}

const fromRow = (row: Row): Transfer => ({
  id: row.id,
  dealId: row.deal_id,
  attempt: row.attempt,
  reference: row.reference,
  tradingDate: row.trading_date,
  recipientId: row.recipient_id,
  holderNameEncrypted: row.holder_name_encrypted,
  amount: parseWon(row.amount),
  status: row.status,
  code: row.code,
  lastSentAt: row.last_sent_at,
  bankReference: row.bank_reference,
});

/** Whether the attempt was sent and its fate is not known. */
export function isUndecided(transfer: Transfer): boolean {
  return isUndecidedTransfer(transfer.status);
}

/** Whether only another account can mend the failure: the account cannot be paid, or gave the money back. */
export function needsAnotherAccount({ status, code }: Transfer): boolean {
  return status === 'RETURNED' || (status === 'FAILED' && isTerminalBankCode(code ?? ''));
}

/** Adds the attempt; nobody asks the bank before this is committed. */
export async function addTransfer(trx: Trx, transfer: Transfer): Promise<void> {
  await trx<Row>('transfers').insert({
    id: transfer.id,
    deal_id: transfer.dealId,
    attempt: transfer.attempt,
    reference: transfer.reference,
    trading_date: transfer.tradingDate,
    recipient_id: transfer.recipientId,
    holder_name_encrypted: transfer.holderNameEncrypted,
    amount: `${transfer.amount}`,
    last_sent_at: transfer.lastSentAt,
  });
}

/** Whether this reference may be sent once more; it is noted before it is. */
export async function markSentAgain(db: Db, { id }: Transfer, at: Date): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `update transfers set last_sent_at = :at
     where id = :id and status = 'PENDING' and barred_by(deal_id, 'transfer') is null`,
    { id, at },
  );
  return rowCount === 1;
}

/** The bank has it and is still deciding. */
export async function markProcessing(trx: Trx, id: string, code: string): Promise<void> {
  await trx<Row>('transfers').where({ id }).update({ status: 'PROCESSING', code });
}

/** The attempt has its result, and so has the one job of its deal. */
export async function decideTransfer(
  trx: Trx,
  { id, dealId }: Transfer,
  status: 'COMPLETED' | 'FAILED' | 'RETURNED',
  code: string,
  at: Date,
): Promise<void> {
  const decided = { status, code: status === 'RETURNED' ? RETURNED : code, decided_at: at };
  await trx<Row>('transfers').where({ id }).update(decided);
  await decideJob(trx, dealId, status === 'COMPLETED' ? 'COMPLETED' : 'FAILED', at);
}

/** What the bank had paid came back: the attempt was decided before, its money is not where it was. */
export async function markReturned(trx: Trx, { id, dealId }: Transfer, at: Date): Promise<void> {
  await trx<Row>('transfers').where({ id }).update({ status: 'RETURNED', code: RETURNED });
  await decideJob(trx, dealId, 'FAILED', at);
}
