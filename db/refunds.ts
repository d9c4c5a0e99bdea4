/** Refunds: each has its own intent row, and its key belongs to that row for ever (spec §6). */
import type { Cause } from '../workflows/domain/causes';
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db, Trx } from './connection';

export interface Refund {
  readonly id: string;
  readonly dealId: DealId;
  readonly paymentId: string;
  readonly n: number;
  readonly idempotencyKey: string;
  readonly principal: Won;
  readonly fee: Won;
  readonly amount: Won;
  readonly status: 'PENDING' | 'DONE' | 'REJECTED';
  /** Who began it and why; the edge that ends the deal names them. */
  readonly actor: string;
  readonly cause: Cause;
  /** An operator's words; null: none. */
  readonly note: string | null;
  /** Of a part of the fee: who asked for it names it. */
  readonly requestId: string | null;
  readonly createdAt: Date;
  /** The PG's answer contradicted the request. */
  readonly contradicted: boolean;
}

/** An intent that nobody has asked about yet. */
export type NewRefund = Omit<Refund, 'status' | 'createdAt' | 'contradicted'>;

interface Row {
  id: string;
  deal_id: DealId;
  payment_id: string;
  n: number;
  idempotency_key: string;
  principal: string;
  fee: string;
  amount: string;
  status: Refund['status'];
  actor: string;
  cause: Cause;
  note: string | null;
  request_id: string | null;
  created_at: Date;
  contradicted_at: Date | null;
  decided_at: Date | null;
  statement_by: string | null;
}

/**
 * Whether a refund of the deal's principal was begun and not rejected; one of a late charge is of money that no
 * transfer could use.
 */
export async function isPrincipalGivenBack(db: Db, dealId: DealId): Promise<boolean> {
  const begun = db('refunds as r')
    .join('payments as p', 'p.id', 'r.payment_id')
    .where({ 'r.deal_id': dealId, 'p.late': false });
  return (await begun.where('r.principal', '>', 0).whereNot({ 'r.status': 'REJECTED' }).first('r.id')) !== undefined;
}

/** Whether a refund beside the deal's course is undecided: of a late charge, or of a part of the fee. */
export async function isUndecidedBeside(db: Db, dealId: DealId, late: boolean): Promise<boolean> {
  const undecided = db('refunds as r')
    .join('payments as p', 'p.id', 'r.payment_id')
    .where({ 'r.deal_id': dealId, 'r.status': 'PENDING', 'p.late': late });
  if (!late) undecided.whereNotNull('r.request_id');
  return (await undecided.first('r.id')) !== undefined;
}

/** Every refund of the deal, oldest first. */
export async function refundsOf(db: Db, dealId: DealId): Promise<Refund[]> {
  const rows = await db<Row>('refunds').where({ deal_id: dealId }).orderBy('n');
  return rows.map((row) => ({
    id: row.id,
    dealId: row.deal_id,
    paymentId: row.payment_id,
    n: row.n,
    idempotencyKey: row.idempotency_key,
    principal: parseWon(row.principal),
    fee: parseWon(row.fee),
    amount: parseWon(row.amount),
    status: row.status,
    actor: row.actor,
    cause: row.cause,
    note: row.note,
    requestId: row.request_id,
    createdAt: row.created_at,
    contradicted: row.contradicted_at !== null,
  }));
}

/** Adds the intent; its key is `<dealNo>-R<n>`, and nobody asks the PG before this is committed. */
export async function addRefund(trx: Trx, refund: NewRefund): Promise<void> {
  await trx('refunds').insert({
    id: refund.id,
    deal_id: refund.dealId,
    payment_id: refund.paymentId,
    n: refund.n,
    idempotency_key: refund.idempotencyKey,
    principal: refund.principal,
    fee: refund.fee,
    amount: refund.amount,
    cause: refund.cause,
    note: refund.note,
    actor: refund.actor,
    request_id: refund.requestId,
  });
}

/** The PG gave it back; `statementBy`: the day (`YYYY-MM-DD`, KST) by which the card's statement shows it. */
export async function markRefundDone(trx: Trx, id: string, at: Date, statementBy: string): Promise<void> {
  await trx<Row>('refunds').where({ id }).update({ status: 'DONE', decided_at: at, statement_by: statementBy });
}

/** Ruled not done, if it is still undecided: its key is spent. */
export async function rejectRefund(trx: Trx, id: string, at: Date): Promise<void> {
  await trx<Row>('refunds').where({ id, status: 'PENDING' }).update({ status: 'REJECTED', decided_at: at });
}

/** The PG's answer contradicted the request, which is asked no more. */
export async function markContradicted(db: Db, id: string, at: Date): Promise<void> {
  await db<Row>('refunds').where({ id, status: 'PENDING' }).update({ contradicted_at: at });
}
