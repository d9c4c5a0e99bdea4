/**
 * What the application may do, table by table, beside reading: the data that `npm run migrate` grants by and that
 * `npm run check` compares with (docs/decisions.md). A new table needs a row here, or the application cannot use it.
 */

/** The role of the API, the worker and the commands that give orders: their logins are members of it. */
export const APP_ROLE = 'plic_app';
/** The role that reads every table and writes none: `npm run check`, and people who look. */
export const READ_ROLE = 'plic_read';

interface TableRights {
  /** Whether rows are added. */
  readonly adds: boolean;
  /** The columns that change after a row was added; absent: none does. */
  readonly changes?: 'any' | readonly string[];
  /** Rows go. */
  readonly deletes?: true;
  /** What was written is counted at once, for the plans of the statements that follow. */
  readonly analyzes?: true;
}

/** Ledger and stories: rows are added, and stay as they are. */
const KEPT: TableRights = { adds: true };
/** Written by migrations, by triggers, or by the functions of retention. */
const GIVEN: TableRights = { adds: false };
/** Rows whose every column may come to change, and which are only ever deleted softly. */
const CHANGED: TableRights = { adds: true, changes: 'any' };
/** Lines of a list as received: a list that is read anew replaces its lines. */
const REPLACED: TableRights = { adds: true, deletes: true, analyzes: true };

const changing = (...changes: readonly string[]): TableRights => ({ adds: true, changes });

export const APP_TABLES: Readonly<Record<string, TableRights>> = {
  ledger_journals: KEPT,
  ledger_entries: KEPT,
  deal_events: KEPT,
  owner_funds: KEPT,
  stop_switch_events: KEPT,
  consents: KEPT,
  user_monthly_stats: KEPT,
  grade_changes: KEPT,
  grade_periods: KEPT,
  archive_parts: KEPT,
  archives: KEPT,
  admin_audit_logs: KEPT,
  risk_sets: KEPT,
  risk_set_activations: KEPT,
  risk_list_entries: changing('ended_at', 'ended_by', 'end_reason', 'version'),
  evidence_files: changing('content_encrypted'), // under another data key; what it says is frozen by a trigger

  knex_migrations: GIVEN,
  knex_migrations_lock: GIVEN,
  migration_hashes: GIVEN,
  deal_edges: GIVEN,
  doubt_kinds: GIVEN,
  doubt_bars: GIVEN,
  memberships: GIVEN,
  grade_terms: GIVEN,
  retention_terms: GIVEN,
  retention_proofs: GIVEN,
  admin_audit_head: GIVEN, // moved by the trigger that seals an entry

  // Money: what was asked for is frozen; what came of it is written once it is known.
  deals: changing(
    ...['status', 'version', 'recipient_id', 'changed_xid', 'confirmed_at', 'completed_at', 'cancel_requested_at'],
    ...['review_due_at', 'released_at', 'failing_since', 'waiting_reason', 'waiting_since', 'next_move_at'],
    'memo_encrypted', // under another data key; its words are frozen by a trigger
  ),
  payments: changing(
    ...['status', 'payment_key', 'decline_code', 'approved_at', 'decided_at', 'late', 'refunded_amount'],
  ),
  transfers: changing('status', 'code', 'last_sent_at', 'decided_at', 'holder_name_encrypted'), // the last: likewise
  transfer_jobs: changing('status', 'attempts', 'updated_at'),
  refunds: changing('status', 'decided_at', 'contradicted_at', 'statement_by'),
  chargebacks: changing('status', 'decided_at'),
  sends: changing('answer', 'unknown'),
  rulings: changing('standing', 'why', 'decided_at'),
  doubts: changing('detail', 'closed_at', 'closed_by'),
  risk_decisions: changing('released_at', 'phone_hash', 'phone_hash_even'), // hashes: the key of look-ups is changed
  float_watch: { adds: false, changes: 'any' }, // its one row is there from the beginning
  legal_holds: changing('lifted_at', 'lifted_by', 'lift_reason'),

  settlement_lines: REPLACED,
  bank_lines: REPLACED,
  statement_lines: REPLACED,
  settlement_days: changing('lines', 'net', 'posted', 'postings'),
  statement_days: changing('opening', 'closing'),
  provider_lists: changing('read_at', 'lines'),
  reconciliation_runs: changing('engine_run', 'status', 'finished_at', 'result', 'failure'),
  reconciliation_breaks: CHANGED,
  reconciliation_carried: { adds: true, deletes: true }, // made anew by every matching

  users: CHANGED,
  cards: CHANGED,
  bank_accounts: CHANGED,
  favorite_accounts: CHANGED,
  devices: CHANGED,
  identity_verifications: CHANGED,
  notices: CHANGED,
  push_subscriptions: { ...CHANGED, deletes: true },
  admin_users: CHANGED, // counted under a lock of the table, which needs the right on the whole of it
  operator_requests: changing(
    ...['standing', 'first_checker_id', 'checker_id', 'decided_at', 'decided_reason', 'ended_at', 'outcome', 'version'],
  ),
  admin_sessions: changing('last_seen_at', 'ended_at'),
  // Forgotten by a right log-in.
  admin_log_in_tries: { ...changing('failed', 'last_at', 'locked_until'), deletes: true },
  admin_idempotency_keys: changing(
    ...['lease_until', 'status_code', 'content_type', 'response_encrypted', 'headers', 'answer_emptied_at'],
  ),
  data_keys: changing('wrapped', 'master_key_id', 'rewrapped_at', 'retired_at', 'version'),
  hash_keys: changing('key_encrypted', 'retired_at', 'emptied_at'),
  idempotency_keys: changing('lease_until', 'status_code', 'content_type', 'response_encrypted', 'headers'),
  // What could not be read is read anew by a better reader.
  pg_webhook_events: changing(
    ...['type', 'deal_no', 'leg', 'attempt', 'says', 'amount', 'payment_key', 'trading_date'],
    ...['processed_at', 'wakes', 'next_wake_at'],
  ),
  operator_tasks: changing('detail', 'closed_at'),
  operator_alerts: changing('sent_at', 'dropped_at'),
  operator_alert_kinds: changing('next_at', 'attempts'),
  batch_runs: changing('status', 'ended_at', 'result', 'failure'),
  minute_steps: changing('awaited_since', 'succeeded_at'),
  // A stop that stands, and how often it was thrown; its story is stop_switch_events.
  stop_switches: { ...changing('version'), deletes: true },
};

/** Sequences that are no identity of their table: whoever adds a row takes the next number. */
export const APP_SEQUENCES: readonly string[] = ['consents_id_seq'];
