/** Charge attempts of a deal. */
import type { PaymentState } from '../workflows/domain/deal-state';
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db } from './connection';

export interface Payment {
  readonly id: string;
  readonly dealId: DealId;
  readonly attempt: number;
  readonly orderId: string;
  readonly status: PaymentState;
  readonly amount: Won;
  readonly refundedAmount: Won;
  readonly cardId: string;
  readonly deviceId: string;
  readonly paymentKey: string | null;
  readonly declineCode: string | null;
  readonly sentAt: Date | null;
  readonly late: boolean;
}

interface Row {
  id: string;
  deal_id: DealId;
  attempt: number;
  order_id: string;
  status: PaymentState;
  amount: string;
  refunded_amount: string;
  card_id: string;
  device_id: string;
  payment_key: string | null;
  decline_code: string | null;
  sent_at: Date | null;
  late: boolean;
}

const fromRow = (row: Row): Payment => ({
  id: row.id,
  dealId: row.deal_id,
  attempt: row.attempt,
  orderId: row.order_id,
  status: row.status,
  amount: parseWon(row.amount),
  refundedAmount: parseWon(row.refunded_amount),
  cardId: row.card_id,
  deviceId: row.device_id,
  paymentKey: row.payment_key,
  declineCode: row.decline_code,
  sentAt: row.sent_at,
  late: row.late,
});

/** Every attempt of the deal, oldest first. */
export async function paymentsOf(db: Db, dealId: DealId): Promise<Payment[]> {
  return (await db<Row>('payments').where({ deal_id: dealId }).orderBy('attempt')).map(fromRow);
}

/** The n-th attempt, if it was made. */
export async function findPayment(db: Db, dealId: DealId, attempt: number): Promise<Payment | undefined> {
  const row = await db<Row>('payments').where({ deal_id: dealId, attempt }).first();
  return row && fromRow(row);
}
