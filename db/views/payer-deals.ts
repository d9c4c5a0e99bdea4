/**
 * Deals as the API makes and shows them. Money moves elsewhere: the workflow is the one writer of a deal (spec §5.5).
 */
import type { Knex } from 'knex';
import type { Cause } from '../../workflows/domain/causes';
import type { DealCategory } from '../../workflows/domain/deal-category';
import type { DealState, PaymentState, TransferState, WaitReason } from '../../workflows/domain/deal-state';
import type { Quote } from '../../workflows/domain/fees';
import type { DealId } from '../../workflows/domain/ids';
import { parseWon, type Won } from '../../workflows/domain/money';
import type { Db } from '../connection';
import { type Page, type PageRequest, pageOf } from '../cursor';

export interface PaymentView {
  readonly id: string;
  readonly attempt: number;
  readonly orderId: string;
  readonly status: PaymentState;
  readonly amount: number;
  readonly refundedAmount: number;
  readonly cardId: string;
  /** 0: charged at once. */
  readonly installmentMonths: number;
  readonly declineCode: string | null;
  /** Decided FAILED, then found charged: not the deal's own charge. */
  readonly late: boolean;
  readonly createdAt: string;
}

interface TransferView {
  readonly id: string;
  readonly attempt: number;
  readonly reference: string;
  /** `YYYY-MM-DD`, KST. */
  readonly tradingDate: string;
  readonly status: TransferState;
  readonly amount: number;
  readonly code: string | null;
}

interface RecipientView {
  readonly id: string;
  readonly bankCode: string;
  readonly accountLast4: string;
  /** Null: its term is over. */
  readonly holderNameEncrypted: string | null;
}

interface CardView {
  readonly id: string;
  readonly maskedNumber: string;
  readonly issuer: string;
  readonly nicknameEncrypted: string | null;
}

/** The last refund of the deal's own charge. */
interface RefundView {
  readonly at: string;
  /** `YYYY-MM-DD`; null of a refund from before this was kept. */
  readonly statementBy: string | null;
}

/** One deal with everything its payer may see. */
export interface DealView extends Quote {
  readonly id: DealId;
  readonly dealNo: string;
  readonly userId: string;
  readonly recipientId: string;
  /** Whom it pays, also one that its payer has removed since. */
  readonly recipient: RecipientView;
  /** The card that is being charged or was; null before that. */
  readonly card: CardView | null;
  readonly feeBps: number;
  readonly category: DealCategory;
  /** Empty once its term is over. */
  readonly purpose: string;
  readonly status: DealState;
  readonly version: number;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  /** When the recipient was paid; null: not yet, or the bank has returned it. */
  readonly completedAt: Date | null;
  readonly refund: RefundView | null;
  readonly cancelRequested: boolean;
  /** Why no card may be charged now, of a deal that has none (`barOf`); null: nothing is in the way. */
  readonly chargeBar: string | null;
  readonly waiting: { readonly reason: WaitReason; readonly since: Date; readonly nextMoveAt: Date | null } | null;
  readonly payments: readonly PaymentView[];
  readonly transfers: readonly TransferView[];
}

interface Row {
  id: DealId;
  deal_no: string;
  user_id: string;
  recipient_id: string;
  recipient: RecipientView;
  card: CardView | null;
  fee_bps: number;
  category: DealCategory;
  purpose: string;
  status: DealState;
  version: number;
  principal: string;
  fee: string;
  total: string;
  expires_at: Date;
  created_at: Date;
  completed_at: Date | null;
  refund: RefundView | null;
  cancel_requested_at: Date | null;
  charge_bar: string | null;
  waiting_reason: WaitReason | null;
  waiting_since: Date | null;
  next_move_at: Date | null;
  payments: PaymentView[];
  transfers: TransferView[];
}

const PAYMENTS = `(select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'attempt', p.attempt, 'orderId', p.order_id,
  'status', p.status, 'amount', p.amount, 'refundedAmount', p.refunded_amount, 'cardId', p.card_id,
  'installmentMonths', p.installment_months, 'declineCode', p.decline_code, 'late', p.late, 'createdAt', p.created_at)
  order by p.attempt), '[]') from payments p where p.deal_id = deals.id) as payments`;
const TRANSFERS = `(select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'attempt', t.attempt,
  'reference', t.reference, 'tradingDate', t.trading_date::text, 'status', t.status, 'amount', t.amount, 'code', t.code)
  order by t.attempt), '[]')
  from transfers t where t.deal_id = deals.id) as transfers`;

const RECIPIENT = `(select jsonb_build_object('id', b.id, 'bankCode', b.bank_code, 'accountLast4', b.account_last4,
  'holderNameEncrypted', b.holder_name_encrypted) from bank_accounts b where b.id = deals.recipient_id) as recipient`;
const CARD = `(select jsonb_build_object('id', c.id, 'maskedNumber', c.masked_number, 'issuer', c.issuer,
  'nicknameEncrypted', c.nickname_encrypted)
  from payments p join cards c on c.id = p.card_id
  where p.deal_id = deals.id and not p.late and p.status not in ('FAILED', 'CANCELLED')
  order by p.attempt desc limit 1) as card`;
const REFUND = `(select jsonb_build_object('at', r.decided_at, 'statementBy', r.statement_by)
  from refunds r join payments p on p.id = r.payment_id
  where r.deal_id = deals.id and r.status = 'DONE' and not p.late order by r.n desc limit 1) as refund`;
