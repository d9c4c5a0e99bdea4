/** Damage to the course of deals, to limits and guards. */
import type { Planted } from './planted';

const ago = (interval: string): string => `:now::timestamptz - interval '${interval}'`;
/** For what the database itself dates. */
const longAgo = (interval: string): string => `now() - interval '${interval}'`;
const version = (n: number): string => `where deal_id = :deal and deal_version = ${n}`;

const COURSE: readonly Planted[] = [
  {
    law: 'charged-deals-end',
    of: 'held',
    sql: `update payments set decided_at = ${ago('25 hours')} where deal_id = :deal`,
  },
  {
    law: 'charged-deals-end',
    of: 'returned',
    sql: `update deals set failing_since = ${ago('25 hours')} where id = :deal`,
  },
  {
    law: 'undecided-refunds-say-so',
    of: 'completed',
    sql: `insert into refunds (id, deal_id, payment_id, n, idempotency_key, principal, fee, amount, cause, actor, created_at)
      select gen_random_uuid(), deal_id, id, 1, :dealNo || '-R1', 0, 1, 1, 'fee-refunded', 'system', ${longAgo('1 hour')} from payments
      where deal_id = :deal`,
  },
  {
    law: 'late-charges-are-given-back',
    of: 'late',
    sql: `delete from ledger_entries where journal_id in (select id from ledger_journals where deal_id = :deal and kind = 'refund');
      delete from ledger_journals where deal_id = :deal and kind = 'refund';
      delete from refunds where deal_id = :deal;
      update payments set status = 'PAID', refunded_amount = 0, decided_at = ${ago('1 hour')} where deal_id = :deal and late;
      update deals set updated_at = ${longAgo('1 hour')} where id = :deal`,
  },
  {
    law: 'waits-say-their-reason',
    of: 'held',
    sql: `update deals set waiting_reason = null, updated_at = ${longAgo('1 hour')} where id = :deal`,
  },
  {
    law: 'waits-end-when-they-said',
    of: 'held',
    sql: `update deals set next_move_at = ${ago('1 hour')}, updated_at = ${longAgo('2 hours')} where id = :deal`,
  },
  {
    law: 'unknowns-are-undecided',
    of: 'declined',
    sql: `update deals set waiting_reason = 'charge-unknown', waiting_since = ${ago('1 hour')} where id = :deal`,
  },
  {
    law: 'cancels-are-heard',
    of: 'declined',
    sql: `update deals set cancel_requested_at = ${ago('1 hour')}, waiting_since = ${ago('1 hour')} where id = :deal`,
  },
  {
    law: 'ended-deals-wait-for-nothing',
    of: 'completed',
    sql: `update deals set waiting_reason = 'bank-closed' where id = :deal`,
  },
  {
    law: 'alarms-end-with-their-wait',
    of: 'completed',
    sql: `insert into operator_tasks (deal_id, severity, reason) values (:deal, 'task', 'charge-unknown')`,
  },
  {
    law: 'steps-alive',
    of: null,
    sql: `insert into minute_steps (step, awaited_since) values ('lookAfterRuns', ${longAgo('6 minutes')})`,
  },
  {
    law: 'steps-alive',
    of: null,
    sql: `insert into minute_steps (step, awaited_since, succeeded_at)
      values ('watchFloat', ${longAgo('1 day')}, ${longAgo('6 minutes')}), ('raiseOverdue', ${longAgo('1 day')}, now())`,
  },
  { law: 'quotes-expire', of: 'quote', sql: `update deals set expires_at = ${ago('1 hour')} where id = :deal` },
  {
    law: 'edges-are-legal',
    of: 'completed',
    sql: `update deal_events set to_state = 'PAID' ${version(3)}; update deal_events set from_state = 'PAID' ${version(4)}`,
  },
  {
    law: 'edges-are-legal',
    of: 'disputed',
    sql: `update deal_events set to_state = 'REFUNDED' where deal_id = :deal and deal_version is null`,
  },
  {
    law: 'versions-follow-one-another',
    of: 'completed',
    sql: `update deal_events set from_state = 'TRANSFER_FAILED' ${version(3)}`,
  },
  {
    law: 'deals-are-where-their-story-ends',
    of: 'completed',
    sql: 'update deals set version = version + 1 where id = :deal',
  },
  { law: 'edges-name-actor-and-cause', of: 'completed', sql: `update deal_events set actor = ' ' ${version(2)}` },
];

