/** Single charges, transfers, refunds and disputes as operators list them, over all deals; newest first. */
import type { Knex } from 'knex';
import type { PaymentState, TransferState } from '../../workflows/domain/deal-state';
import type { Db } from '../connection';
import { type Listing, newestFirst, whole } from './admin-list';

/** Which rows; what is absent narrows nothing. */
interface LegFilter<S extends string> {
  readonly status?: S | undefined;
  readonly dealId?: string | undefined;
  /** Made at this instant or later, and before the other. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

interface Leg<S extends string> {
  readonly id: string;
  readonly dealId: string;
  readonly dealNo: string;
  readonly status: S;
  readonly amount: number;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
}

const NEWEST = newestFirst('leg');

const LEG = {
  ...{ id: 'leg.id', dealId: 'leg.deal_id', dealNo: '(select deal_no from deals where id = leg.deal_id)' },
  ...{ status: 'leg.status', amount: whole('leg.amount'), createdAt: 'leg.created_at', decidedAt: 'leg.decided_at' },
} as const;

const finder =
  <S extends string>(table: string) =>
  (db: Db, { status, dealId, since, until }: LegFilter<S>): Knex.QueryBuilder => {
    const query = db(`${table} as leg`);
    if (status !== undefined) query.where('leg.status', status);
    if (dealId !== undefined) query.where('leg.deal_id', dealId);
    if (since) query.where('leg.created_at', '>=', since);
    if (until) query.where('leg.created_at', '<', until);
    return query;
  };

export interface AdminPayment extends Leg<PaymentState> {
  readonly attempt: number;
  readonly orderId: string;
  readonly paymentKey: string | null;
  readonly refundedAmount: number;
  readonly cardId: string;
  readonly cardNumber: string;
  readonly issuer: string;
  readonly installmentMonths: number;
  readonly declineCode: string | null;
  /** When the PG was first asked. */
  readonly sentAt: Date | null;
  readonly approvedAt: Date | null;
  readonly late: boolean;
}

const card = (column: string): string => `(select ${column} from cards where id = leg.card_id)`;

export const adminPayments: Listing<LegFilter<PaymentState>, AdminPayment> = {
  find: finder('payments'),
  order: () => NEWEST,
  since: 'leg.created_at',
  shown: {
    ...LEG,
    ...{ attempt: 'leg.attempt', orderId: 'leg.order_id', paymentKey: 'leg.payment_key', late: 'leg.late' },
    ...{ refundedAmount: whole('leg.refunded_amount'), installmentMonths: 'leg.installment_months' },
    ...{ cardId: 'leg.card_id', cardNumber: card('masked_number'), issuer: card('issuer') },
    ...{ declineCode: 'leg.decline_code', sentAt: 'leg.sent_at', approvedAt: 'leg.approved_at' },
  },
};

export interface AdminTransfer extends Leg<TransferState> {
  readonly attempt: number;
  readonly reference: string;
  /** `YYYY-MM-DD`, KST. */
  readonly tradingDate: string;
  readonly recipientId: string;
  readonly bankCode: string;
  readonly accountLast4: string;
  /** The bank's. */
  readonly code: string | null;
  readonly lastSentAt: Date;
}

const account = (column: string): string => `(select ${column} from bank_accounts where id = leg.recipient_id)`;

export const adminTransfers: Listing<LegFilter<TransferState>, AdminTransfer> = {
  find: finder('transfers'),
  order: () => NEWEST,
  since: 'leg.created_at',
  shown: {
    ...LEG,
    ...{ attempt: 'leg.attempt', reference: 'leg.reference', tradingDate: 'leg.trading_date::text', code: 'leg.code' },
    ...{ recipientId: 'leg.recipient_id', bankCode: account('bank_code'), accountLast4: account('account_last4') },
    lastSentAt: 'leg.last_sent_at',
  },
};

export const REFUND_STATES = ['PENDING', 'DONE', 'REJECTED'] as const;
type RefundState = (typeof REFUND_STATES)[number];
export interface AdminRefund extends Leg<RefundState> {
  readonly n: number;
  readonly paymentId: string;
  readonly key: string;
  readonly principal: number;
  readonly fee: number;
  /** `fee`: a part of the fee, by an operator's order. */
  readonly part: 'whole' | 'fee';
  readonly cause: string;
  readonly actor: string;
  readonly note: string | null;
  /** The day by which it is on the card statement. */
  readonly statementBy: string | null;
}

export const adminRefunds: Listing<LegFilter<RefundState>, AdminRefund> = {
  find: finder('refunds'),
  order: () => NEWEST,
  since: 'leg.created_at',
  shown: {
    ...LEG,
    ...{ n: 'leg.n', paymentId: 'leg.payment_id', key: 'leg.idempotency_key', statementBy: 'leg.statement_by::text' },
    ...{ principal: whole('leg.principal'), fee: whole('leg.fee') },
    part: `case when leg.request_id is null then 'whole' else 'fee' end`,
    ...{ cause: 'leg.cause', actor: 'leg.actor', note: 'leg.note' },
  },
};

export const CHARGEBACK_STATES = ['OPEN', 'WON', 'LOST'] as const;
type ChargebackState = (typeof CHARGEBACK_STATES)[number];
export interface AdminChargeback extends Leg<ChargebackState> {
  readonly paymentId: string;
  /** The PG's number of the case. */
  readonly reference: string;
  readonly evidence: string;
  readonly openedAt: Date;
}

export const adminChargebacks: Listing<LegFilter<ChargebackState>, AdminChargeback> = {
  find: finder('chargebacks'),
  order: () => NEWEST,
  since: 'leg.opened_at',
  shown: {
    ...LEG,
    ...{ paymentId: 'leg.payment_id', reference: 'leg.reference', evidence: 'leg.evidence' },
    openedAt: 'leg.opened_at',
  },
};
