/**
 * What the archive holds of a deal (docs/archive.md): its record of payment and transfer. What is destroyed when its
 * term ends (db/retention/rules.ts) is left out, ciphertexts too, since nothing can be taken out of an archive.
 */

export interface ArchivedTable {
  readonly table: string;
  /** Which rows, `t`, are of the deals in `span` (id, deal_no). */
  readonly ofDeals: string;
  /** Rows of no deal, which come with the first part of the month between `:from` and `:until`. */
  readonly ofHouse?: string;
  readonly order: string;
  /** Columns that stay in the database. */
  readonly omits: readonly string[];
  /** What a line of `t` says beside its columns: SQL of one object of JSON. Of the same row it is always the same. */
  readonly adds?: string;
}

const OF_DEAL = 't.deal_id in (select id from span)';
/** Journals of settlements and of the owner's money. */
const OF_HOUSE = 't.deal_id is null and t.at >= :from and t.at < :until';
/** Where the money went: both are kept for ever, and never change. */
const RECIPIENT = `(select jsonb_build_object('bank_code', b.bank_code, 'account_last4', b.account_last4)
  from bank_accounts b where b.id = t.recipient_id)`;
const ofDeal = (table: string, ...omits: readonly string[]): ArchivedTable => ({
  ...{ table, ofDeals: OF_DEAL, order: 'id', omits },
});

export const ARCHIVED_TABLES: readonly ArchivedTable[] = [
  { ...ofDeal('deals', 'purpose', 'memo_encrypted', 'changed_xid'), ofDeals: 't.id in (select id from span)' },
  ofDeal('deal_events', 'xid'),
  ofDeal('payments'),
  { ...ofDeal('transfer_jobs'), order: 'deal_id' },
  { ...ofDeal('transfers', 'holder_name_encrypted'), adds: RECIPIENT },
  ofDeal('refunds'),
  ofDeal('chargebacks'),
  ofDeal('sends'),
  ofDeal('rulings'),
  ofDeal('doubts'),
  {
    ...{ table: 'pg_webhook_events', ofDeals: 't.deal_no in (select deal_no from span)' },
    ...{ order: 'provider, event_id', omits: ['body'] },
  },
  { ...ofDeal('ledger_journals'), ofHouse: OF_HOUSE },
  {
    ...ofDeal('ledger_entries'),
    ofDeals: 't.journal_id in (select j.id from ledger_journals j where j.deal_id in (select id from span))',
    ofHouse: `t.journal_id in (select j.id from ledger_journals j where ${OF_HOUSE.replaceAll('t.', 'j.')})`,
  },
];

export const ARCHIVED_TABLE_NAMES: readonly string[] = ARCHIVED_TABLES.map(({ table }) => table);
