/**
 * I1, I7 (our half) and I16: the ledger balances, says what the rows say, and each posting is the one the domain names.
 */
import { PG_COST_BPS } from '../../workflows/domain/fees';
import { misposted, unposted } from './booked-events';
import type { Invariant } from './invariant';

const UNDECIDED = `('PENDING', 'PROCESSING')`;
/** A transfer that failed is booked as if there had been none. */
const FAILED = `exists (select 1 from transfers t
  where t.reference = split_part(j.key, ':', 2) and t.status = 'FAILED')`;

const CHARGED = `('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')`;

export const LEDGER_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I1',
    name: 'journals-balance',
    law: 'the postings of every journal sum to 0',
    over: 'ledger_entries',
    breaks: `
      select j.deal_id as "dealId", d.deal_no as "dealNo", format('journal %s is off by %s won', j.key, b.off) as fact
      from (select journal_id, sum(amount) as off from ledger_entries group by journal_id having sum(amount) <> 0) b
      join ledger_journals j on j.id = b.journal_id left join deals d on d.id = j.deal_id`,
  },
  {
    id: 'I1',
    name: 'journals-have-postings',
    law: 'every journal has postings, and they are of its own deal',
    over: 'ledger_journals',
    breaks: `
      select j.deal_id as "dealId", d.deal_no as "dealNo",
        case when e.id is null then format('journal %s is empty', j.key)
          else format('a posting of journal %s is of another deal', j.key) end as fact
      from ledger_journals j left join ledger_entries e on e.journal_id = j.id left join deals d on d.id = j.deal_id
      where e.id is null or e.deal_id is distinct from j.deal_id`,
  },
  {
    id: 'I1',
    name: 'ended-deals-owe-nothing',
    law: 'a deal that has ended owes its recipient nothing (late charges left out), and has nothing in flight',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s, and %s won are owed, %s in flight', d.status, o.won, o.in_flight) as fact
      from (select deal_id, coalesce(-sum(amount) filter (where account = 'recipient_payable'), 0) as won,
          coalesce(-sum(amount) filter (where account = 'transfers_in_flight'), 0) as in_flight
        from ledger_entries where account in ('recipient_payable', 'transfers_in_flight') group by deal_id) o
      join deals d on d.id = o.deal_id
      left join (select deal_id, count(*) as n from payments where late and status = 'PAID' group by deal_id) l
        on l.deal_id = d.id
      where d.status in ('COMPLETED', 'REFUNDED', 'CANCELLED')
        and (o.won, o.in_flight) <> (d.principal * coalesce(l.n, 0), 0)`,
  },
  {
    id: 'I7',
    name: 'ledger-owes-what-stands',
    law: 'the ledger owes the principal of each standing charge, less what is on its way, arrived or lost in a dispute',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('the ledger owes %s won, the rows %s', coalesce(o.won, 0),
          d.principal * (coalesce(c.n, 0) - coalesce(t.n, 0))) as fact
      from deals d
      left join (select deal_id, -sum(amount) as won from ledger_entries where account = 'recipient_payable'
        group by deal_id) o on o.deal_id = d.id
      left join (select deal_id, count(*) as n from payments where status in ('PAID', 'PARTIALLY_REFUNDED')
        group by deal_id) c on c.deal_id = d.id
      left join (select deal_id, count(*) as n from (
        select deal_id from transfers where status = 'COMPLETED' or status in ${UNDECIDED}
        union all select deal_id from ledger_journals where kind = 'chargeback-offset') gone
        group by deal_id) t on t.deal_id = d.id
      where coalesce(o.won, 0) <> d.principal * (coalesce(c.n, 0) - coalesce(t.n, 0))`,
  },
  {
    id: 'I7',
    name: 'charges-are-posted',
    law: 'every charge has its journal, and every charge journal its charge',
    over: 'payments',
    breaks: unposted('charge', `select deal_id, 'charge:' || order_id as key from payments where status in ${CHARGED}`),
  },
  {
    id: 'I7',
    name: 'transfers-are-posted',
    law: 'every transfer that did not fail is in the ledger, from its intent on, and no other is',
    over: 'transfers',
    breaks: unposted(
      'transfer',
      `select deal_id, 'transfer:' || reference as key from transfers where status <> 'FAILED'`,
      FAILED,
    ),
  },
  {
    id: 'I7',
    name: 'returns-are-posted',
    law: 'every returned transfer has its journal, and every return journal its transfer',
    over: 'transfers',
    breaks: unposted(
      'return',
      `select deal_id, 'return:' || reference as key from transfers where status = 'RETURNED'`,
    ),
  },
  {
    id: 'I7',
    name: 'refunds-are-posted',
    law: 'every refund that is done has its journal, and every refund journal its refund',
    over: 'refunds',
    breaks: unposted(
      'refund',
      `select deal_id, 'refund:' || idempotency_key as key from refunds where status = 'DONE'`,
    ),
  },
  {
    id: 'I7',
    name: 'chargebacks-are-posted',
    law: 'every chargeback has its journal, and every chargeback journal its case',
    over: 'chargebacks',
    breaks: unposted('chargeback', `select deal_id, 'chargeback:' || reference as key from chargebacks`),
  },
  {
    id: 'I7',
    name: 'disputes-are-in-the-ledger',
    law: 'what the ledger holds as disputed is what is disputed',
    over: 'chargebacks',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s won are in dispute, the ledger says %s', coalesce(b.won, 0), coalesce(l.won, 0)) as fact
      from (select deal_id, sum(amount) as won from chargebacks where status = 'OPEN' group by deal_id) b
      full join (select deal_id, sum(amount) as won from ledger_entries where account = 'disputed_charges'
        group by deal_id) l on l.deal_id = b.deal_id
      left join deals d on d.id = coalesce(b.deal_id, l.deal_id)
      where coalesce(b.won, 0) <> coalesce(l.won, 0)`,
  },
  {
    id: 'I7',
    name: 'corrections-end-their-break',
    law: 'every correcting journal names a break, and that break was ended by it',
    over: 'ledger_journals',
    breaks: `
      select b.deal_id as "dealId", d.deal_no as "dealNo",
        format('journal %s, and break %s is open', j.key, j.break_id) as fact
      from ledger_journals j left join reconciliation_breaks b on b.id = j.break_id
      left join deals d on d.id = b.deal_id
      where j.kind = 'correction' and b.resolved_at is null`,
  },
  {
    id: 'I7',
    name: 'accepted-differences-are-posted',
    law: 'what an operator accepts of the PG paying otherwise is booked, beyond what a dispute explains',
    over: 'reconciliation_breaks',
    breaks: `
      select b.deal_id as "dealId", d.deal_no as "dealNo",
        format('break %s: %s won differ, and %s are booked', b.id, x.won, coalesce(l.won, 0)) as fact
      from reconciliation_breaks b left join chargebacks c on c.id = b.chargeback_id
      left join deals d on d.id = b.deal_id
      left join (select j.break_id, sum(e.amount) as won from ledger_journals j
        join ledger_entries e on e.journal_id = j.id
        where j.kind = 'correction' and j.corrects is null and e.account = 'pg_receivable'
        group by j.break_id) l on l.break_id = b.id
      cross join lateral (select case when not b.accepted then 0
        when b.unsettled < 0 then b.unsettled + coalesce(c.amount, 0)
        else b.unsettled - coalesce(c.amount, 0) end as won) x
      where x.won <> coalesce(l.won, 0)`,
  },
  {
    id: 'I16',
    name: 'charge-postings',
    law: 'a charge posts its total, principal, fee and the cost of the PG, to the won',
    over: 'ledger_journals',
    bindings: { costBps: PG_COST_BPS },
    breaks: misposted(
      'charge',
      `where (p.receivable, p.payable, p.revenue, p.expense, p.float, p.others) is distinct from
        (d.total - d.total * :costBps / 10000, -d.principal, -d.fee, d.total * :costBps / 10000, 0, 0)`,
    ),
  },
  {
    id: 'I16',
    name: 'transfer-postings',
    law: 'a transfer has the principal on its way while it is undecided, and out of the float once it arrived',
    over: 'ledger_journals',
    breaks: misposted(
      'transfer',
      `join transfers t on 'transfer:' || t.reference = p.key and t.status <> 'FAILED'
       cross join lateral (select case when t.status in ${UNDECIDED} then d.principal else 0 end as flying) x
       where (p.payable, p.float, p.in_flight, p.others, p.receivable, p.revenue, p.expense)
         is distinct from (d.principal, x.flying - d.principal, -x.flying, x.flying, 0, 0, 0)`,
    ),
  },
  {
    id: 'I16',
    name: 'return-postings',
    law: 'a return reverses its transfer',
    over: 'ledger_journals',
    breaks: misposted(
      'return',
      `where (p.payable, p.float, p.receivable, p.revenue, p.expense, p.others)
         is distinct from (-d.principal, d.principal, 0, 0, 0, 0)`,
    ),
  },
  {
    id: 'I16',
    name: 'refund-postings',
    law: 'a refund posts what it gave back, and the cost of the PG shrinks to that of what remains',
    over: 'ledger_journals',
    bindings: { costBps: PG_COST_BPS },
    breaks: misposted(
      'refund',
      `join (select 'refund:' || r.idempotency_key as key, r.principal, r.fee, r.amount,
           c.amount - coalesce(sum(r.amount) over (partition by r.payment_id order by r.n
             rows between unbounded preceding and 1 preceding), 0) as remaining
         from refunds r join payments c on c.id = r.payment_id where r.status = 'DONE') r on r.key = p.key,
       lateral (select r.remaining::int8 * :costBps / 10000
         - (r.remaining - r.amount)::int8 * :costBps / 10000 as back) cost
       where (p.receivable, p.payable, p.revenue, p.expense, p.float, p.others) is distinct from
         (cost.back - r.amount, r.principal, r.fee, -cost.back, 0, 0)`,
    ),
  },
  {
    id: 'I16',
    name: 'quotes-add-up',
    law: 'total = principal + fee, and the fee is the frozen rate of the principal with the fraction dropped',
    over: 'deals',
    breaks: `
      select id as "dealId", deal_no as "dealNo",
        format('%s + %s = %s at %s bps', principal, fee, total, fee_bps) as fact
      from deals where total <> principal + fee or fee <> principal * fee_bps / 10000 or principal <= 0`,
  },
];
