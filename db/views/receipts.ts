/** What a payer's deal was charged, what arrived and what came back: the facts of a receipt. */
import type { DealState, PaymentState, TransferState } from '../../workflows/domain/deal-state';
import { parseWon, type Won } from '../../workflows/domain/money';
import type { Db } from '../connection';

interface Charge {
  readonly orderId: string;
  readonly status: PaymentState;
  readonly amount: number;
  readonly refundedAmount: number;
  readonly approvedAt: string;
  readonly installmentMonths: number;
  readonly maskedNumber: string;
  readonly issuer: string;
}

interface GivenBack {
  readonly status: 'PENDING' | 'DONE';
  readonly amount: number;
  readonly principal: number;
  readonly fee: number;
  /** When the PG did it; null: not yet. */
  readonly at: string | null;
}

/** What the card issuer took back, or may. */
interface Dispute {
  readonly status: 'OPEN' | 'LOST';
  readonly amount: number;
  /** When it was opened or, lost, decided. */
  readonly at: string;
}

interface Sent {
  readonly status: TransferState;
  readonly amount: number;
  /** `YYYY-MM-DD`, KST. */
  readonly tradingDate: string;
  readonly decidedAt: string | null;
  readonly bankCode: string;
  readonly accountLast4: string;
}

export interface ReceiptView {
  readonly id: string;
  readonly dealNo: string;
  readonly status: DealState;
  readonly purpose: string;
  readonly principal: Won;
  readonly fee: Won;
  readonly feeBps: number;
  readonly total: Won;
  readonly createdAt: Date;
  readonly bankCode: string;
  readonly accountLast4: string;
  /** Oldest first; empty: the deal was never charged. */
  readonly charges: readonly Charge[];
  readonly refunds: readonly GivenBack[];
  readonly disputes: readonly Dispute[];
  /** The last attempt to send the principal; null: none. */
  readonly transfer: Sent | null;
}

interface Row {
  id: string;
  deal_no: string;
  status: DealState;
  purpose: string;
  principal: string;
  fee: string;
  fee_bps: number;
  total: string;
  created_at: Date;
  bank_code: string;
  account_last4: string;
  charges: Charge[];
  refunds: GivenBack[];
  disputes: Dispute[];
  transfer: Sent | null;
}

const CHARGES = `(select coalesce(jsonb_agg(jsonb_build_object('orderId', p.order_id, 'status', p.status,
  'amount', p.amount, 'refundedAmount', p.refunded_amount, 'approvedAt', p.approved_at,
  'installmentMonths', p.installment_months,
  'maskedNumber', c.masked_number, 'issuer', c.issuer) order by p.attempt), '[]')
  from payments p join cards c on c.id = p.card_id
  where p.deal_id = deals.id and p.approved_at is not null) as charges`;
const REFUNDS = `(select coalesce(jsonb_agg(jsonb_build_object('status', r.status, 'amount', r.amount,
  'principal', r.principal, 'fee', r.fee, 'at', r.decided_at) order by r.n), '[]')
  from refunds r where r.deal_id = deals.id and r.status <> 'REJECTED') as refunds`;
const DISPUTES = `(select coalesce(jsonb_agg(jsonb_build_object('status', b.status, 'amount', b.amount,
  'at', coalesce(b.decided_at, b.opened_at)) order by b.opened_at), '[]')
  from chargebacks b where b.deal_id = deals.id and b.status <> 'WON') as disputes`;
const TRANSFER = `(select jsonb_build_object('status', t.status, 'amount', t.amount,
  'tradingDate', t.trading_date::text, 'decidedAt', t.decided_at, 'bankCode', a.bank_code,
  'accountLast4', a.account_last4)
  from transfers t join bank_accounts a on a.id = t.recipient_id
  where t.deal_id = deals.id order by t.attempt desc limit 1) as transfer`;

/** The facts of the payer's deal; undefined when there is none or it is another's. */
export async function findReceipt(db: Db, userId: string, dealId: string): Promise<ReceiptView | undefined> {
  const row: Row | undefined = await db('deals')
    .join('bank_accounts as b', 'b.id', 'deals.recipient_id')
    .where({ 'deals.id': dealId, 'deals.user_id': userId })
    .first(
      'deals.*',
      'b.bank_code',
      'b.account_last4',
      db.raw(CHARGES),
      db.raw(REFUNDS),
      db.raw(DISPUTES),
      db.raw(TRANSFER),
    );
  return (
    row && {
      id: row.id,
      dealNo: row.deal_no,
      status: row.status,
      purpose: row.purpose,
      principal: parseWon(row.principal),
      fee: parseWon(row.fee),
      feeBps: row.fee_bps,
      total: parseWon(row.total),
      createdAt: row.created_at,
      bankCode: row.bank_code,
      accountLast4: row.account_last4,
      charges: row.charges,
      refunds: row.refunds,
      disputes: row.disputes,
      transfer: row.transfer,
    }
  );
}
