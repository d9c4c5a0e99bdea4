/**
 * The path of one deal. Invariants live here, not only in code (spec §10): legal edges, one live charge, one transfer job,
 * balanced and immutable journals, no refund beside a live transfer. Money is int8 won; times are timestamptz (UTC).
 */
import type { Knex } from 'knex';
import {
  DEAL_EDGES,
  DEAL_STATES,
  PAYMENT_STATES,
  TRANSFER_STATES,
  WAIT_REASONS,
} from '../../workflows/domain/deal-state';

const oneOf = (values: readonly string[]): string => `in (${values.map((v) => `'${v}'`).join(', ')})`;
/** Every table carries these (spec §10). */
const COMMON = `version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz`;

const PEOPLE = `
create table memberships (
  grade text primary key, fee_bps int not null check (fee_bps between 0 and 10000), ${COMMON});
insert into memberships (grade, fee_bps) values ('BASIC', 300), ('SILVER', 290), ('GOLD', 280), ('VIP', 270);

create table users (
  id uuid primary key, phone text not null, email text not null check (email = lower(email)), name text not null,
  password_hash text not null, grade text not null default 'BASIC' references memberships, ${COMMON});
create unique index users_phone on users (phone) where deleted_at is null;
create unique index users_email on users (email) where deleted_at is null;

create table cards (
  id uuid primary key, user_id uuid not null references users,
  billing_key_encrypted text not null, billing_key_hash text not null,
  masked_number text not null check (masked_number ~ '^[0-9]{6}[*]{3,9}[0-9]{4}$'), issuer text not null,
  -- A card's hour opens with its first charge (spec §7); written only by the charge intent, under the row's lock.
  hour_opened_at timestamptz, hour_charges int not null default 0, ${COMMON});
-- Removed cards too: registering one again gives the same card back, with its hour.
create unique index cards_billing_key on cards (user_id, billing_key_hash);

create table bank_accounts (
  id uuid primary key, user_id uuid not null references users, bank_code text not null check (bank_code ~ '^[0-9]{3}$'),
  account_number_encrypted text not null, account_hash text not null, account_last4 text not null check (account_last4 ~ '^[0-9]{4}$'),
  holder_name text not null, verified_at timestamptz, verify_code text, ${COMMON});
create index bank_accounts_user on bank_accounts (user_id, created_at);
`;

