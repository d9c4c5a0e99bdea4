/** I15: the database's own guards exist, are switched on and still refuse. Whoever takes one away is seen here. */
import { DEAL_EDGES } from '../../workflows/domain/deal-state';
import type { Invariant } from './invariant';

const pairs = (list: readonly (readonly [string, string])[]): string =>
  list.map(([a, b]) => `('${a}', '${b}')`).join(', ');

/** Table and trigger; every one of them refuses something. */
const TRIGGERS: readonly (readonly [string, string])[] = [
  ['ledger_journals', 'ledger_journals_immutable'],
  ['ledger_entries', 'ledger_entries_immutable'],
  ['ledger_entries', 'ledger_balanced'],
  ['deal_events', 'deal_events_immutable'],
  ['deal_events', 'deal_events_guard'],
  ['deals', 'deals_guard_birth'],
  ['deals', 'deals_guard_edge'],
  ['deals', 'deals_guard_memo'],
  ['deals', 'deals_guard_terminal'],
  ['deals', 'deals_guard_by_hand'],
  ['refunds', 'refunds_guard'],
  ['refunds', 'refunds_guard_amount'],
  ['transfers', 'transfers_guard'],
  ['transfers', 'transfers_guard_revival'],
  ['transfers', 'transfers_guard_by_hand'],
  ['transfers', 'transfers_guard_evidence'],
  ['payments', 'payments_guard_doubts'],
  ['transfers', 'transfers_guard_doubts'],
  ['refunds', 'refunds_guard_doubts'],
  ['sends', 'sends_guard_transfers'],
  ['sends', 'sends_guard_refunds'],
  ['stop_switch_events', 'stop_switch_events_immutable'],
  ['owner_funds', 'owner_funds_immutable'],
  ['risk_sets', 'risk_sets_immutable'],
  ['risk_set_activations', 'risk_set_activations_immutable'],
  ['risk_set_activations', 'risk_set_activations_two_people'],
  ['legal_holds', 'legal_holds_guard'],
  ['legal_holds', 'legal_holds_kept'],
  ['retention_proofs', 'retention_proofs_immutable'],
  ['admin_audit_logs', 'admin_audit_logs_sealed'],
  ['admin_audit_logs', 'admin_audit_logs_immutable'],
  ['admin_audit_head', 'admin_audit_head_guard'],
  ['users', 'users_guard_hashes'],
  ['cards', 'cards_guard_hashes'],
  ['bank_accounts', 'bank_accounts_guard_hashes'],
  ['data_keys', 'data_keys_guard'],
  ['operator_requests', 'operator_requests_guard'],
  ['operator_requests', 'operator_requests_kept'],
  ['deal_events', 'deal_events_two_people'],
  ['stop_switch_events', 'stop_switch_events_two_people'],
  ['owner_funds', 'owner_funds_two_people'],
  ['reconciliation_breaks', 'reconciliation_breaks_two_people'],
  ['admin_users', 'admin_users_two_people'],
  ['admin_users', 'admin_users_two_people_invite'],
  ['evidence_files', 'evidence_files_guard'],
  ['operator_requests', 'operator_requests_second_person'],
  ['stop_switch_events', 'stop_switch_events_lift'],
  ['admin_users', 'admin_users_server_reset'],
  ['admin_users', 'admin_users_invited_by_two'],
  ['user_monthly_stats', 'user_monthly_stats_immutable'],
  ['grade_changes', 'grade_changes_immutable'],
  ['archive_parts', 'archive_parts_immutable'],
  ['archives', 'archives_immutable'],
];

