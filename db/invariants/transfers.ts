/** I3 and I4: at most one standing transfer per deal, and never a transfer beside a refund. */
import type { Invariant } from './invariant';

/**
 * What the state of a deal says of its transfers. Between two
 * attempts in line a deal is TRANSFERRING with none undecided.
 */
const TRANSFERS_OF_STATE = `case
  when d.status in ('PENDING', 'PAID', 'CANCELLED') then t.n is null
  when d.status = 'COMPLETED' then t.done = 1 and t.undecided = 0
  when d.status = 'TRANSFERRING' then t.done = 0
  when d.status = 'TRANSFER_FAILED' then t.done = 0 and t.undecided = 0
  else coalesce(t.done + t.undecided, 0) = 0 end`;

export const TRANSFER_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I3',
    name: 'one-standing-transfer',
    law: 'a deal has at most one transfer that arrived, or may have, and was not returned',
    over: 'transfers',
    breaks: `
      select t.deal_id as "dealId", d.deal_no as "dealNo", format('%s transfers stand or may stand', t.n) as fact
      from (select deal_id, count(*) as n from transfers where status in ('PENDING', 'PROCESSING', 'COMPLETED')
            group by deal_id having count(*) > 1) t join deals d on d.id = t.deal_id`,
  },
  {
    id: 'I3',
    name: 'transfers-fit-their-deal',
    law: 'a transfer is of the principal, under its own reference, to an account of its payer (arrived: of its deal)',
    over: 'transfers',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('transfer %s (%s) does not fit', t.reference, t.status) as fact
      from transfers t join deals d on d.id = t.deal_id join bank_accounts a on a.id = t.recipient_id
      where t.amount <> d.principal or t.reference <> d.deal_no
          || case when t.bank_reference is null then '-T' else '-M' end || t.attempt or a.user_id <> d.user_id
        or (t.status = 'COMPLETED' and t.recipient_id <> d.recipient_id)
        or (t.status in ('PENDING', 'PROCESSING')) <> (t.decided_at is null)`,
  },
  {
    id: 'I3',
    name: 'paid-by-hand-is-evidenced',
    law: 'a transfer made by hand has its own slip, evidence and who says so, and was never sent to the bank',
    over: 'transfers',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('transfer %s (%s, slip %s): %s', t.reference, t.status, coalesce(t.bank_reference, 'unknown'),
          x.why) as fact
      from transfers t join deals d on d.id = t.deal_id
      left join (select bank_reference, trading_date, count(*) as n from transfers group by 1, 2) o
        on o.bank_reference = t.bank_reference and o.trading_date = t.trading_date
      cross join lateral (select case
        when num_nulls(t.bank_reference, t.evidence, t.evidence_at, t.paid_by) > 0 then 'its evidence is missing'
        when t.status not in ('COMPLETED', 'RETURNED') then 'it counts as never paid'
        when o.n > 1 then 'its slip pays another deal too'
        when exists (select 1 from sends s where s.key = t.reference) then 'it was sent to the bank'
        when not exists (select 1 from deal_events e where e.deal_id = t.deal_id and e.cause = 'manual-transfer')
          then 'the story of its deal lacks it' end as why) x
      where (t.bank_reference is not null or t.reference ~ '-M[0-9]+$') and x.why is not null`,
  },
  {
    id: 'I3',
    name: 'transfer-attempts-in-turn',
    law: 'transfer attempts are numbered from 1 without a gap, each after a failure or a return; the job counts them',
    over: 'transfer_jobs',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('job %s of %s won: %s attempts counted, %s made, %s not ended before the last', j.status, j.amount,
          j.attempts,
          coalesce(t.n, 0), coalesce(t.live_before, 0)) as fact
      from transfer_jobs j join deals d on d.id = j.deal_id
      left join (select deal_id, count(*) as n, max(attempt) as last, bool_or(status = 'COMPLETED') as done,
          bool_or(status in ('PENDING', 'PROCESSING')) as undecided,
          count(*) filter (where status not in ('FAILED', 'RETURNED') and attempt < latest) as live_before
        from (select *, max(attempt) over (partition by deal_id) as latest from transfers) a group by deal_id) t
        on t.deal_id = j.deal_id
      where t.n is null or t.n <> t.last or t.live_before > 0 or j.attempts <> t.n or j.amount <> d.principal
        or j.status <> case when t.done then 'COMPLETED' when t.undecided then 'PROCESSING' else 'FAILED' end`,
  },
  {
    id: 'I3',
    name: 'deal-and-transfer-agree',
    law: 'a deal is completed when its transfer arrived, no sooner; nothing is sent before it is paid or after its end',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s with %s transfers: %s arrived, %s undecided', d.status, coalesce(t.n, 0), coalesce(t.done, 0),
          coalesce(t.undecided, 0)) as fact
      from deals d left join (
        select deal_id, count(*) as n, count(*) filter (where status = 'COMPLETED') as done,
          count(*) filter (where status in ('PENDING', 'PROCESSING')) as undecided
        from transfers group by deal_id) t on t.deal_id = d.id
      where (${TRANSFERS_OF_STATE}) is not true`,
  },
  {
    id: 'I4',
    name: 'no-refund-beside-a-transfer',
    law: 'the principal is never given back while a transfer arrived or may have',
    over: 'refunds',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('refund %s (%s) beside transfer %s (%s)', r.idempotency_key,
        r.status, t.reference, t.status) as fact
      from refunds r join payments p on p.id = r.payment_id join transfers t on t.deal_id = r.deal_id
      join deals d on d.id = r.deal_id
      where r.principal > 0 and r.status <> 'REJECTED' and not p.late
        and t.status in ('PENDING', 'PROCESSING', 'COMPLETED')`,
  },
  {
    id: 'I4',
    name: 'no-transfer-after-a-refund',
    law: 'no transfer begins after the principal began to be given back',
    over: 'transfers',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('transfer %s after refund %s (%s)', t.reference,
        r.idempotency_key, r.status) as fact
      from transfers t join refunds r on r.deal_id = t.deal_id join payments p on p.id = r.payment_id
      join deals d on d.id = t.deal_id
      where r.principal > 0 and r.status <> 'REJECTED' and not p.late and t.created_at > r.created_at`,
  },
  {
    id: 'I4',
    name: 'recipient-is-paid-from-the-charge',
    law: 'the ledger never pays a recipient, or gives back, more than was charged',
    over: 'ledger_entries',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('%s won more than was charged', o.won) as fact
      from (select deal_id, sum(amount) as won from ledger_entries where account = 'recipient_payable' group by deal_id
            having sum(amount) > 0) o left join deals d on d.id = o.deal_id`,
  },
];
