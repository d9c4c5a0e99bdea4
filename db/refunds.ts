/** Refunds: each has its own intent row, and its key belongs to that row for ever (spec §6). */
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db } from './connection';

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
  readonly cause: string;
}

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
  cause: string;
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
  }));
}
