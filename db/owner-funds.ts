/** The owner's money in the float: what was put in, and taken out, by operators' orders. */
import { ownerFundsPostings } from '../workflows/domain/ledger';
import type { Db, Trx } from './connection';
import { postEntries } from './ledger';

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

/** `known`: it had been booked before, with this amount. */
type Booked = { readonly kind: 'booked' | 'known' } | { readonly kind: 'differs'; readonly amount: number };

/** Books the owner's money once for each reference. */
export async function bookOwnerFunds(trx: Trx, funds: OwnerFunds): Promise<Booked> {
  const { reference, amount } = funds;
  const added = await trx('owner_funds').insert(funds).onConflict('reference').ignore().returning('id');
  if (added.length === 0) {
    const known = await trx('owner_funds').where({ reference }).first('amount');
    return Number(known.amount) === amount ? { kind: 'known' } : { kind: 'differs', amount: Number(known.amount) };
  }
  const journal = { dealId: null, kind: 'owner-funds', key: `owner-funds:${reference}` } as const;
  await postEntries(trx, { ...journal, postings: ownerFundsPostings(amount) });
  return { kind: 'booked' };
}

/** Every order, by the bank's time, the oldest first. */
export async function ownerFundsBooked(db: Db): Promise<OwnerFunds[]> {
  const rows = await db('owner_funds').orderBy(['at', 'id']).select('reference', 'amount', 'at', 'actor', 'reason');
  return rows.map((row) => ({ ...row, amount: Number(row.amount) }));
}
