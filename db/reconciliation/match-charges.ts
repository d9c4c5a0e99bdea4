/**
 * Charges: lines of the settlement file ↔ payments ↔ charge journals, one order at a time, whatever day each
 * side is of. The order of the classes is their precedence: what makes the others meaningless comes first.
 */
import { PG_COST_BPS } from '../../workflows/domain/fees';
import type { Trx } from '../connection';
import { journalsOf } from './booked';
import { type Bindings, kstDay } from './found';
import { unprovenCharge } from './proof';

const SCOPE = `
create temporary table charge_scope on commit drop as
  select order_id from settlement_lines where :whole and file_day = :day and kind = 'payment'
  union select order_id from payments where :whole and approved_at >= :from and approved_at < :until
  union select subject from known where source = 'charge'
  union select p.order_id from deals d join payments p on p.deal_id = d.id
    where d.waiting_reason in ('charge-unknown', 'operator-needed') and p.status = 'PENDING'
      and ${unprovenCharge('p.order_id')} is null`;

const CLASS = `case
  when l.order_id is null then case
    when charged then 'missing-at-pg'
    when p.status = 'PENDING' and ${unprovenCharge('p.order_id')} is null
      then 'charge-undecided-and-unlisted' end
  when p.id is null then case when l.copy > 1 then 'duplicate-line' else 'missing-here' end
  when l.nth > 1 then case when l.copy > 1 then 'duplicate-line' else 'charged-twice' end
  when p.status in ('FAILED', 'CANCELLED') then 'charged-after-failure'
  when l.amount <> p.amount then 'amount-differs'
  when p.status = 'PENDING' then 'charge-undecided-but-settled'
  when l.payment_key <> p.payment_key then 'key-differs'
  when l.fee <> cost then 'fee-differs'
  when l.net <> l.amount - l.fee then 'settlement-short' end`;

/**
 * The books as workflows/domain/ledger.ts posts them, and none for
 * what was not charged: until they are right, no line can be judged.
 */
const BOOKS_DIFFER = `coalesce(l.nth, 1) = 1 and p.id is not null and case
  when charged then b.order_id is null or (b.receivable, b.payable, b.revenue, b.expense)
    is distinct from (p.amount - cost, 0 - d.principal, 0 - d.fee, cost)
  else (b.receivable, b.payable, b.revenue, b.expense) <> (0, 0, 0, 0) end`;

const MATCH = `
with booked as (
  select s.order_id,
    coalesce(sum(e.amount) filter (where e.account = 'pg_receivable'), 0)::int8 as receivable,
    coalesce(sum(e.amount) filter (where e.account = 'recipient_payable'), 0)::int8 as payable,
    coalesce(sum(e.amount) filter (where e.account = 'fee_revenue'), 0)::int8 as revenue,
    coalesce(sum(e.amount) filter (where e.account = 'pg_fee_expense'), 0)::int8 as expense
  from ${journalsOf('charge_scope', 'order_id', 'charge')} s join ledger_entries e on e.journal_id = s.id
    group by s.order_id),
listed as (
  select l.*, row_number() over (partition by l.order_id
      order by l.payment_key is distinct from p.payment_key, l.file_day, l.line_no) as nth,
    row_number() over (partition by l.order_id, l.payment_key order by l.file_day, l.line_no) as copy
  from charge_scope s join settlement_lines l on l.order_id = s.order_id and l.kind = 'payment'
  left join payments p on p.order_id = l.order_id),
judged as (
  select s.order_id as subject, case when ${BOOKS_DIFFER} then null else ${CLASS} end as line_class,
    ${BOOKS_DIFFER} as books_differ,
    l.nth, l.file_day, l.line_no, l.payment_key as line_key, l.amount as line_amount, l.fee as line_fee, l.net,
    l.at, l.settle_date,
    p.deal_id, p.attempt, p.status, p.amount, p.payment_key, p.approved_at, p.sent_at, p.decided_at, cost, b.receivable
  from charge_scope s
  left join listed l on l.order_id = s.order_id
  left join payments p on p.order_id = s.order_id
  left join deals d on d.id = p.deal_id
  left join booked b on b.order_id = s.order_id
  cross join lateral (select p.amount * ${PG_COST_BPS} / 10000 as cost,
    coalesce(p.status in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED'), false) as charged) x)
insert into found_breaks (class, key, source, subject, business_day, deal_id, attempt, amount, ours, theirs,
  file_day, settle_date, unsettled, moment, waits_for)
select coalesce(line_class, 'ledger-differs'),
  case when line_class is null then 'charge:' else '' end || subject || case when nth > 1 then '#' || nth else '' end,
  'charge', subject, coalesce(file_day, ${kstDay('coalesce(approved_at, sent_at, decided_at)')}), deal_id, attempt,
  case line_class when 'amount-differs' then abs(line_amount - amount) when 'fee-differs' then abs(line_fee - cost)
    when 'settlement-short' then abs(net - (line_amount - line_fee)) else abs(coalesce(line_amount, amount)) end,
  case when status is not null then jsonb_strip_nulls(jsonb_build_object('status', status, 'amount', amount,
    'fee', cost,
    'paymentKey', payment_key, 'approvedAt', approved_at, 'ledger', receivable)) end,
  case when file_day is not null then jsonb_build_object('line', line_no, 'amount', line_amount, 'fee', line_fee,
    'net', net,
    'paymentKey', line_key, 'at', at, 'settleDate', settle_date) end,
  file_day, settle_date,
  case when file_day is null then 0 else net - case when nth = 1 then coalesce(receivable, 0) else 0 end end,
  case line_class when 'missing-at-pg' then approved_at when 'charge-undecided-but-settled' then at
    when 'charged-after-failure' then at when 'missing-here' then at end,
  case line_class when 'missing-at-pg' then 'lists' when 'charge-undecided-but-settled' then 'grace'
    when 'charged-after-failure' then 'grace' when 'missing-here' then 'neighbours' end
from judged where line_class is not null or books_differ`;

/** Finds the breaks of charges. */
export async function matchCharges(trx: Trx, bindings: Bindings): Promise<void> {
  await trx.raw(SCOPE, bindings);
  await trx.raw('analyze charge_scope');
  await trx.raw(MATCH, bindings);
}
