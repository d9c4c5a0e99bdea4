/**
 * Transfers that people made by hand, and the day on which the statements of our account have each. The bank names them
 * by the slip.
 */
import { kstDay } from './found';

/**
 * A payment under the number of this slip `t`, on any day: no settlement, and not the owner's, whose order names it.
 */
const PAID_UNDER = `l.reference = t.bank_reference and l.amount < 0 and l.kind <> 'settlement'
  and not exists (select from owner_funds f where f.reference = l.reference)`;

/** The day of the charge that the slip's deal stands on: no earlier line pays it. */
const CHARGED_ON = `(select min(${kstDay('p.approved_at')}) from payments p
  where p.deal_id = t.deal_id and not p.late)`;

/**
 * Common table expressions, of which `by_hand` is wanted: reference, bank_reference, `told` (the trading date that a
 * person named), `day` (that of its payment), and when the slip's number is used again.
 *
 * The payment is the line of the day that was told. When there is none, people may have told another day than the
 * bank's: then it is the line of the same number and the same amount since the charge, until the day that its evidence
 * is of (a payment is not later than what shows it), but only where there is one such line, no other slip's, and it is
 * of one such slip: of two nothing is guessed, and people look. Nothing of a row is changed.
 */
export const SLIPS = `
slips as (select t.reference, t.bank_reference, t.trading_date as told, t.deal_id, t.amount,
    ${kstDay('t.evidence_at')} as seen,
    exists (select from statement_lines l where ${PAID_UNDER} and l.day = t.trading_date) as as_told
  from transfers t where t.bank_reference is not null),
elsewhere as (select t.reference, l.day, count(*) over (partition by t.reference) as lines,
    count(*) over (partition by l.day, l.line_no) as slips
  from slips t join statement_lines l on ${PAID_UNDER} and l.amount = 0 - t.amount
    and l.day between ${CHARGED_ON} and t.seen
  where not t.as_told
    and not exists (select from slips s where s.bank_reference = t.bank_reference and s.as_told and s.told = l.day)),
by_hand as materialized (select s.reference, s.bank_reference, s.told, coalesce(e.day, s.told) as day,
    lead(coalesce(e.day, s.told)) over (partition by s.bank_reference order by coalesce(e.day, s.told)) as used_again
  from slips s left join elsewhere e on e.reference = s.reference and e.lines = 1 and e.slips = 1)`;

/**
 * Whether the line `l` of a statement is of the slip `h` of `by_hand`: its payment, or its return, which comes in since
 * then, and before the number is used again; unless it is the owner's.
 */
export const IS_OF_SLIP = `h.bank_reference = l.reference and l.kind <> 'settlement' and case when l.amount < 0
  then h.day = l.day else l.day >= h.day and (h.used_again is null or l.day < h.used_again)
    and not exists (select from owner_funds f where f.reference = l.reference) end`;
