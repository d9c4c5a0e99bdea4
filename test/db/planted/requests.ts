/** What two people give, given by fewer. */
import type { Planted } from './planted';

const law = 'requests-have-two-people';
const REQUEST = `insert into admin_users (id, handle, role, status, password_hash, totp_secret_encrypted) values
    ('00000000-0000-4000-8000-000000000001', 'planted', 'admin', 'ACTIVE', '-', '-'),
    ('00000000-0000-4000-8000-000000000002', 'planted.two', 'admin', 'ACTIVE', '-', '-');
  insert into operator_requests (id, kind, about, subject_kind, subject, input, reason, maker_id, maker, standing,
    checker_id, decided_at, ended_at)
  values ('00000000-0000-4000-8000-000000000003', 'lift', '{}', 'stop', 'charge', '{}', 'planted',
    '00000000-0000-4000-8000-000000000001', 'operator:planted', 'DONE', '00000000-0000-4000-8000-000000000002', now(),
    now());`;
const EFFECT = `insert into stop_switch_events (leg, source, action, actor, reason, request_id)
  values ('charge', 'operator', 'lift', 'operator:planted', 'planted', '00000000-0000-4000-8000-000000000003');`;

export const PLANTED_REQUESTS: readonly Planted[] = [
  {
    law,
    of: 'completed',
    sql: `insert into deal_events (deal_id, from_state, to_state, actor, cause, note)
      select id, status, status, 'operator:planted', 'accept-break', 'planted' from deals where id = :deal`,
  },
  {
    law,
    of: null,
    sql: `insert into stop_switch_events (leg, source, action, actor, reason)
      values ('charge', 'operator', 'lift', 'operator:planted', 'planted')`,
  },
  {
    law,
    of: null,
    sql: `insert into risk_set_activations (set_number, effective_at, actor, reason)
      select number, now(), 'operator:planted', 'planted' from risk_sets order by number limit 1`,
  },
  { law, of: null, sql: REQUEST },
  {
    law,
    of: null,
    also: ['checks-are-valid'],
    sql: `alter table operator_requests drop constraint operator_requests_two_people; ${REQUEST} ${EFFECT}
      update operator_requests set checker_id = maker_id where maker = 'operator:planted'`,
  },
  {
    law,
    of: null,
    sql: `${REQUEST} ${EFFECT} update operator_requests set maker_id = null, decided_at = now() + interval '1 hour'
      where maker = 'operator:planted'`,
  },
  {
    law,
    of: null,
    sql: `${REQUEST} ${EFFECT} update operator_requests set standing = 'APPROVED', ended_at = null
      where maker = 'operator:planted'`,
  },
];
