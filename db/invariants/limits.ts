/**
 * I10 (the inbox drains), I11 (money requests are answered once)
 * and I12 (the risk limits, recomputed from PostgreSQL alone).
 */
import { LIMIT_RULES } from '../../workflows/domain/risk-rules';
import type { Invariant } from './invariant';

const HOUR = `interval '1 hour'`;
/** Workers' clocks differ a little; a window's edge is no place to judge. */
const SKEW = `interval '10 seconds'`;

/**
 * Every window of a card's hour as the rule opens them: the first charge, then the first one an hour after that, and
 * so on. A card is its billing key, whoever has it.
 */
const CARD_WINDOWS = `
  with recursive sent as (select c.card_key as card_id, p.deal_id, p.sent_at
    from payments p join cards c on c.id = p.card_id where p.sent_at is not null),
  crowded as (select distinct card_id from (
    select card_id, count(*) over (partition by card_id order by sent_at
      range between ${HOUR} preceding and current row) as n
    from sent) c where n > :perCardHour),
  theirs as materialized (select s.* from sent s join crowded using (card_id)),
  windows as (select card_id, min(sent_at) as opened from theirs group by card_id
    union all
    select w.card_id, next.sent_at from windows w
    cross join lateral (select min(t.sent_at) as sent_at from theirs t where t.card_id = w.card_id
      and t.sent_at >= w.opened + ${HOUR}) next
    where next.sent_at is not null)`;

export const LIMIT_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I10',
    name: 'the-inbox-drains',
    law: 'a webhook event that is a day old has been dealt with, or a person has been told',
    over: 'pg_webhook_events',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s event %s is not dealt with', e.provider, e.type) as fact
      from pg_webhook_events e left join deals d on d.deal_no = e.deal_no
      where e.processed_at is null and e.received_at < now() - interval '24 hours'
        and not exists (select 1 from operator_tasks o where o.closed_at is null and o.severity = 'task'
          and case when e.leg is null then o.deal_id is null and o.reason = 'event-unreadable'
            else o.deal_id = d.id and o.reason <> 'invariant-broken' end)`,
  },
  {
    id: 'I11',
    name: 'answers-are-whole',
    law: 'a stored answer is whole and definite, or names what it told of: it is replayed for ever',
    over: 'idempotency_keys',
    breaks: `
      select null::uuid as "dealId", null as "dealNo",
        format('%s %s: stored answer %s', method, path, status_code) as fact
      from idempotency_keys where status_code is not null
        and (coalesce(response_encrypted, resource) is null or content_type is null or lease_until is not null
          or not (status_code between 200 and 299 and status_code <> 202 or status_code in (402, 404, 409, 422)))`,
  },
  {
    id: 'I11',
    name: 'leases-end',
    law: 'a request in flight ends: its lease lasts seconds, and one that was left is cleaned up within two hours',
    over: 'idempotency_keys',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('%s %s: leased until %s', method, path,
        to_char(lease_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI"Z"')) as fact
      from idempotency_keys where status_code is null and lease_until < pg_catalog.now() - interval '2 hours'`,
  },
  {
    id: 'I12',
    name: 'days-within-limits',
    law: "a payer's KST day holds no more deals and no more principal than the limits allow",
    over: 'risk_decisions',
    bindings: { perDay: LIMIT_RULES['user-daily-count'].max, amountPerDay: LIMIT_RULES['user-daily-amount'].max },
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('one of %s deals of %s won on %s', o.n, o.won, o.kst_day) as fact
      from (select user_id, kst_day, count(*) as n, sum(principal) as won from risk_decisions
            where reserved and released_at is null group by user_id, kst_day
            having count(*) > :perDay or sum(principal) > :amountPerDay) o
      join risk_decisions r on r.user_id = o.user_id and r.kst_day = o.kst_day and r.reserved and r.released_at is null
      join deals d on d.id = r.deal_id`,
  },
  {
    id: 'I12',
    name: 'charges-are-reserved',
    law: 'every charge that was sent was let through by a decision, which counts until it is declined or given back',
    over: 'payments',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('charge %s (%s): %s', p.order_id, p.status,
        case when r.deal_id is null then 'no decision' when not r.reserved then 'sent against ' || r.verdict
          when r.released_at is null then 'still counted' else 'no longer counted' end) as fact
      from payments p join deals d on d.id = p.deal_id
      left join risk_decisions r on r.deal_id = p.deal_id and r.attempt = p.attempt
      where (case when p.sent_at is null then r.deal_id is not null and not r.reserved
        else r.reserved and (p.late
          or exists (select 1 from chargebacks b where b.payment_id = p.id and b.status = 'LOST')
          or (r.released_at is null) = (p.status in ('PENDING', 'PAID', 'PARTIALLY_REFUNDED'))) end)
        is not true`,
  },
  {
    id: 'I12',
    name: 'decisions-fit-their-deal',
    law: 'a risk decision is about the payer, the card, the principal and the memo of its deal, and an attempt of it',
    over: 'risk_decisions',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('the decision of attempt %s does not fit', r.attempt) as fact
      from risk_decisions r join deals d on d.id = r.deal_id
      left join payments p on p.deal_id = r.deal_id and p.attempt = r.attempt
      where r.user_id <> d.user_id or r.principal <> d.principal or p.card_id is distinct from r.card_id
        or r.memo_changed <> d.memo_changed or r.reserved <> (r.verdict in ('PASS', 'HOLD', 'ALERT'))`,
  },
  {
    id: 'I12',
    name: 'card-hours-within-limits',
    law: "a card's hour holds no more charges than the limit, in every hour since its first",
    over: 'payments',
    bindings: { perCardHour: LIMIT_RULES['card-hourly-count'].max },
    breaks: `${CARD_WINDOWS}
      select d.id as "dealId", d.deal_no as "dealNo", format('one of %s charges in the hour of its card from %s', o.n,
        to_char(o.opened at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')) as fact
      from (select w.card_id, w.opened, count(*) as n from windows w join theirs t on t.card_id = w.card_id
            and t.sent_at >= w.opened and t.sent_at < w.opened + ${HOUR} - ${SKEW}
            group by w.card_id, w.opened having count(*) > :perCardHour) o
      join theirs t on t.card_id = o.card_id and t.sent_at >= o.opened and t.sent_at < o.opened + ${HOUR} - ${SKEW}
      join deals d on d.id = t.deal_id`,
  },
  {
    id: 'I12',
    name: 'card-counters-count-charges',
    law: "a card's counter is the number of its charges since its hour opened, whoever had it, and one on all its rows",
    over: 'cards',
    breaks: `
      select null::uuid as "dealId", null as "dealNo",
        format('card %s counts %s charges, %s were sent', c.id, c.hour_charges, s.n) as fact
      from cards c
      join (select k.id, count(p.id) as n, count(p.id) filter (where p.sent_at >= k.hour_opened_at) as since
        from cards k join cards o using (card_key)
        left join payments p on p.card_id = o.id and p.sent_at >= k.hour_opened_at - ${SKEW}
        where k.hour_opened_at is not null group by k.id) s on s.id = c.id
      where c.hour_charges > s.n or c.hour_charges < s.since
      union all
      select null, null, format('rows of card %s have hours of their own', min(id::text))
      from cards group by card_key
      having count(distinct (hour_opened_at, hour_charges)) > 1`,
  },
];
