/**
 * Correcting journals, each named after the break that it belongs to. The system computes
 * them, nobody types a posting. Two sorts: the books of one money event are brought to what
 * its row says; and what the PG pays otherwise than our books say, or the bank too much, is booked.
 */

import { type BreakClass, bearerOf } from '../../workflows/domain/breaks';
import type { DealId } from '../../workflows/domain/ids';
import {
  correctionPostings,
  overpaidPostings,
  type Posting,
  settlementDifferencePostings,
} from '../../workflows/domain/ledger';
import type { Won } from '../../workflows/domain/money';
import type { Db, Trx } from '../connection';
import { postEntries } from '../ledger';
import { journalKeysOf } from './booked';
import { expectedOf } from './expected';

/** What is booked of the money event with this key, its corrections included. */
async function bookedOf(trx: Trx, key: string): Promise<Posting[]> {
  const rows: { account: Posting['account']; amount: string }[] = await trx('ledger_entries as e')
    .join('ledger_journals as j', 'j.id', 'e.journal_id')
    .whereIn('j.key', journalKeysOf(key))
    .orWhere('j.corrects', key)
    .select('e.account', 'e.amount');
  return rows.map(({ account, amount }) => ({ account, amount: Number(amount) }));
}

/** What our ledger says that the PG owes for the money event with this key, won. */
export async function receivableOf(trx: Trx, key: string): Promise<number> {
  const booked = await bookedOf(trx, key);
  return booked.reduce((sum, { account, amount }) => (account === 'pg_receivable' ? sum + amount : sum), 0);
}

/** Brings the books of these money events to what their rows say. False: they say so already. */
export async function correctBooks(
  trx: Trx,
  { id, dealId }: { readonly id: number; readonly dealId: DealId | null },
  keys: readonly string[],
): Promise<boolean> {
  let posted = false;
  for (const corrects of keys) {
    const postings = correctionPostings(await expectedOf(trx, corrects), await bookedOf(trx, corrects));
    if (postings.length === 0) continue;
    await postEntries(trx, {
      ...{ dealId, kind: 'correction', key: `correction:${id}/${corrects}`, breakId: id, corrects, postings },
    });
    posted = true;
  }
  return posted;
}

/** Books what the PG pays beyond what our books say it owes, won; `owed`: what a dispute explains of it. */
export async function bookDifference(
  trx: Trx,
  { id, class: kind, unsettled }: { readonly id: number; readonly class: BreakClass; readonly unsettled: number },
  { dealId, owed }: { readonly dealId: DealId | null; readonly owed: number | null },
): Promise<void> {
  // Of a dispute only the PG's fee can be left over.
  const bearer = owed === null ? bearerOf(kind) : 'pg_fee_expense';
  const postings = settlementDifferencePostings(unsettled - (owed ?? 0), bearer);
  if (postings.length === 0) return;
  await postEntries(trx, { dealId, kind: 'correction', key: `correction:${id}`, breakId: id, postings });
}

/** Books what the bank paid of a transfer that had been called failed, once its deal had gone on. */
export function bookOverpaid(
  trx: Trx,
  { id, dealId, amount }: { readonly id: number; readonly dealId: DealId | null; readonly amount: Won },
): Promise<void> {
  const journal = { dealId, kind: 'correction', key: `correction:${id}`, breakId: id } as const;
  return postEntries(trx, { ...journal, postings: overpaidPostings(amount) });
}

/** Takes back what the acceptance of the break posted, if it did. */
export async function reverseAccepted(trx: Trx, id: number): Promise<void> {
  const key = `correction:${id}`;
  const journal = await trx('ledger_journals').where({ key }).first('id', 'deal_id');
  if (!journal) return;
  const entries = await trx('ledger_entries')
    .where({ journal_id: journal.id })
    .orderBy('id')
    .select('account', 'amount');
  const postings = entries.map(({ account, amount }) => ({ account, amount: 0 - Number(amount) }));
  await postEntries(trx, {
    dealId: journal.deal_id,
    kind: 'correction',
    key: `${key}/reversed`,
    breakId: id,
    postings,
  });
}

/** The postings of every correcting journal of the break, oldest first. */
export async function correctionsOf(db: Db, id: number): Promise<(Posting & { readonly journal: string })[]> {
  const rows = await db('ledger_entries as e')
    .join('ledger_journals as j', 'j.id', 'e.journal_id')
    .where('j.break_id', id)
    .orderBy('e.id')
    .select({ journal: 'j.key', account: 'e.account', amount: 'e.amount' });
  return rows.map((row) => ({ ...row, amount: Number(row.amount) }));
}