const DEALS = `
create table deal_edges (from_state text not null, to_state text not null, ${COMMON}, primary key (from_state, to_state));
insert into deal_edges (from_state, to_state) values ${DEAL_EDGES.map(([a, b]) => `('${a}', '${b}')`).join(', ')};

create table deals (
  id uuid primary key, deal_no text not null unique, user_id uuid not null references users,
  recipient_id uuid not null references bank_accounts, principal int8 not null check (principal > 0),
  fee int8 not null check (fee >= 0), fee_bps int not null, total int8 not null check (total = principal + fee),
  purpose text not null, status text not null default 'PENDING' check (status ${oneOf(DEAL_STATES)}),
  expires_at timestamptz not null, confirmed_at timestamptz, cancel_requested_at timestamptz,
  review_due_at timestamptz, released_at timestamptz,
  failing_since timestamptz, completed_at timestamptz,
  waiting_reason text check (waiting_reason ${oneOf(WAIT_REASONS)}), waiting_since timestamptz, next_move_at timestamptz,
  updated_at timestamptz not null default now(), ${COMMON});
create index deals_user on deals (user_id, created_at desc, id desc);
create index deals_waiting on deals (waiting_reason, waiting_since) where waiting_reason is not null;
create index deals_unconfirmed on deals (expires_at) where status = 'PENDING' and confirmed_at is null;

-- Edges carry the version they lead to; actions of operators that move nothing carry none.
create table deal_events (
  id bigint generated always as identity primary key, deal_id uuid not null references deals deferrable initially deferred,
  deal_version int, from_state text, to_state text not null, actor text not null,
  -- Why, as a payer may read it: why an edge happened, or the action that moved nothing. An operator's words are the note.
  cause text not null check (cause in (
    'created', 'charged', 'ruled', 'quote-expired', 'cancelled-by-payer', 'hold-expired', 'transfer-begins',
    'released', 'retry-in-line', 'retry-batch', 'retry-ordered', 'account-corrected', 'transferred',
    'transfer-failed', 'held-back', 'returned', 'paid-after-failure', 'gave-up', 'account-not-payable',
    'late-charge', 'charged-back', 'refund-resumed', 'refund-ordered', 'fee-refunded', 'release', 'refund',
    'refund-fee', 'retry', 'rule', 'correct-account', 'chargeback', 'accept-break', 'cancel', 'close-task')),
  note text, at timestamptz not null default now(), ${COMMON}, unique (deal_id, deal_version));
create index deal_events_deal on deal_events (deal_id, id);
-- No state without its recorded edge.
alter table deals add constraint deals_version_recorded foreign key (id, version)
  references deal_events (deal_id, deal_version) deferrable initially deferred;

create function guard_deal_edge() returns trigger language plpgsql as $$
begin
  if new.status = old.status then
    if new.version <> old.version then raise exception 'deal %: version counts edges only', old.id using errcode = 'PL001'; end if;
  elsif new.version <> old.version + 1
    or not exists (select 1 from deal_edges where from_state = old.status and to_state = new.status) then
    raise exception 'deal %: illegal edge % -> % (version % -> %)', old.id, old.status, new.status, old.version, new.version
      using errcode = 'PL001';
  end if;
  if (new.principal, new.fee, new.fee_bps, new.total, new.user_id, new.deal_no) is distinct from
     (old.principal, old.fee, old.fee_bps, old.total, old.user_id, old.deal_no) then raise exception 'deal %: the quote is frozen', old.id using errcode = 'PL001'; end if;
  new.updated_at := now();
  return new;
end $$;
create trigger deals_guard_edge before update on deals for each row execute function guard_deal_edge();

create function guard_deal_birth() returns trigger language plpgsql as $$
begin
  if new.status <> 'PENDING' or new.version <> 1 then raise exception 'deal %: begins PENDING', new.id using errcode = 'PL001'; end if;
  return new;
end $$;
create trigger deals_guard_birth before insert on deals for each row execute function guard_deal_birth();

-- The recorded edge is the one that happened: each begins where the one before it ended, and the last ends at the deal's state.
create function guard_event() returns trigger language plpgsql as $$
begin
  if (select status from deals where id = new.deal_id and version = new.deal_version) <> new.to_state
    or (select to_state from deal_events where deal_id = new.deal_id and deal_version = new.deal_version - 1) is distinct from new.from_state then
    raise exception 'deal %: the event % -> % is not its edge', new.deal_id, new.from_state, new.to_state using errcode = 'PL001';
  end if;
  return null;
end $$;
create constraint trigger deal_events_guard after insert on deal_events deferrable initially deferred for each row
  when (new.deal_version is not null) execute function guard_event();

create table operator_tasks (
  id bigint generated always as identity primary key, deal_id uuid not null references deals,
  severity text not null check (severity in ('alarm', 'task')), reason text not null,
  opened_at timestamptz not null default now(), closed_at timestamptz, ${COMMON});
create unique index operator_tasks_open on operator_tasks (deal_id, severity, reason) where closed_at is null;

create table risk_decisions (
  deal_id uuid not null references deals, attempt int not null, user_id uuid not null references users, card_id uuid not null references cards,
  device_id text not null, verdict text not null check (verdict in ('PASS', 'ALERT', 'BLOCK', 'UNAVAILABLE')), rules jsonb not null, counters jsonb not null,
  kst_day date not null, principal int8 not null,
  -- A reservation counts towards the user's day until it is released (declined, cancelled, refunded).
  reserved boolean not null, released_at timestamptz, ${COMMON}, primary key (deal_id, attempt));
create index risk_decisions_day on risk_decisions (user_id, kst_day) where reserved and released_at is null;
`;

