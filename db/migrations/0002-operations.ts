/**
 * Running the house: alarms of the whole system, stop switches, parts of a fee given back, chargebacks. Additions only: the code of
 * 0001 runs on this schema too.
 */
import type { Knex } from 'knex';

const COMMON = `version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz`;

const TASKS = `
alter table operator_tasks alter column deal_id drop not null, add column detail text;
-- What concerns the whole system has no deal, and is open once all the same.
drop index operator_tasks_open;
create unique index operator_tasks_open on operator_tasks (deal_id, severity, reason) nulls not distinct where closed_at is null;
`;

const STOPS = `
-- A row is a stop: no new intents of this leg. An operator's and the float watch's stand side by side; either is enough.
create table stop_switches (
  leg text not null check (leg in ('charge', 'transfer')), source text not null check (source in ('operator', 'float')),
  actor text not null, reason text not null, stopped_at timestamptz not null default now(), ${COMMON}, primary key (leg, source));
-- Every throw of a switch, for the audit.
create table stop_switch_events (
  id bigint generated always as identity primary key, leg text not null, source text not null,
  action text not null check (action in ('stop', 'lift')), actor text not null, reason text not null,
  at timestamptz not null default now(), ${COMMON});
create trigger stop_switch_events_immutable before update or delete or truncate on stop_switch_events
  for each statement execute function refuse_change();
`;

const REFUNDS = `
-- A part of the fee is given back on request; the same request is one refund, however often it comes.
alter table refunds add column request_id text,
  -- The PG's answer contradicted the request: asked again, it could give another part back.
  add column contradicted_at timestamptz;
create unique index refunds_request on refunds (deal_id, request_id) where request_id is not null;

-- Never more than what remains of the charge, nor of its fee; refunds of one payment follow one another (refunds_one_undecided),
-- and every inserter holds the deal's row lock.
create function guard_refund_amount() returns trigger language plpgsql as $$
begin
  if new.amount > (select amount - refunded_amount from payments where id = new.payment_id)
    or new.fee > (select p.amount - d.principal from payments p join deals d on d.id = p.deal_id where p.id = new.payment_id)
               - (select coalesce(sum(fee), 0) from refunds where payment_id = new.payment_id and status <> 'REJECTED') then
    raise exception 'deal %: a refund of more than remains', new.deal_id using errcode = 'PL003';
  end if;
  if exists (select 1 from chargebacks where payment_id = new.payment_id and status <> 'WON') then
    raise exception 'deal %: refund beside a chargeback', new.deal_id using errcode = 'PL003';
  end if;
  return new;
end $$;
create trigger refunds_guard_amount before insert on refunds for each row execute function guard_refund_amount();
`;

const CHARGEBACKS = `
-- The card issuer took the charge back (spec §3 has no posting for it: docs/decisions.md). One that is not WON bars every refund.
create table chargebacks (
  id uuid primary key, deal_id uuid not null references deals, payment_id uuid not null references payments,
  reference text not null unique, amount int8 not null check (amount > 0),
  status text not null default 'OPEN' check (status in ('OPEN', 'WON', 'LOST')),
  evidence text not null, opened_at timestamptz not null default now(), decided_at timestamptz, ${COMMON},
  check ((status = 'OPEN') = (decided_at is null)));
create unique index chargebacks_one_live on chargebacks (payment_id) where status <> 'WON';

alter table ledger_journals drop constraint ledger_journals_kind_check, add constraint ledger_journals_kind_check check
  (kind in ('charge', 'transfer', 'return', 'refund', 'settlement', 'chargeback', 'chargeback-won', 'chargeback-lost', 'chargeback-offset',
    'correction'));
alter table ledger_entries drop constraint ledger_entries_account_check, add constraint ledger_entries_account_check check
  (account in ('pg_receivable', 'recipient_payable', 'fee_revenue', 'pg_fee_expense', 'bank_float', 'disputed_charges', 'chargeback_loss',
    'suspense'));
`;

export async function up(knex: Knex): Promise<void> {
  for (const part of [TASKS, STOPS, CHARGEBACKS, REFUNDS]) await knex.raw(part);
}

/** Money tables are never dropped by a tool: the way back is a new migration. */
export async function down(): Promise<void> {
  throw new Error('0002-operations cannot be reverted: write a new migration');
}
