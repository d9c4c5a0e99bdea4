/** One charge attempt or one transfer of a payer's deals, by its id. */
import type { PaymentState, TransferState } from '../../workflows/domain/deal-state';
import { parseWon, type Won } from '../../workflows/domain/money';
import type { Db } from '../connection';

interface PayerPayment {
  readonly id: string;
  readonly dealId: string;
  readonly attempt: number;
  readonly orderId: string;
  readonly status: PaymentState;
  readonly amount: Won;
  readonly refundedAmount: Won;
  readonly cardId: string;
  /** 0: charged at once. */
  readonly installmentMonths: number;
  readonly declineCode: string | null;
  readonly createdAt: Date;
  /** When the PG charged it; null: it did not, or nobody knows yet. */
  readonly approvedAt: Date | null;
}

interface PayerTransfer {
  readonly id: string;
  readonly dealId: string;
  readonly attempt: number;
  readonly reference: string;
  /** `YYYY-MM-DD`, KST. */
  readonly tradingDate: string;
  readonly status: TransferState;
  readonly amount: Won;
  readonly code: string | null;
  readonly recipientId: string;
  readonly createdAt: Date;
  /** When its outcome was known; null: not yet. */
  readonly decidedAt: Date | null;
}

/** Of this table, if its deal is the payer's. */
const own = (db: Db, table: 'payments' | 'transfers', userId: string, id: string) =>
  db(table)
    .join('deals', 'deals.id', `${table}.deal_id`)
    .where({ [`${table}.id`]: id, 'deals.user_id': userId })
    .select(`${table}.*`);

/** The payer's charge attempt; undefined when there is none or it is another's. */
export async function findPayerPayment(db: Db, userId: string, id: string): Promise<PayerPayment | undefined> {
  const row = await own(db, 'payments', userId, id).first();
  return (
    row && {
      id: row.id,
      dealId: row.deal_id,
      attempt: row.attempt,
      orderId: row.order_id,
      status: row.status,
      amount: parseWon(row.amount),
      refundedAmount: parseWon(row.refunded_amount),
      cardId: row.card_id,
      installmentMonths: row.installment_months,
      declineCode: row.decline_code,
      createdAt: row.created_at,
      approvedAt: row.approved_at,
    }
  );
}

/** The payer's transfer; undefined when there is none or it is of another's deal. */
export async function findPayerTransfer(db: Db, userId: string, id: string): Promise<PayerTransfer | undefined> {
  const date = db.raw('transfers.trading_date::text as day');
  const row = await own(db, 'transfers', userId, id).select(date).first();
  return (
    row && {
      id: row.id,
      dealId: row.deal_id,
      attempt: row.attempt,
      reference: row.reference,
      tradingDate: row.day,
      status: row.status,
      amount: parseWon(row.amount),
      code: row.code,
      recipientId: row.recipient_id,
      createdAt: row.created_at,
      decidedAt: row.decided_at,
    }
  );
}
