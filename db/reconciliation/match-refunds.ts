/**
 * Refunds: cancel lines of the settlement file ↔ refunds ↔ refund journals. A line
 * names only its order, so equal amounts of one order are paired in the order of
 * their time; what is left over on both sides is one refund with two amounts.
 */
import { PG_COST_BPS } from '../../workflows/domain/fees';
import type { Trx } from '../connection';
import { journalsOf } from './booked';
import { type Bindings, kstDay } from './found';

const SCOPE = `
create temporary table refund_scope on commit drop as
  select order_id from settlement_lines where :whole and file_day = :day and kind = 'cancel'
  union select p.order_id from refunds r join payments p on p.id = r.payment_id
    where :whole and r.decided_at >= :from and r.decided_at < :until
  union select subject from known where source = 'refund'`;

/** A line without a refund of ours is named by its order and its time. */
const lineKey = (order: string, at: string): string =>
  `${order} || '@' || to_char(${at} at time zone 'Asia/Seoul', 'YYYY-MM-DD"T"HH24.MI.SS.MS')`;

const cost = (amount: string): string => `(${amount}) * ${PG_COST_BPS} / 10000`;

/** `remaining`: what was still charged before this refund; its part of the PG's fee follows from it. */
const PAIRED = `
asked as (
  select p.order_id, p.deal_id, p.attempt, p.payment_key, r.idempotency_key as refund_key, r.status, r.amount,
    r.principal, r.fee,
    r.decided_at, row_number() over (partition by p.id, r.amount order by r.status = 'PENDING', r.n) as nth,
    p.amount - coalesce(sum(r.amount) filter (where r.status = 'DONE')
      over (partition by p.id order by r.n rows between unbounded preceding and 1 preceding), 0)::int8 as remaining
  from refund_scope s join payments p on p.order_id = s.order_id
  join refunds r on r.payment_id = p.id and r.status in ('PENDING', 'DONE')),
lines as (
  select l.*, row_number() over (partition by l.order_id, l.payment_key, l.amount, l.fee, l.at
    order by l.file_day, l.line_no) as copy
  from refund_scope s join settlement_lines l on l.order_id = s.order_id and l.kind = 'cancel'),
listed as (
  select *, row_number() over (partition by order_id, amount order by at, file_day, line_no) as nth from lines
    where copy = 1),
exact as (
  select coalesce(a.order_id, l.order_id) as order_id, a.refund_key, a.status = 'PENDING' as pending, a.decided_at,
    l.file_day, l.line_no, l.at
  from asked a full join listed l on l.order_id = a.order_id and 0 - l.amount = a.amount and l.nth = a.nth),
rest_asked as (
  select order_id, refund_key, row_number() over (partition by order_id order by pending, decided_at) as nth
  from exact where file_day is null),
rest_listed as (
  select order_id, file_day, line_no, row_number() over (partition by order_id order by at) as nth
  from exact where refund_key is null),
paired as (
  select order_id, refund_key, file_day, line_no from exact where refund_key is not null and file_day is not null
  union all
  select order_id, a.refund_key, l.file_day, l.line_no from rest_asked a full
    join rest_listed l using (order_id, nth))`;

const CLASS = `case
  when a.refund_key is null then 'refund-not-ours'
  when l.file_day is null then case when a.status = 'DONE' then 'refund-missing-at-pg' end
  when 0 - l.amount <> a.amount then 'refund-amount-differs'
  when a.status = 'PENDING' then 'refund-undecided-but-settled'
  when l.payment_key <> a.payment_key then 'key-differs'
  when 0 - l.fee <> cost_back then 'fee-differs'
  when l.net <> l.amount - l.fee then 'settlement-short' end`;

const BOOKS_DIFFER = `a.refund_key is not null and case
  when a.status = 'DONE' then b.refund_key is null or (b.receivable, b.payable, b.revenue, b.expense)
    is distinct from (cost_back - a.amount, a.principal, a.fee, 0 - cost_back)
  else (b.receivable, b.payable, b.revenue, b.expense) <> (0, 0, 0, 0) end`;

