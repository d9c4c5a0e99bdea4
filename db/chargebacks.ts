/**
 * Charges that the card issuer took back. One that is not WON bars every refund of its payment (the database refuses it
 * too).
 */
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db, Trx } from './connection';

export interface Chargeback {
  readonly id: string;
  readonly dealId: DealId;
  readonly paymentId: string;
  /** The PG's number of the case. */
  readonly reference: string;
  readonly amount: Won;
  readonly status: 'OPEN' | 'WON' | 'LOST';
}

const columns = {
  id: 'id',
  dealId: 'deal_id',
  paymentId: 'payment_id',
  reference: 'reference',
  amount: 'amount',
  status: 'status',
};

const fromRow = (row: Chargeback): Chargeback => ({ ...row, amount: parseWon(`${row.amount}`) });

/** The case of this number, of whatever deal. */
export async function findChargeback(db: Db, reference: string): Promise<Chargeback | undefined> {
  const row = await db('chargebacks').where({ reference }).first(columns);
  return row && fromRow(row);
}

/** The open or lost case of this payment, if any. */
export async function liveChargeback(db: Db, paymentId: string): Promise<Chargeback | undefined> {
  const row = await db('chargebacks').where({ payment_id: paymentId }).whereNot({ status: 'WON' }).first(columns);
  return row && fromRow(row);
}

/** Adds an open case. */
export async function addChargeback(
  trx: Trx,
  { evidence, ...opened }: Omit<Chargeback, 'status'> & { evidence: string },
) {
  const { id, dealId, paymentId, reference, amount } = opened;
  await trx('chargebacks').insert({ id, deal_id: dealId, payment_id: paymentId, reference, amount, evidence });
}

/** Decides an open case. */
export async function decideChargeback(trx: Trx, id: string, status: 'WON' | 'LOST', at: Date): Promise<void> {
  await trx('chargebacks').where({ id, status: 'OPEN' }).update({ status, decided_at: at });
}
