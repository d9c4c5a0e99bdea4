/**
 * What moved our account at the bank, told twice: by its statements, and by our books. Both are named by their money
 * event: `transfer:<reference>`, `return:<reference>`, `settlement:<settle date>`, `owner-funds:<reference>`.
 */
import { kstDay } from './found';
import { IS_OF_SLIP, SLIPS } from './slips';

/** Every journal that moves bank_float; `since`: the day to which a statement would have it. */
const BOOKED = `
  select e.amount, j.at, j.kind, ${kstDay('j.at')} as day,
    coalesce(substring(j.key from '^settlement:(\\d{4}-\\d\\d-\\d\\d)/')::date, ${kstDay('j.at')}) as since,
    case j.kind when 'settlement' then 'settlement:' || coalesce(substring(j.key from 12 for 10), '')
      when 'correction' then coalesce(j.corrects,
        (select 'transfer:' || b.subject from reconciliation_breaks b where b.id = j.break_id))
      else j.key end as event
  from ledger_entries e join ledger_journals j on j.id = e.journal_id where e.account = 'bank_float'`;

const EVENT_OF_LINE = `coalesce(case when l.amount < 0 then 'transfer:' else 'return:' end || h.reference, l.event)`;

/**
 * The return of what was paid by hand that no line tells of: the payment was never made, and a person said so. Both are
 * one event then, which moved nothing.
 */
const EVENT_OF_BOOKS = `case when b.event like 'return:%' and exists (select from by_hand h
    where b.event = 'return:' || h.reference and not exists (select from statement_lines l
      where l.amount > 0 and ${IS_OF_SLIP})) then 'transfer:' || substring(b.event from 8) else b.event end`;

/**
 * What our books hold for the settlements that the PG pays: `due`, the net of its files; or `posted`, which lacks what
 * their open breaks hold back, and comes the night after.
 */
const SETTLEMENTS = {
  due: `select 'settlement:' || s.settle_date, s.settle_date, s.settle_date::timestamp at time zone 'Asia/Seoul', 0,
      s.net
    from settlement_days s, first where s.settle_date >= first.day and s.settle_date <= first.last`,
  posted: `select b.event, b.day, b.at, 0, b.amount from booked b, first
    where b.kind = 'settlement' and b.since >= first.day`,
} as const;

/**
 * Common table expressions: `first` (the first and the last day of a statement) and `moves` (event, day, at, bank,
 * books; won). What was in the account before the first statement, and in no books, is a move of the event of its
 * opening.
 */
export const cashMoves = (settlements: keyof typeof SETTLEMENTS): string => `
first as (select min(day) as day, max(day) as last from statement_days having count(*) > 0),
booked as materialized (${BOOKED}),
${SLIPS},
moves (event, day, at, bank, books) as (
  select ${EVENT_OF_LINE}, l.day, l.at, l.amount, 0::int8 from statement_lines l left join by_hand h on ${IS_OF_SLIP}
  union all
  select ${EVENT_OF_BOOKS}, b.day, b.at, 0, b.amount from booked b, first
    where b.kind <> 'settlement' and b.day >= first.day
  union all
  ${SETTLEMENTS[settlements]}
  union all
  select 'owner-funds:OPENING', first.day, first.day::timestamp at time zone 'Asia/Seoul',
    s.opening - coalesce((select sum(amount) from booked b where b.since < first.day), 0)::int8, 0
  from first join statement_days s on s.day = first.day)`;

/**
 * The events whose difference has a reason of its own: a break that is open or accepted, or one that cannot be judged
 * yet. Of a transfer, the break of its list says it for both of its events.
 */
export const EXPLAINED_EVENTS = `
  select case source when 'transfer' then kind || subject else subject end as event, why
  from (select source, subject, case when resolved_at is null then 'break #' || id else 'accepted, #' || id end as why
      from reconciliation_breaks where resolved_at is null or accepted
    union all select source, subject, 'carried over' from reconciliation_carried) r
  join (values ('transfer:'), ('return:'), ('')) k(kind) on (r.source = 'transfer') = (kind <> '')
  where r.source in ('transfer', 'ledger', 'cash')`;
