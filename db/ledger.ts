/** The ledger: balanced, append-only journals (spec §3). */
import type { JournalKind, Posting } from '../workflows/domain/ledger';
import type { Db, Trx } from './connection';

interface Journal {
  /** Null when the journal is of no single deal. */
  readonly dealId: string | null;
  readonly kind: JournalKind;
  /** Names the money event; a second journal for the same event is refused by the database. */
  readonly key: string;
  readonly postings: readonly Posting[];
  /** Of a correction: the break that it ended (or, of its reversal, that had been ended by it). */
  readonly breakId?: number;
  /**
   * Of a correction: the key of the money event whose books it puts right; absent: the PG paid otherwise than they say.
   */
  readonly corrects?: string;
}

/** One posting of a deal as it was booked; debit positive, won. */
export interface BookedPosting {
  readonly journal: string;
  readonly account: string;
  readonly amount: number;
}

/** Every posting of the deal so far, oldest first. */
export async function postingsOf(db: Db, dealId: string): Promise<BookedPosting[]> {
  const rows: { journal: string; account: string; amount: string }[] = await db('ledger_entries as e')
    .join('ledger_journals as j', 'j.id', 'e.journal_id')
    .where('e.deal_id', dealId)
    .orderBy('e.id')
    .select('j.kind as journal', 'e.account', 'e.amount');
  return rows.map((row) => ({ ...row, amount: Number(row.amount) }));
}

/** Posts one journal in a single statement, so that the database can check its balance at once. */
export async function postEntries(trx: Trx, journal: Journal): Promise<void> {
  const { dealId, kind, key, postings, breakId = null, corrects = null } = journal;
  await trx.raw(
    `with journal as (insert into ledger_journals (deal_id, kind, key, break_id, corrects)
       values (:dealId, :kind, :key, :breakId, :corrects) returning id)
     insert into ledger_entries (journal_id, deal_id, account, amount)
     select journal.id, :dealId, p.account, p.amount
     from journal, jsonb_to_recordset(:postings::jsonb) as p(account text, amount int8)`,
    { dealId, kind, key, breakId, corrects, postings: JSON.stringify(postings) },
  );
}
