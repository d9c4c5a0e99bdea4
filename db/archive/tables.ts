/**
 * What the archive holds of a deal (docs/archive.md): its record of payment and transfer. What lies in the clear and is
 * destroyed when its term ends (db/retention/rules.ts) is left out, since nothing can be taken out of an archive.
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
}

const OF_DEAL = 't.deal_id in (select id from span)';
/** Journals of settlements and of the owner's money. */
const OF_HOUSE = 't.deal_id is null and t.at >= :from and t.at < :until';
const ofDeal = (table: string, ...omits: readonly string[]): ArchivedTable => ({
  ...{ table, ofDeals: OF_DEAL, order: 'id', omits },
});

export const ARCHIVED_TABLES: readonly ArchivedTable[] = [
  { ...ofDeal('deals', 'purpose', 'changed_xid'), ofDeals: 't.id in (select id from span)' },
  ofDeal('deal_events', 'xid'),
  ofDeal('payments'),
  { ...ofDeal('transfer_jobs'), order: 'deal_id' },
  ofDeal('transfers'),
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
