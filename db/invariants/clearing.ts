/**
 * I7: what stands in an account that only passes money on is explained: each won of it by the transfer, or by what an
 * operator accepted (disputed charges: `disputes-are-in-the-ledger`).
 */
import { bookedOf } from './booked-events';
import type { Invariant } from './invariant';

const UNDECIDED = `('PENDING', 'PROCESSING')`;

export const CLEARING_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I7',
    name: 'in-flight-is-undecided',
    law: 'what the ledger of a deal has in flight is its undecided transfer, from the intent to the verdict',
    over: 'transfers',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s won are undecided, the ledger has %s in flight', coalesce(t.won, 0), coalesce(l.won, 0)) as fact
      from (select deal_id, sum(amount) as won from transfers where status in ${UNDECIDED} group by deal_id) t
      full join (select deal_id, -sum(amount) as won from ledger_entries where account = 'transfers_in_flight'
        group by deal_id) l on l.deal_id = t.deal_id
      left join deals d on d.id = coalesce(t.deal_id, l.deal_id)
      where coalesce(t.won, 0) <> coalesce(l.won, 0)`,
  },
  {
    id: 'I7',
    name: 'failures-are-reversed',
    law: 'a transfer that failed is booked as if it had never been sent',
    over: 'transfers',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('transfer %s failed, and its intent stands in the ledger', t.reference) as fact
      from transfers t join (${bookedOf('transfer')}) p on p.key = 'transfer:' || t.reference
      join deals d on d.id = t.deal_id where t.status = 'FAILED'`,
  },
  {
    id: 'I7',
    name: 'overpaid-is-accepted',
    law: 'what recipients were paid too much is what operators accepted of transfers that were called failed',
    over: 'reconciliation_breaks',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s won accepted, the ledger says %s', coalesce(b.won, 0), coalesce(l.won, 0)) as fact
      from (select deal_id, sum(amount) as won from reconciliation_breaks
        where accepted and class = 'paid-after-failure' group by deal_id) b
      full join (select deal_id, sum(amount) as won from ledger_entries where account = 'recipient_overpaid'
        group by deal_id) l on l.deal_id = b.deal_id
      left join deals d on d.id = coalesce(b.deal_id, l.deal_id)
      where coalesce(b.won, 0) <> coalesce(l.won, 0)`,
  },
  {
    id: 'I7',
    name: 'suspense-is-accepted',
    law: 'what stands in suspense is what operators accepted unexplained',
    over: 'ledger_entries',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('%s won in suspense by %s', s.won, s.event) as fact
      from (
        select coalesce(j.corrects, case j.kind when 'correction' then 'break ' || j.break_id else j.key end) as event,
          min(j.deal_id::text)::uuid as deal_id, sum(e.amount) as won
        from ledger_entries e join ledger_journals j on j.id = e.journal_id where e.account = 'suspense'
        group by 1 having sum(e.amount) <> 0) s
      left join deals d on d.id = s.deal_id
      where not exists (select 1 from reconciliation_breaks b where b.accepted and s.event = 'break ' || b.id)`,
  },
];
