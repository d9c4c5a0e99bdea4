/** The ledger: balanced, append-only journals (spec §3). */
import type { Posting } from '../workflows/domain/ledger';
import type { Trx } from './connection';

export interface Journal {
  /** Null when the journal is of no single deal. */
  readonly dealId: string | null;
  readonly kind:
    | 'charge'
    | 'transfer'
    | 'return'
    | 'refund'
    | 'settlement'
    | 'chargeback'
    | 'chargeback-won'
    | 'chargeback-lost'
    | 'chargeback-offset';
  /** Names the money event; a second journal for the same event is refused by the database. */
  readonly key: string;
  readonly postings: readonly Posting[];
}

/** Posts one journal in a single statement, so that the database can check its balance at once. */
export async function postEntries(trx: Trx, { dealId, kind, key, postings }: Journal): Promise<void> {
  await trx.raw(
    `with journal as (insert into ledger_journals (deal_id, kind, key) values (:dealId, :kind, :key) returning id)
     insert into ledger_entries (journal_id, deal_id, account, amount)
     select journal.id, :dealId, p.account, p.amount
     from journal, jsonb_to_recordset(:postings::jsonb) as p(account text, amount int8)`,
    { dealId, kind, key, postings: JSON.stringify(postings) },
  );
}
