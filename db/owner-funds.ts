/** The owner's money in the float: what was put in, and taken out, by operators' orders. */
import { ownerFundsPostings } from '../workflows/domain/ledger';
import type { Db, Trx } from './connection';
import { postEntries } from './ledger';
import { isSlip } from './manual-transfers';

interface OwnerFunds {
  /** The bank's, of the line of the statement. */
  readonly reference: string;
  /** Won; negative: taken out. */
  readonly amount: number;
  /** When the bank booked it. */
  readonly at: Date;
  readonly actor: string;
  readonly reason: string;
}

/** `known`: it had been booked before, with this amount. `paid-by-hand`: it is the slip of a deal's transfer. */
type Known = { readonly kind: 'known' | 'paid-by-hand' } | { readonly kind: 'differs'; readonly amount: number };

/** What stands against booking it; null: nothing. */
export async function ownerFundsKnown(
  db: Db,
  { reference, amount }: Pick<OwnerFunds, 'reference' | 'amount'>,
): Promise<Known | null> {
  if (await isSlip(db, reference)) return { kind: 'paid-by-hand' };
  const known = await db('owner_funds').where({ reference }).first('amount');
  if (!known) return null;
  return Number(known.amount) === amount ? { kind: 'known' } : { kind: 'differs', amount: Number(known.amount) };
}

/** Books the owner's money, under the request of it that is done; throws where the reference is booked. */
export async function bookOwnerFunds(trx: Trx, funds: OwnerFunds, request: string): Promise<void> {
  const { reference, amount } = funds;
  await trx('owner_funds').insert({ ...funds, request_id: request });
  const journal = { dealId: null, kind: 'owner-funds', key: `owner-funds:${reference}` } as const;
  await postEntries(trx, { ...journal, postings: ownerFundsPostings(amount) });
}

/** Every order, by the bank's time, the oldest first. */
export async function ownerFundsBooked(db: Db): Promise<OwnerFunds[]> {
  const rows = await db('owner_funds').orderBy(['at', 'id']).select('reference', 'amount', 'at', 'actor', 'reason');
  return rows.map((row) => ({ ...row, amount: Number(row.amount) }));
}
