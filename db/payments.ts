/** Charge attempts of a deal. */
import type { PaymentState } from '../workflows/domain/deal-state';
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db, Trx } from './connection';

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
  readonly deviceTextHash: string;
  /** 2–12; 0: the card is charged at once. */
  readonly installmentMonths: number;
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
  device_text_hash: string;
  installment_months: number;
  payment_key: string | null;
  decline_code: string | null;
  sent_at: Date | null;
  decided_at: Date | null;
  approved_at: Date | null;
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
  deviceTextHash: row.device_text_hash,
  installmentMonths: row.installment_months,
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

/** Whether this paymentKey is already that of another charge, of any deal. */
export async function isKeyOfAnother(
  db: Db,
  paymentKey: string,
  { dealId, attempt }: Pick<Payment, 'dealId' | 'attempt'>,
): Promise<boolean> {
  const [holder] = await db<Row>('payments').where({ payment_key: paymentKey }).select('deal_id', 'attempt');
  return holder !== undefined && (holder.deal_id !== dealId || holder.attempt !== attempt);
}

/** An attempt to charge. `refusal`: why it is over before anyone was asked; null: it is about to be sent. */
interface NewPayment
  extends Pick<
    Payment,
    'id' | 'dealId' | 'attempt' | 'orderId' | 'amount' | 'cardId' | 'deviceId' | 'deviceTextHash' | 'installmentMonths'
  > {
  readonly refusal: string | null;
}

/** Adds the attempt; nobody asks the PG before this is committed. */
export async function addPayment(trx: Trx, payment: NewPayment, at: Date): Promise<void> {
  const { refusal } = payment;
  await trx<Row>('payments').insert({
    id: payment.id,
    deal_id: payment.dealId,
    attempt: payment.attempt,
    order_id: payment.orderId,
    status: refusal === null ? 'PENDING' : 'FAILED',
    amount: `${payment.amount}`,
    card_id: payment.cardId,
    device_id: payment.deviceId,
    device_text_hash: payment.deviceTextHash,
    installment_months: payment.installmentMonths,
    decline_code: refusal,
    sent_at: refusal === null ? at : null,
    decided_at: refusal === null ? null : at,
  });
}

/** The PG declined it. */
export async function markDeclined(trx: Trx, id: string, code: string, at: Date): Promise<void> {
  await trx<Row>('payments').where({ id }).update({ status: 'FAILED', decline_code: code, decided_at: at });
}

/** The PG charged it. `late`: after it was decided FAILED, so it is to be given back beside the deal's own charge. */
export async function markCharged(
  trx: Trx,
  id: string,
  { paymentKey, approvedAt, late }: { paymentKey: string; approvedAt: Date; late: boolean },
  at: Date,
): Promise<void> {
  const charged = { status: 'PAID', payment_key: paymentKey, approved_at: approvedAt } as const;
  await trx<Row>('payments')
    .where({ id })
    .update({ ...charged, decided_at: at, late });
}

/** A signed event says that this FAILED attempt was charged under this key: proven beside the deal's own charge. */
export async function markClaimed(trx: Trx, id: string, paymentKey: string): Promise<void> {
  await trx<Row>('payments').where({ id, status: 'FAILED' }).update({ payment_key: paymentKey, late: true });
}

/** The claim was refuted: the attempt is what it was. */
export async function unclaim(trx: Trx, id: string): Promise<void> {
  await trx<Row>('payments').where({ id, status: 'FAILED' }).update({ payment_key: null, late: false });
}

/** So much of the charge has been given back in all, won. */
export async function markGivenBack(trx: Trx, { id, amount }: Payment, refunded: Won): Promise<void> {
  const status = refunded === amount ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  await trx<Row>('payments')
    .where({ id })
    .update({ status, refunded_amount: `${refunded}` });
}
