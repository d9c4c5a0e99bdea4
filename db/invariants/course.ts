/** I6 and I8: every deal moves or says why not, along legal edges only, each recorded with who and why. */
import { DEAL_EDGES, WAIT_REASONS } from '../../workflows/domain/deal-state';
import type { Invariant } from './invariant';

const EDGES = DEAL_EDGES.map(([from, to]) => `('${from}', '${to}')`).join(', ');
const WAITS = `(${WAIT_REASONS.map((reason) => `'${reason}'`).join(', ')})`;
const OPEN = `('PENDING', 'PAID', 'TRANSFERRING', 'TRANSFER_FAILED')`;
/** The alarm of this very check tells nobody anything new. */
const PERSON_KNOWS = `exists (select 1 from operator_tasks o where o.deal_id = d.id and o.closed_at is null
  and o.severity = 'task' and o.reason <> 'invariant-broken')`;
/** Charged so long ago, a deal has ended or a person has been told. */
const PATIENCE = `interval '24 hours 10 minutes'`;
const STUCK = `:stuckAfterS * interval '1 second'`;
/** A trigger dates the row of a deal: by the database's clock, and so its quiet is measured. */
const QUIET = `d.updated_at < now() - ${STUCK}`;

export const COURSE_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I6',
    name: 'charged-deals-end',
    law: 'a deal charged 24 h ago, or reopened by a late return 24 h ago, has ended, or a person has been told',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s since %s, and no operator task', d.status,
          to_char(o.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI"Z"')) as fact
      from deals d join payments p on p.deal_id = d.id and p.status in ('PAID', 'PARTIALLY_REFUNDED') and not p.late,
      lateral (select case when d.completed_at is null then p.decided_at else d.failing_since end as since) o
      where d.status in ${OPEN} and o.since < :now::timestamptz - ${PATIENCE} and not ${PERSON_KNOWS}`,
  },
  {
    id: 'I6',
    name: 'late-charges-are-given-back',
    law: 'a charge that succeeded late is given back, or a person has been told',
    over: 'payments',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('late charge %s is not given back', p.order_id) as fact
      from payments p join deals d on d.id = p.deal_id
      where p.late and p.status = 'PAID' and p.decided_at < :now::timestamptz - ${STUCK} and ${QUIET}
        and not exists (select 1 from refunds r where r.payment_id = p.id and r.status = 'PENDING')
        and not ${PERSON_KNOWS}`,
  },
  {
    id: 'I6',
    name: 'undecided-refunds-say-so',
    law: 'a refund of an ended deal is decided, or people have been told that it is not',
    over: 'refunds',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('refund %s is undecided, and nobody says so', r.idempotency_key) as fact
      from refunds r join payments p on p.id = r.payment_id join deals d on d.id = r.deal_id
      where r.status = 'PENDING' and not p.late and d.status not in ${OPEN}
        and r.created_at < now() - ${STUCK} and not exists (select 1 from operator_tasks o
          where o.deal_id = d.id and o.closed_at is null and o.reason = 'fee-refund-unknown')`,
  },
  {
    id: 'I6',
    name: 'waits-say-their-reason',
    law: 'a confirmed deal that has not ended moves, or says why it waits',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('%s waits without a stated reason', d.status) as fact
      from deals d
      where d.status in ${OPEN} and (d.confirmed_at is not null or d.cancel_requested_at is not null)
        and d.waiting_reason is null and ${QUIET}
        and not exists (select 1 from transfers t where t.deal_id = d.id
          and coalesce(t.decided_at, t.last_sent_at) > :now::timestamptz - ${STUCK})`,
  },
  {
    id: 'I6',
    name: 'waits-end-when-they-said',
    law: 'a wait that said when it ends has ended then',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s, waiting %s, was to move at %s', d.status, d.waiting_reason,
        to_char(d.next_move_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')) as fact
      from deals d
      where d.status in ${OPEN} and d.waiting_reason is not null
        and d.next_move_at < :now::timestamptz - ${STUCK} and ${QUIET}`,
  },
  {
    id: 'I6',
    name: 'unknowns-are-undecided',
    law: 'a deal that waits for an unknown outcome has a leg that is undecided',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s, waiting %s, and nothing is undecided', d.status, d.waiting_reason) as fact
      from deals d
      where d.waiting_reason in ('charge-unknown', 'transfer-unknown', 'refund-unknown')
        and d.waiting_since < :now::timestamptz - ${STUCK} and not case d.waiting_reason
          when 'charge-unknown' then exists (select 1 from payments p where p.deal_id = d.id and p.status = 'PENDING')
          when 'transfer-unknown' then exists (select 1 from transfers t where t.deal_id = d.id
            and t.status in ('PENDING', 'PROCESSING'))
          else exists (select 1 from refunds r where r.deal_id = d.id and r.status = 'PENDING')
            or exists (select 1 from chargebacks b where b.deal_id = d.id and b.status = 'OPEN') end`,
  },
  {
    id: 'I6',
    name: 'cancels-are-heard',
    law: 'a deal that its payer cancelled waits for nothing but an undecided outcome',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s, cancelled by its payer, and waiting %s', d.status, d.waiting_reason) as fact
      from deals d
      where d.status in ('PENDING', 'PAID') and d.waiting_reason in ('card-needed', 'risk-review', 'bank-closed')
        and greatest(d.cancel_requested_at, d.waiting_since) < :now::timestamptz - ${STUCK}
        and d.cancel_requested_at is not null`,
  },
  {
    id: 'I6',
    name: 'ended-deals-wait-for-nothing',
    law: 'a deal that has ended waits for nothing',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('%s, and waiting %s', d.status, d.waiting_reason) as fact
      from deals d where d.status not in ${OPEN} and d.waiting_reason is not null`,
  },
  {
    id: 'I6',
    name: 'alarms-end-with-their-wait',
    law: 'what operators are told of a wait is closed when the wait ends',
    over: 'operator_tasks',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s "%s" is open, and the deal is %s, waiting %s', o.severity, o.reason,
        d.status, coalesce(d.waiting_reason, 'for nothing')) as fact
      from operator_tasks o join deals d on d.id = o.deal_id
      where o.closed_at is null and o.reason in ${WAITS} and d.waiting_reason is distinct from o.reason`,
  },
  {
    id: 'I6',
    name: 'quotes-expire',
    law: 'a quote that nobody confirmed is cancelled when its time is over',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", 'the quote has expired and is still open' as fact
      from deals d
      where d.status = 'PENDING' and d.confirmed_at is null and d.cancel_requested_at is null
        and d.expires_at < :now::timestamptz - greatest(${STUCK}, interval '10 minutes')`,
  },
  {
    id: 'I8',
    name: 'edges-are-legal',
    law: 'a deal begins PENDING and moves along legal edges only; actions move nothing',
    over: 'deal_events',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('version %s: %s -> %s', e.deal_version, e.from_state, e.to_state) as fact
      from deal_events e join deals d on d.id = e.deal_id
      where (case when e.deal_version is null then e.from_state = e.to_state
        when e.deal_version = 1 then e.from_state is null and e.to_state = 'PENDING'
        else (e.from_state, e.to_state) in (${EDGES}) end) is not true`,
  },
  {
    id: 'I8',
    name: 'versions-follow-one-another',
    law: 'each edge begins where the one before it ended, and is its version + 1',
    over: 'deal_events',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('version %s (from %s) follows version %s (to %s)', e.deal_version, e.from_state, e.version_before,
          e.state_before) as fact
      from (select deal_id, deal_version, from_state, lag(deal_version) over w as version_before,
        lag(to_state) over w as state_before
            from deal_events where deal_version is not null window w as (partition by deal_id order by deal_version)) e
      join deals d on d.id = e.deal_id
      where e.deal_version <> coalesce(e.version_before, 0) + 1 or e.from_state is distinct from e.state_before`,
  },
  {
    id: 'I8',
    name: 'deals-are-where-their-story-ends',
    law: 'a deal is in the state, and has the version, of its last edge',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('%s at version %s, its story ends at version %s',
        d.status, d.version, coalesce(e.last, 0)) as fact
      from deals d
      left join (select deal_id, max(deal_version) as last from deal_events where deal_version is not null
        group by deal_id) e
        on e.deal_id = d.id
      left join deal_events at on at.deal_id = d.id and at.deal_version = d.version
      where e.last is distinct from d.version or at.to_state is distinct from d.status`,
  },
  {
    id: 'I8',
    name: 'edges-name-actor-and-cause',
    law: 'every edge and every action says who and why',
    over: 'deal_events',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('version %s: %s -> %s without %s', e.deal_version, e.from_state, e.to_state,
        case when trim(e.actor) = '' then 'its actor' else 'its cause' end) as fact
      from deal_events e join deals d on d.id = e.deal_id where trim(e.actor) = '' or trim(e.cause) = ''`,
  },
];