const LIMITS: readonly Planted[] = [
  {
    law: 'the-inbox-drains',
    of: 'completed',
    sql: `update pg_webhook_events set processed_at = null, received_at = ${longAgo('25 hours')}
      where event_id = (select event_id from pg_webhook_events where deal_no = :dealNo limit 1)`,
  },
  {
    law: 'answers-are-whole',
    of: null,
    sql: `update idempotency_keys set response_encrypted = null
      where key = (select key from idempotency_keys where status_code is not null limit 1)`,
  },
  {
    law: 'leases-end',
    of: null,
    sql: `update idempotency_keys set status_code = null, lease_until = ${longAgo('3 hours')}
      where key = (select key from idempotency_keys limit 1)`,
  },
  {
    law: 'days-within-limits',
    of: 'completed',
    also: ['decisions-fit-their-deal'],
    sql: 'update risk_decisions set principal = 6000000 where deal_id = :deal',
  },
  {
    law: 'charges-are-reserved',
    of: 'completed',
    sql: 'update risk_decisions set released_at = now() where deal_id = :deal',
  },
  {
    law: 'charges-are-reserved',
    of: 'refunded',
    sql: 'update risk_decisions set released_at = null where deal_id = :deal',
  },
  {
    law: 'decisions-fit-their-deal',
    of: 'completed',
    sql: `update risk_decisions set card_id = (select id from cards where id <> risk_decisions.card_id limit 1)
      where deal_id = :deal`,
  },
  {
    law: 'decisions-fit-their-deal',
    of: 'completed',
    sql: 'update risk_decisions set memo_changed = not memo_changed where deal_id = :deal',
  },
  {
    law: 'card-hours-within-limits',
    of: 'declined',
    sql: `insert into payments (id, deal_id, attempt, order_id, status, amount, card_id, device_id, device_text_hash, sent_at, decided_at)
      select gen_random_uuid(), deal_id, n, :dealNo || '-' || n, status, amount, card_id, device_id, device_text_hash, sent_at + n * interval '1 minute',
        decided_at from payments, generate_series(2, 4) n where deal_id = :deal;
      insert into risk_decisions (deal_id, attempt, user_id, card_id, device_id, device_text_hash, verdict, rules, counters, kst_day, principal, reserved,
        released_at)
      select deal_id, n, user_id, card_id, device_id, device_text_hash, verdict, rules, counters, kst_day, principal, reserved, released_at
      from risk_decisions, generate_series(2, 4) n where deal_id = :deal;
      update cards set hour_charges = 4 where id = (select card_id from payments where deal_id = :deal limit 1)`,
  },
  {
    law: 'card-counters-count-charges',
    of: null,
    sql: `update cards set hour_charges = 3 where id = (select card_id from payments limit 1)`,
  },
  {
    law: 'card-counters-count-charges',
    of: null,
    sql: `insert into cards (id, user_id, first_card_id, billing_key_encrypted, masked_number, issuer, deleted_at)
      select gen_random_uuid(), (select id from users u where u.id <> c.user_id limit 1), card_key,
        billing_key_encrypted, masked_number, issuer, now()
      from cards c where hour_opened_at is not null limit 1`,
  },
];

/** A doubt about the deal that was open since a time before it was charged, and is told. */
const doubted = (kind: string, task: string, closedAt = 'null'): string =>
  `insert into doubts (deal_id, kind, raised_by, opened_at, closed_at, closed_by) values (:deal, '${kind}',
    'contradiction', ${longAgo('1 day')}, ${closedAt}, case when ${closedAt} is not null then 'return' end);
    insert into operator_tasks (deal_id, severity, reason) values (:deal, 'task', '${task}')`;

const DOUBTED: readonly Planted[] = [
  { law: 'doubts-bind', of: 'completed', sql: doubted('paid-after-failure', 'paid-after-failure') },
  { law: 'doubts-bind', of: 'declined', sql: doubted('charge-claimed', 'charge-claimed') },
  { law: 'doubts-bind', of: 'partRefunded', sql: doubted('charge-denied', 'charge-denied') },
  {
    law: 'doubts-bind',
    of: 'refunded',
    sql: doubted('transfer-contradicted', 'transfer-contradicted', `clock_timestamp() + interval '5 minutes'`),
  },
  {
    law: 'doubts-are-told',
    of: 'disputed',
    sql: `update operator_tasks set closed_at = now() where deal_id = :deal and reason = 'chargeback-open'`,
  },
  {
    law: 'doubts-are-told',
    of: 'completed',
    sql: `insert into doubts (deal_id, kind, raised_by, break_id) values (:deal, 'foreign-refund', 'reconciliation', 0)`,
  },
];

const GUARDS: readonly Planted[] = [
  { law: 'guards-stand', of: null, sql: 'alter table ledger_entries disable trigger ledger_entries_immutable' },
  { law: 'guards-stand', of: null, sql: 'drop trigger deals_guard_edge on deals' },
  {
    law: 'guards-stand',
    of: null,
    sql: `create or replace function guard_balance() returns trigger language plpgsql as 'begin return null; end'`,
  },
  { law: 'keys-are-unique', of: null, sql: 'drop index payments_one_live' },
  { law: 'keys-are-unique', of: null, sql: 'drop index bank_accounts_once' },
  { law: 'guards-stand', of: null, sql: 'drop trigger deals_guard_memo on deals' },
  {
    law: 'keys-are-unique',
    of: null,
    sql: 'drop index transfers_one_live; create index transfers_one_live on transfers (deal_id)',
  },
  { law: 'checks-are-valid', of: null, sql: 'alter table deals drop constraint deals_version_recorded' },
  { law: 'checks-are-valid', of: null, sql: 'alter table refunds drop constraint refunds_check' },
  { law: 'edge-table-is-the-law', of: null, sql: `insert into deal_edges values ('COMPLETED', 'REFUNDED')` },
  { law: 'edge-table-is-the-law', of: null, sql: `delete from deal_edges where from_state = 'COMPLETED'` },
  { law: 'guards-stand', of: null, sql: 'drop trigger sends_guard_transfers on sends' },
  { law: 'doubt-tables-are-the-law', of: null, sql: `delete from doubt_bars where beginning = 'fee-refund'` },
  { law: 'doubt-tables-are-the-law', of: null, sql: `insert into doubt_kinds values ('rumour', 'transfer')` },
];

export const PLANTED_COURSE: readonly Planted[] = [...COURSE, ...LIMITS, ...DOUBTED, ...GUARDS];