const CHARGE_BAR = `case when deals.status = 'PENDING' then barred_by(deals.id, 'charge') end as charge_bar`;

/** One statement, however many deals: what belongs to a deal is found beside it by its keys. */
const views = (db: Db) =>
  db('deals').select(
    'deals.*',
    ...[PAYMENTS, TRANSFERS, RECIPIENT, CARD, REFUND, CHARGE_BAR].map((one) => db.raw(one)),
  );

const fromRow = (row: Row): DealView => ({
  id: row.id,
  dealNo: row.deal_no,
  userId: row.user_id,
  recipientId: row.recipient_id,
  recipient: row.recipient,
  card: row.card,
  feeBps: row.fee_bps,
  category: row.category,
  purpose: row.purpose,
  status: row.status,
  version: row.version,
  principal: parseWon(row.principal),
  fee: parseWon(row.fee),
  total: parseWon(row.total),
  expiresAt: row.expires_at,
  createdAt: row.created_at,
  completedAt: row.status === 'COMPLETED' ? row.completed_at : null,
  refund: row.refund,
  cancelRequested: row.cancel_requested_at !== null,
  chargeBar: row.charge_bar,
  waiting:
    row.waiting_reason && row.waiting_since
      ? { reason: row.waiting_reason, since: row.waiting_since, nextMoveAt: row.next_move_at }
      : null,
  payments: row.payments,
  transfers: row.transfers,
});

/** The payer's deal; undefined when there is none or it is another's. */
export async function findDealView(db: Db, userId: string, dealId: string): Promise<DealView | undefined> {
  const row: Row | undefined = await views(db).where({ id: dealId, user_id: userId }).first();
  return row && fromRow(row);
}

/** Those of the payer's deals that have these ids, in no order. */
export async function findDealViews(db: Db, userId: string, ids: readonly string[]): Promise<DealView[]> {
  const rows: Row[] = await views(db).whereIn('deals.id', ids).where('deals.user_id', userId);
  return rows.map(fromRow);
}

/** The payer's deals, newest first; `narrow` adds conditions on `deals`. */
export async function listDealViews(
  db: Db,
  userId: string,
  { narrow, ...page }: PageRequest & { readonly narrow: (query: Knex.QueryBuilder) => void },
): Promise<Page<DealView>> {
  const query = views(db);
  narrow(query);
  return pageOf(query, { ...page, table: 'deals', userId }, fromRow);
}

export interface NewDeal extends Quote {
  readonly id: string;
  readonly dealNo: string;
  readonly userId: string;
  readonly recipientId: string;
  readonly feeBps: number;
  readonly category: DealCategory;
  readonly purpose: string;
  /** What the recipient's statement will show. */
  readonly memoEncrypted: string;
  /** By the payer's wish: it is not the default. */
  readonly memoChanged: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Adds a quote with its first event, in one statement; a deal with this id that is already there stays as it is. */
export async function addDeal(db: Db, deal: NewDeal): Promise<void> {
  await db.raw(
    `with created as (
       insert into deals (id, deal_no, user_id, recipient_id, principal, fee, fee_bps, total, category, purpose,
         created_at, expires_at, memo_encrypted, memo_changed, waiting_reason, waiting_since, next_move_at)
       values (:id, :dealNo, :userId, :recipientId, :principal, :fee, :feeBps, :total, :category, :purpose,
         :createdAt, :expiresAt, :memoEncrypted, :memoChanged, 'card-needed', :createdAt, :expiresAt)
       on conflict (id) do nothing returning id, version)
     insert into deal_events (deal_id, deal_version, from_state, to_state, actor, cause, at)
     select id, version, null, 'PENDING', 'payer', 'created', :createdAt from created`,
    { ...deal },
  );
}

/** A deal of the payer, not cancelled, for the same recipient and principal, made since the instant; not `except`. */
export async function findSimilarDeal(
  db: Db,
  deal: { userId: string; recipientId: string; principal: Won; since: Date; except: string },
): Promise<{ id: string; dealNo: string } | undefined> {
  const row: { id: string; deal_no: string } | undefined = await db('deals')
    .where({ user_id: deal.userId, recipient_id: deal.recipientId, principal: deal.principal })
    .where('created_at', '>=', deal.since)
    .whereNot({ id: deal.except })
    .whereNot({ status: 'CANCELLED' })
    .orderBy('created_at', 'desc')
    .first('id', 'deal_no');
  return row && { id: row.id, dealNo: row.deal_no };
}

export interface TimelineItem {
  readonly at: Date;
  readonly from: DealState | null;
  readonly to: DealState;
  readonly actor: string;
  readonly cause: Cause;
}

/** The columns of an edge as a payer sees it. */
export const timelineColumns = ['at', 'from_state as from', 'to_state as to', 'actor', 'cause'] as const;

/** Every edge of the payer's deal, oldest first; undefined when there is no such deal of the payer. */
export async function timelineOf(db: Db, userId: string, dealId: string): Promise<TimelineItem[] | undefined> {
  const rows: TimelineItem[] = await db('deal_events')
    .join('deals', 'deals.id', 'deal_events.deal_id')
    .where({ 'deals.id': dealId, 'deals.user_id': userId })
    .whereNotNull('deal_events.deal_version')
    .orderBy('deal_events.deal_version')
    .select(...timelineColumns);
  return rows.length > 0 ? rows : undefined; // a deal has at least the event of its creation
}
