/** I15 of two people: what can pay twice was asked for by one operator, and approved by another. */
import { CORRECTED_BY_ONE_MAX } from '../../workflows/domain/operator-requests';
import type { Invariant } from './invariant';

/** Rows that name the request which they are the effect of. That of a role goes with the next; the audit tells it. */
const EFFECTS = `(select request_id from deal_events union all select request_id from stop_switch_events
  union all select request_id from owner_funds union all select request_id from reconciliation_breaks
  union all select request_id from risk_set_activations)`;

export const REQUEST_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I15',
    name: 'requests-have-two-people',
    law: 'what two people give has a request that another operator than its maker approved, and is its one effect',
    over: 'operator_requests',
    bindings: { correctedByOneMax: CORRECTED_BY_ONE_MAX },
    breaks: `
      with since as (select created_at as at from migration_hashes where name = '0032-operator-requests'),
        known as (select created_at as at from migration_hashes where name = '0037-second-people')
      select r.deal_id as "dealId", d.deal_no as "dealNo", format('request %s (%s) is %s %s', r.id, r.kind, r.standing,
        case when r.checker_id is null then 'of nobody who approved it'
          when r.checker_id = r.maker_id then 'by its maker alone'
          when r.maker_id is null and r.first_checker_id is null and r.decided_at > known.at then 'by one alone'
          else 'without an effect' end) as fact
      from known, operator_requests r left join deals d on d.id = r.deal_id
      where r.standing in ('APPROVED', 'DONE', 'REFUSED') and (r.checker_id is null or r.checker_id = r.maker_id
        or r.maker_id is null and r.first_checker_id is null and r.decided_at > known.at
        or r.standing = 'DONE' and r.kind not in ('role', 'invite')
          and not exists (select 1 from ${EFFECTS} e where e.request_id = r.id))
      union all
      select r.deal_id, d.deal_no, format('request %s (%s) has an effect, and is %s', r.id, r.kind, r.standing)
      from operator_requests r left join deals d on d.id = r.deal_id
      where r.standing <> 'DONE' and exists (select 1 from ${EFFECTS} e where e.request_id = r.id)
      union all
      select e.deal_id, d.deal_no, format('%s by %s has no request', e.cause, e.actor)
      from deal_events e join deals d on d.id = e.deal_id, since
      where e.request_id is null and e.at > since.at and (e.cause in ('rule', 'manual-transfer', 'accept-break')
        or e.cause = 'correct-account' and d.principal > :correctedByOneMax)
      union all
      select null, null, format('the stop of %ss was lifted by %s without a request', e.leg, e.actor)
      from stop_switch_events e, since
      where e.action = 'lift' and e.source = 'operator' and e.request_id is null and e.at > since.at
      union all
      select null, null, format('%s of the owner has no request', o.reference) from owner_funds o, since
      where o.request_id is null and o.created_at > since.at
      union all
      select b.deal_id, d.deal_no, format('break %s was ended without a request', b.id)
      from reconciliation_breaks b left join deals d on d.id = b.deal_id, since
      where b.request_id is null and b.resolved_at > since.at
        and b.resolution ~ '^(accepted|books corrected) .*by operator:'
      union all
      select null, null, format('risk set %s was activated without a request', a.set_number) from risk_set_activations a
      where a.request_id is null and a.actor <> 'system'`,
  },
];