const MATCH = `
with ${PAIRED},
booked as (
  select a.refund_key,
    coalesce(sum(e.amount) filter (where e.account = 'pg_receivable'), 0)::int8 as receivable,
    coalesce(sum(e.amount) filter (where e.account = 'recipient_payable'), 0)::int8 as payable,
    coalesce(sum(e.amount) filter (where e.account = 'fee_revenue'), 0)::int8 as revenue,
    coalesce(sum(e.amount) filter (where e.account = 'pg_fee_expense'), 0)::int8 as expense
  from ${journalsOf('asked', 'refund_key', 'refund')} a join ledger_entries e on e.journal_id = a.id
    group by a.refund_key),
judged as (
  select pair.order_id as subject, case when ${BOOKS_DIFFER} then null else ${CLASS} end as line_class,
    ${BOOKS_DIFFER} as books_differ, cost_back, b.receivable,
    a.refund_key, a.deal_id, a.attempt, a.status, a.amount, a.payment_key, a.decided_at,
    l.file_day, l.line_no, l.payment_key as line_key, l.amount as line_amount, l.fee as line_fee, l.net,
    l.at, l.settle_date
  from paired pair
  left join asked a on a.refund_key = pair.refund_key
  left join lines l on l.file_day = pair.file_day and l.line_no = pair.line_no
  left join booked b on b.refund_key = a.refund_key
  cross join lateral (select ${cost('a.remaining')} - ${cost('a.remaining - a.amount')} as cost_back) x)
insert into found_breaks (class, key, source, subject, business_day, deal_id, attempt, amount, ours, theirs,
  file_day, settle_date, unsettled, moment, waits_for)
select coalesce(line_class, 'ledger-differs'),
  case when line_class is null then 'refund:' else '' end || coalesce(refund_key, ${lineKey('subject', 'j.at')}),
  'refund', subject, coalesce(file_day, ${kstDay('coalesce(j.decided_at, :now)')}),
  coalesce(j.deal_id, p.deal_id), coalesce(j.attempt, p.attempt),
  case line_class when 'refund-amount-differs' then abs(line_amount + j.amount)
    when 'fee-differs' then abs(line_fee + cost_back)
    when 'settlement-short' then abs(net - (line_amount - line_fee)) else abs(coalesce(line_amount, j.amount)) end,
  case when refund_key is not null then jsonb_strip_nulls(jsonb_build_object('refund', refund_key, 'status', j.status,
    'amount', j.amount, 'fee', cost_back, 'paymentKey', j.payment_key, 'decidedAt', j.decided_at,
    'ledger', receivable)) end,
  case when file_day is not null then jsonb_build_object('line', line_no, 'amount', line_amount, 'fee', line_fee,
    'net', net,
    'paymentKey', line_key, 'at', j.at, 'settleDate', settle_date) end,
  file_day, settle_date, case when file_day is not null then net - coalesce(receivable, 0) else 0 end,
  case line_class when 'refund-missing-at-pg' then j.decided_at when 'refund-undecided-but-settled' then j.at
    when 'refund-not-ours' then j.at end,
  case line_class when 'refund-missing-at-pg' then 'lists' when 'refund-undecided-but-settled' then 'grace'
    when 'refund-not-ours' then 'neighbours' end
from judged j left join payments p on p.order_id = j.subject where line_class is not null or books_differ
on conflict do nothing`;

const COPIES = `
with ${PAIRED}
insert into found_breaks (class, key, source, subject, business_day, deal_id, attempt, amount, theirs, file_day,
  settle_date, unsettled)
select 'duplicate-line', ${lineKey('l.order_id', 'l.at')} || '#' || copy, 'refund', l.order_id, l.file_day, p.deal_id,
  p.attempt, abs(l.amount),
  jsonb_build_object('line', l.line_no, 'amount', l.amount, 'fee', l.fee, 'net', l.net, 'paymentKey', l.payment_key,
    'at', l.at,
    'settleDate', l.settle_date), l.file_day, l.settle_date, l.net
from lines l left join payments p on p.order_id = l.order_id where copy > 1`;

/** Finds the breaks of refunds. */
export async function matchRefunds(trx: Trx, bindings: Bindings): Promise<void> {
  await trx.raw(SCOPE, bindings);
  await trx.raw('analyze refund_scope');
  await trx.raw(MATCH, bindings);
  await trx.raw(COPIES, bindings);
}