/** Table and unique index. */
const INDEXES: readonly (readonly [string, string])[] = [
  ['deals', 'deals_deal_no_key'],
  ['payments', 'payments_order_id_key'],
  ['payments', 'payments_payment_key_key'],
  ['payments', 'payments_deal_id_attempt_key'],
  ['payments', 'payments_one_live'],
  ['transfer_jobs', 'transfer_jobs_pkey'],
  ['transfers', 'transfers_reference_trading_date_key'],
  ['transfers', 'transfers_deal_id_attempt_key'],
  ['transfers', 'transfers_one_live'],
  ['transfers', 'transfers_bank_reference'],
  ['refunds', 'refunds_idempotency_key_key'],
  ['refunds', 'refunds_one_undecided'],
  ['refunds', 'refunds_request'],
  ['chargebacks', 'chargebacks_one_live'],
  ['doubts', 'doubts_open'],
  ['ledger_journals', 'ledger_journals_key_key'],
  ['owner_funds', 'owner_funds_reference_key'],
  ['reconciliation_breaks', 'reconciliation_breaks_case'],
  ['deal_events', 'deal_events_deal_id_deal_version_key'],
  ['idempotency_keys', 'idempotency_keys_pkey'],
  ['idempotency_keys', 'idempotency_keys_one_path'],
  ['admin_idempotency_keys', 'admin_idempotency_keys_pkey'],
  ['admin_idempotency_keys', 'admin_idempotency_keys_one_path'],
  ['pg_webhook_events', 'pg_webhook_events_pkey'],
  ['users', 'users_phone'],
  ['users', 'users_phone_even'],
  ['users', 'users_email'],
  ['users', 'users_email_even'],
  ['users', 'users_ci'],
  ['cards', 'cards_one_payer'],
  ['cards', 'cards_one_payer_even'],
  ['bank_accounts', 'bank_accounts_once'],
  ['bank_accounts', 'bank_accounts_once_even'],
  ['data_keys', 'data_keys_one_hash'],
  ['operator_requests', 'operator_requests_open'],
  ['deal_events', 'deal_events_request'],
  ['stop_switch_events', 'stop_switch_events_request'],
  ['owner_funds', 'owner_funds_request'],
  ['reconciliation_breaks', 'reconciliation_breaks_request'],
  ['admin_users', 'admin_users_request'],
  ['evidence_files', 'evidence_files_once'],
  ['user_monthly_stats', 'user_monthly_stats_pkey'],
  ['grade_changes', 'grade_changes_pkey'],
  ['archive_parts', 'archive_parts_pkey'],
  ['archives', 'archives_pkey'],
];

/** Tables of money, each with at least this many checks of its own, and the one deferred foreign key. */
const CHECKED: readonly (readonly [string, number])[] = [
  ['deals', 6],
  ['deal_events', 1],
  ['payments', 8],
  ['transfers', 5],
  ['refunds', 6],
  ['doubts', 3],
  ['ledger_journals', 3],
  ['ledger_entries', 2],
  ['operator_requests', 7],
];

export const GUARD_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I15',
    name: 'guards-stand',
    law: 'the triggers that refuse a changed ledger, an illegal edge or a wrong payout exist, are enabled and refuse',
    over: 'pg_trigger',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('trigger %s on %s is %s', g.name, g.place,
        case when t.oid is null then 'missing'
          when t.tgenabled not in ('O', 'A') then 'disabled' else 'toothless' end) as fact
      from (values ${pairs(TRIGGERS)}) g (place, name)
      left join pg_trigger t on t.tgname = g.name and t.tgrelid = to_regclass(g.place)
      left join pg_proc p on p.oid = t.tgfoid
      where t.oid is null or t.tgenabled not in ('O', 'A') or p.prosrc !~ 'raise exception'`,
  },
  {
    id: 'I15',
    name: 'keys-are-unique',
    law: 'the unique indexes that let a charge, a transfer, a refund and a journal exist once are there and valid',
    over: 'pg_index',
    breaks: `
      select null::uuid as "dealId", null as "dealNo",
        format('unique index %s on %s is missing or invalid', g.name, g.place) as fact
      from (values ${pairs(INDEXES)}) g (place, name)
      left join pg_index i on i.indexrelid = to_regclass(g.name) and i.indrelid = to_regclass(g.place)
      where (i.indisunique and i.indisvalid and i.indisready) is not true`,
  },
  {
    id: 'I15',
    name: 'checks-are-valid',
    law: 'the checks of the money tables hold for every row, and no deal moves without its recorded edge',
    over: 'pg_constraint',
    breaks: `
      select null::uuid as "dealId", null as "dealNo",
        format('%s has %s valid checks, not %s', g.place, c.n, g.least) as fact
      from (values ${CHECKED.map(([place, least]) => `('${place}', ${least})`).join(', ')}) g (place, least)
      cross join lateral (select count(*) as n from pg_constraint
        where conrelid = to_regclass(g.place) and contype = 'c' and convalidated) c
      where c.n < g.least
      union all
      select null, null, 'constraint deals_version_recorded is missing or not valid'
      where not exists (select 1 from pg_constraint where conname = 'deals_version_recorded'
        and conrelid = to_regclass('deals') and contype = 'f' and convalidated)`,
  },
  {
    id: 'I15',
    name: 'edge-table-is-the-law',
    law: "the database's own list of legal edges is the domain's",
    over: 'deal_edges',
    breaks: `
      select null::uuid as "dealId", null as "dealNo",
        format('edge %s -> %s is in one list only', from_state, to_state) as fact
      from (select * from (values ${pairs(DEAL_EDGES)}) law (from_state, to_state)
        full join (select from_state, to_state, true as here from deal_edges) e using (from_state, to_state)) edges
      where here is not true or (from_state, to_state) not in (${pairs(DEAL_EDGES)})`,
  },
];