const MONEY = `
create table payments (
  id uuid primary key, deal_id uuid not null references deals, attempt int not null check (attempt >= 1), order_id text not null unique,
  status text not null default 'PENDING' check (status ${oneOf(PAYMENT_STATES)}), amount int8 not null check (amount > 0),
  refunded_amount int8 not null default 0 check (refunded_amount between 0 and amount), card_id uuid not null references cards,
  device_id text not null, payment_key text unique, decline_code text,
  -- Null when the attempt was refused before any call (blocked, risk store down).
  sent_at timestamptz, decided_at timestamptz, approved_at timestamptz,
  -- Decided FAILED, then found charged: refunded beside the deal's own charge.
  late boolean not null default false, ${COMMON}, unique (deal_id, attempt),
  check (status <> 'PAID' or payment_key is not null),
  check ((status = 'REFUNDED') = (refunded_amount = amount)));
create unique index payments_one_live on payments (deal_id) where status in ('PENDING', 'PAID', 'PARTIALLY_REFUNDED') and not late;

create table transfer_jobs (
  deal_id uuid primary key references deals, amount int8 not null check (amount > 0),
  status text not null default 'PENDING' check (status in ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED')),
  attempts int not null default 0, updated_at timestamptz not null default now(), ${COMMON});

create table transfers (
  id uuid primary key, deal_id uuid not null references transfer_jobs, attempt int not null check (attempt >= 1),
  reference text not null, trading_date date not null, recipient_id uuid not null references bank_accounts,
  amount int8 not null check (amount > 0), status text not null default 'PENDING' check (status ${oneOf(TRANSFER_STATES)}), code text,
  last_sent_at timestamptz not null, decided_at timestamptz, ${COMMON},
  unique (deal_id, attempt), unique (reference, trading_date));
create unique index transfers_one_live on transfers (deal_id) where status in ('PENDING', 'PROCESSING', 'COMPLETED');

create table refunds (
  id uuid primary key, deal_id uuid not null references deals, payment_id uuid not null references payments, n int not null,
  idempotency_key text not null unique, principal int8 not null check (principal >= 0), fee int8 not null check (fee >= 0),
  amount int8 not null check (amount = principal + fee and amount > 0),
  status text not null default 'PENDING' check (status in ('PENDING', 'DONE', 'REJECTED')),
  cause text not null check (cause in (
    'cancelled-by-payer', 'hold-expired', 'gave-up', 'account-not-payable', 'late-charge', 'refund-resumed',
    'refund-ordered', 'fee-refunded')),
  note text, actor text not null, decided_at timestamptz, ${COMMON}, unique (deal_id, n));
create unique index refunds_one_undecided on refunds (payment_id) where status = 'PENDING';

-- Never refund while a transfer may have happened; never transfer after a refund began (spec §5.3). A late charge's refund is
-- of money that no transfer could use. Callers hold the deal's row lock, so the two checks cannot pass each other.
create function guard_refund() returns trigger language plpgsql as $$
begin
  if new.principal > 0 and not (select late from payments where id = new.payment_id)
    and exists (select 1 from transfers where deal_id = new.deal_id and status in ('PENDING', 'PROCESSING', 'COMPLETED')) then
    raise exception 'deal %: refund beside a live transfer', new.deal_id using errcode = 'PL003';
  end if;
  return new;
end $$;
create trigger refunds_guard before insert on refunds for each row execute function guard_refund();
create function guard_transfer() returns trigger language plpgsql as $$
begin
  if exists (select 1 from refunds r join payments p on p.id = r.payment_id
             where r.deal_id = new.deal_id and r.principal > 0 and r.status <> 'REJECTED' and not p.late) then
    raise exception 'deal %: transfer after a refund', new.deal_id using errcode = 'PL003';
  end if;
  return new;
end $$;
create trigger transfers_guard before insert on transfers for each row execute function guard_transfer();
create trigger transfers_guard_revival before update of status on transfers for each row
  when (old.status in ('FAILED', 'RETURNED') and new.status not in ('FAILED', 'RETURNED')) execute function guard_transfer();
`;

