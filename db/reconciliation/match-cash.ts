/**
 * The money at the bank: the statements of our account ↔ the journals that move bank_float, one money event at a time
 * and over all days that were read. What a break of another source says of the same transfer is not said again.
 */
import type { Trx } from '../connection';
import { cashMoves } from './cash-moves';
import { type Bindings, kstDay } from './found';

const CLASS = `case when by_hand and event like 'transfer:%' and lines = 0 then 'manual-transfer-unproven'
  when by_hand and event like 'return:%' and booked_day is null then 'manual-transfer-returned'
  when lines = 0 then 'cash-not-at-bank' when booked_day is null then 'cash-not-booked'
  else 'cash-amount-differs' end`;

/** The files that name a settle date are all read by then. */
const FILES_READ = `substring(event from 12 for 10)::date + 1
  + make_interval(secs => extract(epoch from :settled::interval - :carry::interval))`;

/** The day to which a statement has it: an order of the owner, and a slip, name it. */
const DUE_DAY = `coalesce(${kstDay('o.at')}, paid_day, booked_day)`;
/** An order may name a day from before our first statement: no other reading will have its line. */
const WAITS = `case when event like 'settlement:%' then 'grace' when booked_day is null then 'grace'
  when lines = 0 and ${DUE_DAY} >= first.day then 'lists' end`;
/** A slip names no hour: any will do that is not near midnight. */
const BOOKED_AT = `coalesce(o.at, (paid_day + time '12:00') at time zone 'Asia/Seoul',
  greatest(booked_at, t.decided_at))`;

const MATCH = `
with ${cashMoves('due')},
differing as (
  select event, sum(bank)::int8 as bank, sum(books)::int8 as books, count(*) filter (where bank <> 0) as lines,
    min(at) filter (where bank <> 0) as line_at, min(day) filter (where bank <> 0) as line_day,
    max(at) filter (where books <> 0) as booked_at, max(day) filter (where books <> 0) as booked_day
  from moves group by event having sum(bank) <> sum(books))
insert into found_breaks (class, key, source, subject, business_day, deal_id, attempt, amount, ours, theirs, moment,
  waits_for)
select ${CLASS}, event, 'cash', event, coalesce(line_day, ${DUE_DAY}), t.deal_id, t.attempt,
  abs(bank - books),
  case when booked_day is not null then jsonb_build_object('booked', books) end,
  case when lines > 0 then jsonb_build_object('statement', bank, 'lines', lines, 'at', line_at) end,
  case when ${WAITS} is null then null when event like 'settlement:%'
    then (${FILES_READ}) at time zone 'Asia/Seoul'
    when booked_day is null then line_at else ${BOOKED_AT} end,
  ${WAITS}
from first, differing d
left join owner_funds o on d.event = 'owner-funds:' || o.reference
left join lateral (select t.deal_id, t.attempt, t.decided_at, t.bank_reference is not null as by_hand,
    case when t.bank_reference is not null and d.event like 'transfer:%' then t.trading_date end as paid_day
  from transfers t
  where t.reference = substring(d.event from '^transfer:(.+)$')
    or t.reference = substring(d.event from '^return:(.+)$') limit 1) t on true
where (lines > 0 or ${DUE_DAY} <= first.last)
  and event not in (select subject from found_breaks where source = 'ledger'
    union all select kind || subject from found_breaks, (values ('transfer:'), ('return:')) k(kind)
      where source = 'transfer')`;

/** Finds the breaks of the money at the bank; none before a statement was read. */
export async function matchCash(trx: Trx, bindings: Bindings): Promise<void> {
  await trx.raw(MATCH, bindings);
}
