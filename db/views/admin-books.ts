/** The books and their comparison with the providers' lists, as operators list them. */
import { kstDayStart } from '../../workflows/domain/bank-calendar';
import type { BreakClass } from '../../workflows/domain/breaks';
import type { TrialBalanceRow } from '../../workflows/domain/reconciliation';
import type { Db } from '../connection';
import type { Facts } from '../reconciliation/breaks';
import { trialBalance } from '../reconciliation/trial-balance';
import { type Listing, type ListOrder, whole } from './admin-list';

const byId = (table: string): ListOrder => ({ by: [{ column: `${table}.id`, type: 'bigint' }], direction: 'desc' });

/** Of some days: their place is found by an index, the day of an id is not. */
const BY_TIME: ListOrder = {
  by: [
    { column: 'j.at', type: 'timestamptz' },
    { column: 'j.id', type: 'bigint' },
  ],
  direction: 'desc',
};

/** Which journals; what is absent narrows nothing. */
interface JournalFilter {
  readonly account?: string | undefined;
  readonly dealId?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface AdminJournal {
  readonly id: number;
  readonly key: string;
  readonly kind: string;
  readonly dealId: string | null;
  readonly dealNo: string | null;
  readonly at: Date;
  readonly breakId: number | null;
  readonly corrects: string | null;
  /** A debit is positive, a credit negative; they sum to 0. */
  readonly entries: readonly { readonly account: string; readonly amount: number }[];
}

export const adminJournals: Listing<JournalFilter, AdminJournal> = {
  find(db, { account, dealId, since, until }) {
    const query = db('ledger_journals as j');
    if (dealId !== undefined) query.where('j.deal_id', dealId);
    if (since) query.where('j.at', '>=', since);
    if (until) query.where('j.at', '<', until);
    if (account !== undefined)
      query.whereRaw('exists (select 1 from ledger_entries e where e.journal_id = j.id and e.account = ?)', [account]);
    return query;
  },
  order: ({ since, until }) => (since || until ? BY_TIME : byId('j')),
  since: 'j.at',
  shown: {
    ...{ id: whole('j.id'), key: 'j.key', kind: 'j.kind', dealId: 'j.deal_id', at: 'j.at', corrects: 'j.corrects' },
    ...{ dealNo: '(select deal_no from deals where id = j.deal_id)', breakId: whole('j.break_id') },
    entries: `(select jsonb_agg(jsonb_build_object('account', e.account, 'amount', e.amount) order by e.id)
      from ledger_entries e where e.journal_id = j.id)`,
  },
};

/** The trial balance (시산표) of a KST day, `YYYY-MM-DD`, as the ledger has it now. */
export const trialBalanceOf = (db: Db, day: string): Promise<TrialBalanceRow[]> =>
  db.transaction((trx) => trialBalance(trx, { day, from: kstDayStart(day), until: kstDayStart(day, 1) }));

interface SettlementDay {
  readonly fileDay: string;
  readonly settleDate: string;
  readonly lines: number;
  readonly net: number;
  readonly posted: number;
  readonly postings: number;
}

/** What the PG pays on which day for which file. */
export const settlementDays: Listing<object, SettlementDay> = {
  find: (db) => db('settlement_days as s'),
  order: () => ({
    by: [
      { column: 's.file_day', type: 'date' },
      { column: 's.settle_date', type: 'date' },
    ],
    direction: 'desc',
  }),
  since: `s.settle_date::timestamp at time zone 'Asia/Seoul'`,
  shown: {
    ...{ fileDay: 's.file_day::text', settleDate: 's.settle_date::text', lines: 's.lines', postings: 's.postings' },
    ...{ net: whole('s.net'), posted: whole('s.posted') },
  },
};

interface AdminRun {
  readonly id: number;
  readonly businessDay: string;
  readonly status: 'running' | 'done' | 'failed';
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly failure: string | null;
  /** Counts of what it found and did; null: it has not ended well. */
  readonly result: Readonly<Record<string, unknown>> | null;
}

/** Nights of reconciliation: one run matches one business day. */
export const adminRuns: Listing<{ readonly day?: string | undefined }, AdminRun> = {
  find(db, { day }) {
    const query = db('reconciliation_runs as r');
    if (day !== undefined) query.where('r.business_day', day);
    return query;
  },
  order: () => byId('r'),
  since: 'r.started_at',
  shown: {
    ...{ id: whole('r.id'), businessDay: 'r.business_day::text', status: 'r.status', startedAt: 'r.started_at' },
    ...{ finishedAt: 'r.finished_at', failure: 'r.failure', result: 'r.result' },
  },
};

/** Which breaks; what is absent narrows nothing. */
interface BreakFilter {
  readonly open?: boolean | undefined;
  readonly class?: BreakClass | undefined;
  readonly dealId?: string | undefined;
}

export interface AdminBreak {
  readonly id: number;
  readonly class: BreakClass;
  readonly key: string;
  readonly businessDay: string;
  readonly dealId: string | null;
  readonly dealNo: string | null;
  readonly attempt: number | null;
  readonly amount: number;
  readonly ours: Facts | null;
  readonly theirs: Facts | null;
  readonly proposedFix: string | null;
  readonly openedAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolution: string | null;
  readonly accepted: boolean;
  /** For `If-Match`. */
  readonly version: number;
}

/** Open ones stand by age, the oldest first; all of them newest first. */
export const adminBreaks: Listing<BreakFilter, AdminBreak> = {
  find(db, filter) {
    const query = db('reconciliation_breaks as b');
    if (filter.open) query.whereNull('b.resolved_at');
    if (filter.class !== undefined) query.where('b.class', filter.class);
    if (filter.dealId !== undefined) query.where('b.deal_id', filter.dealId);
    return query;
  },
  order: ({ open }) => ({ ...byId('b'), direction: open ? 'asc' : 'desc' }),
  since: 'b.opened_at',
  shown: {
    ...{ id: whole('b.id'), class: 'b.class', key: 'b.key', businessDay: 'b.business_day::text' },
    ...{ dealId: 'b.deal_id', dealNo: '(select deal_no from deals where id = b.deal_id)', attempt: 'b.attempt' },
    ...{ amount: whole('b.amount'), ours: 'b.ours', theirs: 'b.theirs', proposedFix: 'b.proposed_fix' },
    ...{ openedAt: 'b.opened_at', resolvedAt: 'b.resolved_at', resolution: 'b.resolution', accepted: 'b.accepted' },
    version: 'b.version',
  },
};
