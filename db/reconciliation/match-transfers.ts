/**
 * Transfers: the bank's day list ↔ transfers ↔ transfer and return journals, one reference at a time. The list lacks
 * what people paid by hand: that is proven by the statement (match-cash.ts).
 */
import type { Trx } from '../connection';
import { journalsOf } from './booked';
import { type Bindings, kstDay } from './found';

const SCOPE = `
create temporary table transfer_scope on commit drop as
  select reference from bank_lines where :whole and trading_date = :day
  union select reference from transfers where :whole and trading_date = :day and bank_reference is null
  union select subject from known where source = 'transfer'`;

/** In SQL: what a line `l` says of our row `t`, and its deal mends by asking the bank. */
export const TOLD_BY_LINE = {
  late: `t.status = 'FAILED' and l.status = 'done'`,
  decided: `t.status in ('PENDING', 'PROCESSING') and l.status in ('done', 'failed', 'returned')`,
  returned: `t.status = 'COMPLETED' and l.status = 'returned'`,
} as const;

/** The other trading date is only the clock's doing when the bank acted near midnight. */
const NEAR_MIDNIGHT = `${kstDay('l.at - :carry::interval')} <> ${kstDay('l.at + :carry::interval')}`;

const CLASS = `case
  when l.reference is null then case
    when paid then 'transfer-missing-at-bank'
    when undecided then 'transfer-undecided-and-unlisted' end
  when l.status not in ('done', 'processing', 'failed', 'returned') then 'unknown-line'
  when t.id is null then case when l.copy > 1 then 'duplicate-line' else 'transfer-unknown-here' end
  when l.copy > 1 then 'duplicate-line'
  when l.trading_date <> t.trading_date and (l.nth > 1 or not ${NEAR_MIDNIGHT}) then 'trading-date-differs'
  when ${TOLD_BY_LINE.late} then 'paid-after-failure'
  when l.amount <> t.amount then 'transfer-amount-differs'
  when ${TOLD_BY_LINE.decided} then 'transfer-undecided-but-listed'
  when ${TOLD_BY_LINE.returned} then 'returned-unnoticed'
  when not undecided and (t.status, l.status) not in (('COMPLETED', 'done'), ('FAILED', 'failed'),
    ('FAILED', 'returned'), ('RETURNED', 'returned'))
    then 'transfer-status-differs'
  when account_differs then 'transfer-account-differs' end`;

/** Of the account that this transfer was ordered to, and only while the money is, or is going, there. */
const ACCOUNT_DIFFERS = `l.status in ('done', 'processing')
  and (l.bank_code <> a.bank_code or l.account_last4 <> a.account_last4)`;

const journalOf = (name: string, kind: 'transfer' | 'return'): string => `${name} as (
  select s.reference, min(s.at) as at,
    coalesce(sum(e.amount) filter (where e.account = 'recipient_payable'), 0)::int8 as payable,
    coalesce(sum(e.amount) filter (where e.account = 'transfers_in_flight'), 0)::int8 as in_flight,
    coalesce(sum(e.amount) filter (where e.account = 'bank_float'), 0)::int8 as float
  from ${journalsOf('transfer_scope', 'reference', kind)} s join ledger_entries e on e.journal_id = s.id
    group by s.reference)`;

const differs = (journal: string, expected: string): string =>
  `(${journal}.reference is null or (${journal}.payable, ${journal}.in_flight, ${journal}.float)
    is distinct from (${expected}))`;

const BOOKS_DIFFER = `coalesce(l.nth, 1) = 1 and t.id is not null and (
  case when paid then ${differs('o', 't.amount, 0, 0 - t.amount')}
    when undecided then ${differs('o', 't.amount, 0 - t.amount, 0')}
    else (o.payable, o.in_flight, o.float) <> (0, 0, 0) end
  or case when t.status = 'RETURNED' then ${differs('b', '0 - t.amount, 0, t.amount')}
    else (b.payable, b.in_flight, b.float) <> (0, 0, 0) end)`;