const LEDGER = `
create table ledger_journals (
  id bigint generated always as identity primary key, deal_id uuid references deals,
  kind text not null check (kind in ('charge', 'transfer', 'return', 'refund', 'settlement')),
  key text not null unique, at timestamptz not null default now(), ${COMMON});
create index ledger_journals_deal on ledger_journals (deal_id);
create table ledger_entries (
  id bigint generated always as identity primary key, journal_id bigint not null references ledger_journals,
  deal_id uuid references deals, account text not null check (account in ('pg_receivable', 'recipient_payable', 'fee_revenue', 'pg_fee_expense', 'bank_float')),
  amount int8 not null check (amount <> 0), ${COMMON});
create index ledger_entries_journal on ledger_entries (journal_id);
create index ledger_entries_deal on ledger_entries (deal_id, account);

create function guard_balance() returns trigger language plpgsql as $$
begin
  if exists (select 1 from ledger_entries where journal_id in (select distinct journal_id from added)
             group by journal_id having sum(amount) <> 0) then
    raise exception 'unbalanced journal' using errcode = 'PL002';
  end if;
  return null;
end $$;
create trigger ledger_balanced after insert on ledger_entries referencing new table as added
  for each statement execute function guard_balance();
create function refuse_change() returns trigger language plpgsql as $$
begin raise exception '% is append-only: post a correction', tg_table_name using errcode = 'PL002'; end $$;
create trigger ledger_journals_immutable before update or delete or truncate on ledger_journals for each statement execute function refuse_change();
create trigger ledger_entries_immutable before update or delete or truncate on ledger_entries for each statement execute function refuse_change();
create trigger deal_events_immutable before update or delete or truncate on deal_events for each statement execute function refuse_change();

-- recipient_payable of a deal is 0 when the deal is terminal (spec §3), a late charge on its way back left out; checked at commit.
create function guard_terminal() returns trigger language plpgsql as $$
begin
  if (select coalesce(sum(amount), 0) from ledger_entries where deal_id = new.id and account = 'recipient_payable')
    <> (select -new.principal * count(*) from payments where deal_id = new.id and late and status = 'PAID') then
    raise exception 'deal %: % with money still owed to the recipient', new.id, new.status using errcode = 'PL002';
  end if;
  return null;
end $$;
create constraint trigger deals_guard_terminal after update on deals deferrable initially deferred for each row
  when (old.status is distinct from new.status and new.status in ('COMPLETED', 'REFUNDED', 'CANCELLED')) execute function guard_terminal();
`;

const EDGES_OF_THE_HOUSE = `
create table idempotency_keys (
  user_id uuid not null references users, method text not null, path text not null, key text not null, body_hash text not null,
  lease_until timestamptz, status_code int, content_type text, response text, ${COMMON}, primary key (user_id, method, path, key));

create table pg_webhook_events (
  provider text not null check (provider in ('softpayment', 'bank')), event_id text not null, type text not null,
  deal_no text, leg text check (leg in ('charge', 'transfer', 'refund')), attempt int, body text not null,
  received_at timestamptz not null default now(), processed_at timestamptz,
  wakes int not null default 0, next_wake_at timestamptz not null default now() + interval '30 seconds', ${COMMON}, primary key (provider, event_id));
create index pg_webhook_events_open on pg_webhook_events (next_wake_at) where processed_at is null;
create index pg_webhook_events_deal on pg_webhook_events (deal_no) where processed_at is null;

-- Outbox: written in the transaction of the event it tells of, sent by the dispatcher.
create table notices (
  id uuid primary key, user_id uuid references users, phone text, deal_id uuid references deals, template text not null,
  params jsonb not null default '{}', secret_encrypted text,
  attempts int not null default 0, next_attempt_at timestamptz not null default now(), sent_at timestamptz, failed_at timestamptz, ${COMMON},
  check (user_id is not null or phone is not null));
create index notices_due on notices (next_attempt_at) where sent_at is null and failed_at is null;
`;

export async function up(knex: Knex): Promise<void> {
  for (const part of [PEOPLE, DEALS, MONEY, LEDGER, EDGES_OF_THE_HOUSE]) await knex.raw(part);
}

/** Money tables are never dropped by a tool: the way back is a new migration. */
export async function down(): Promise<void> {
  throw new Error('0001-deals cannot be reverted: write a new migration');
}
