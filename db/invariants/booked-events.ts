/** What is booked of the money events, in SQL, and the laws that set it against their rows. */
import { kindsOf } from '../reconciliation/booked';

/** The event of a transfer's intent or failure is the transfer. */
const EVENT_OF_TRANSFER = `case j.kind when 'transfer' then j.key else 'transfer:' || split_part(j.key, ':', 2) end`;

/**
 * What is booked of each money event of one kind: its journals (a transfer has up to three) and the corrections of
 * them. What comes to nothing is not booked. `others` is anything on an account that such a journal does not touch;
 * `in_flight` is a part of it.
 */
export const bookedOf = (kind: string): string => `
  select deal_id, key,
    coalesce(sum(won) filter (where account = 'pg_receivable'), 0) as receivable,
    coalesce(sum(won) filter (where account = 'recipient_payable'), 0) as payable,
    coalesce(sum(won) filter (where account = 'fee_revenue'), 0) as revenue,
    coalesce(sum(won) filter (where account = 'pg_fee_expense'), 0) as expense,
    coalesce(sum(won) filter (where account = 'bank_float'), 0) as float,
    coalesce(sum(won) filter (where account = 'transfers_in_flight'), 0) as in_flight,
    coalesce(sum(abs(won)) filter (where account not in
      ('pg_receivable', 'recipient_payable', 'fee_revenue', 'pg_fee_expense', 'bank_float')), 0) as others
  from (select j.deal_id, coalesce(j.corrects, ${kind === 'transfer' ? EVENT_OF_TRANSFER : 'j.key'}) as key, e.account,
      sum(e.amount) as won
    from ledger_journals j join ledger_entries e on e.journal_id = j.id
    where j.kind in (${kindsOf(kind).map((own) => `'${own}'`)}) or j.corrects like '${kind}:%' group by 1, 2, 3) b
  group by deal_id, key having bool_or(won <> 0)`;

/**
 * Rows that are not booked, and books without their row. `rows` selects deal_id and key; `free`: a row of any deal
 * that another law looks at.
 */
export const unposted = (kind: string, rows: string, free = 'false'): string => `
  select coalesce(r.deal_id, j.deal_id) as "dealId", d.deal_no as "dealNo",
    case when j.key is null then format('no journal %s', r.key)
      else format('journal %s without its row', j.key) end as fact
  from (${rows}) r
  full join (${bookedOf(kind)}) j on j.key = r.key and j.deal_id = r.deal_id
  left join deals d on d.id = coalesce(r.deal_id, j.deal_id)
  where j.key is null or (r.key is null and not (${free}))`;

/** Booked events whose postings are others than `more`, a condition on `p` and its deal `d`, allows. */
export const misposted = (kind: string, more: string): string => `
  select d.id as "dealId", d.deal_no as "dealNo", format('journal %s has other postings', p.key) as fact
  from (${bookedOf(kind)}) p join deals d on d.id = p.deal_id ${more}`;