/** Only for the few lines without a transfer of ours: a new reference of a deal that we know. */
const DEAL_OF_REFERENCE = `(select d.id from deals d
  where d.deal_no = substring(j.subject from '^([0-9A-Z]+)-T[0-9]+$'))`;

const MATCH = `
with ${journalOf('paid_out', 'transfer')},
${journalOf('given_back', 'return')},
listed as (
  select l.*, row_number() over (partition by l.reference
      order by l.trading_date is distinct from t.trading_date, l.trading_date, l.line_no) as nth,
    row_number() over (partition by l.reference, l.trading_date order by l.line_no) as copy
  from transfer_scope s join bank_lines l on l.reference = s.reference
    left join transfers t on t.reference = l.reference),
judged as (
  select s.reference as subject, case when ${BOOKS_DIFFER} then null else ${CLASS} end as line_class,
    ${BOOKS_DIFFER} as books_differ, l.nth, l.trading_date as list_day,
    l.line_no, l.amount as line_amount, l.status as line_status, l.code as line_code, l.bank_code as line_bank,
    l.account_last4 as line_last4, l.at, a.bank_code, a.account_last4,
    t.deal_id, t.attempt, t.status, t.amount, t.code, t.trading_date, greatest(t.decided_at, b.at) as decided_at,
    t.last_sent_at,
    o.float as paid_float, b.float as back_float
  from transfer_scope s
  left join listed l on l.reference = s.reference
  left join transfers t on t.reference = s.reference
  left join bank_accounts a on a.id = t.recipient_id
  left join paid_out o on o.reference = s.reference
  left join given_back b on b.reference = s.reference
  cross join lateral (select coalesce(t.status in ('COMPLETED', 'RETURNED'), false) as paid,
    coalesce(t.status in ('PENDING', 'PROCESSING'), false) as undecided, ${ACCOUNT_DIFFERS} as account_differs) x)
insert into found_breaks (class, key, source, subject, business_day, deal_id, attempt, amount, ours, theirs, moment,
  waits_for)
select coalesce(line_class, 'ledger-differs'),
  case when line_class is null then 'transfer:' else '' end || subject || case when nth > 1 then '#' || nth else '' end,
  'transfer', subject, coalesce(list_day, trading_date), coalesce(j.deal_id, ${DEAL_OF_REFERENCE}), attempt,
  case line_class when 'transfer-amount-differs' then abs(line_amount - amount)
    else abs(coalesce(line_amount, amount)) end,
  case when j.status is not null then jsonb_strip_nulls(jsonb_build_object('status', j.status, 'amount', amount,
    'code', code,
    'bankCode', bank_code, 'accountLast4', account_last4, 'tradingDate', trading_date, 'decidedAt', decided_at,
    'ledger', paid_float, 'ledgerReturn', back_float)) end,
  case when list_day is not null then jsonb_strip_nulls(jsonb_build_object('line', line_no, 'amount', line_amount,
    'status', line_status, 'code', line_code, 'bankCode', line_bank, 'accountLast4', line_last4,
    'tradingDate', list_day,
    'at', at)) end,
  case when line_class in ('transfer-missing-at-bank', 'transfer-undecided-and-unlisted')
    then coalesce(decided_at, last_sent_at)
    when line_class = 'transfer-status-differs' then greatest(at, decided_at)
    when line_class in ('transfer-unknown-here', 'transfer-undecided-but-listed', 'paid-after-failure',
      'returned-unnoticed') then at end,
  case when line_class in ('transfer-missing-at-bank', 'transfer-undecided-and-unlisted') then 'lists'
    when line_class = 'transfer-status-differs' then 'rereading'
    when line_class = 'transfer-unknown-here' then 'neighbours'
    when line_class in ('transfer-undecided-but-listed', 'paid-after-failure', 'returned-unnoticed') then 'grace' end
from judged j
where line_class is not null or books_differ`;

/** Finds the breaks of transfers. */
export async function matchTransfers(trx: Trx, bindings: Bindings): Promise<void> {
  await trx.raw(SCOPE, bindings);
  await trx.raw('analyze transfer_scope');
  await trx.raw(MATCH, bindings);
}
