/**
 * Operators as people who log in, with a role; their sessions, the keys of their requests, and the audit of what they
 * did, in which each entry is sealed by the hash of the one before it.
 */
const PEOPLE = `
create table admin_users (
  id uuid primary key,
  -- Of stories and audits, as operator:<handle>; it is never another's.
  handle text not null unique check (handle ~ '^[a-z][a-z0-9.-]{1,39}$'),
  role text not null check (role in ('viewer', 'support', 'risk', 'finance', 'admin', 'auditor')),
  status text not null default 'INVITED' check (status in ('INVITED', 'ACTIVE', 'DISABLED')),
  password_hash text, totp_secret_encrypted text,
  -- The time step of the last code that was taken: a code counts once.
  totp_last_step bigint not null default 0,
  invite_hash text unique, invite_expires_at timestamptz, invited_by uuid references admin_users,
  -- Null: from anywhere.
  allowed_addresses cidr[] check (cardinality(allowed_addresses) > 0),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  check ((invite_hash is null) = (invite_expires_at is null)),
  check (case status
    when 'INVITED' then password_hash is null and invite_hash is not null
    when 'ACTIVE' then password_hash is not null and totp_secret_encrypted is not null and invite_hash is null
    else password_hash is null and totp_secret_encrypted is null and invite_hash is null end));

create table admin_sessions (
  id uuid primary key, operator_id uuid references admin_users,
  -- Of a glass that was broken: the user of the shell, and why.
  shell_user text, reason text,
  via text not null check (via in ('api', 'command', 'break-glass')),
  token_hash text not null unique, address inet,
  last_seen_at timestamptz not null, ended_at timestamptz,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  check ((via = 'break-glass') = (operator_id is null)),
  check (num_nonnulls(shell_user, reason) = case via when 'break-glass' then 2 else 0 end));
create index admin_sessions_operator on admin_sessions (operator_id) where ended_at is null;

-- Wrong log-ins since the last right one. Counted by where they came from: a stranger elsewhere locks nobody out.
create table admin_log_in_tries (
  operator_id uuid not null references admin_users, place text not null,
  failed int not null check (failed > 0), locked_until timestamptz, last_at timestamptz not null,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (operator_id, place));

create table admin_idempotency_keys (
  operator_id uuid not null references admin_users, method text not null, path text not null, key text not null,
  body_hash text not null, lease_until timestamptz, status_code int, content_type text,
  response_encrypted text, headers jsonb not null default '{}', answer_emptied_at timestamptz,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (operator_id, method, path, key),
  check (answer_emptied_at is null or response_encrypted is null and status_code is not null));
create unique index admin_idempotency_keys_one_path on admin_idempotency_keys (operator_id, key);
create index admin_idempotency_keys_leased on admin_idempotency_keys (lease_until) where lease_until is not null;
create index admin_idempotency_keys_kept on admin_idempotency_keys (created_at)
  where response_encrypted is not null;`;

const AUDIT = `
-- Only ever added to, so without a version or a deletion of its own.
create table admin_audit_logs (
  seq bigint primary key, at timestamptz not null,
  operator_id uuid references admin_users, actor text not null, role text not null, via text not null, address inet,
  action text not null, subject_kind text not null, subject text, reason text,
  before jsonb, after jsonb,
  outcome text not null check (outcome in ('asked', 'done', 'refused', 'failed')),
  request_id text, prev_hash bytea not null, hash bytea not null unique);
create index admin_audit_logs_subject on admin_audit_logs (subject_kind, subject, seq);
create index admin_audit_logs_actor on admin_audit_logs (actor, seq);

-- The last entry: what is cut off from the end is missed here.
create table admin_audit_head (
  id int primary key default 1 check (id = 1), seq bigint not null default 0, hash bytea not null default '\\x',
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
insert into admin_audit_head default values;

-- Of all that an entry says, and of the hash before it. One text for one entry: names never change their place.
create function audit_hash(e admin_audit_logs) returns bytea language sql stable parallel safe as $$
  select sha256(e.prev_hash || convert_to(jsonb_build_array(e.seq,
    to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.operator_id, e.actor, e.role, e.via,
    host(e.address), e.action, e.subject_kind, e.subject, e.reason, e.before, e.after, e.outcome, e.request_id)::text,
    'UTF8'))
$$;

-- The row of the head is locked until the transaction ends: entries follow each other without a gap, in one order.
create function seal_audit() returns trigger language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp as $$
declare
  head admin_audit_head;
begin
  select * into head from admin_audit_head for update;
  if head.id is null then
    raise exception 'the head of the audit is missing' using errcode = 'PL002';
  end if;
  new.seq := head.seq + 1;
  new.at := clock_timestamp();
  new.prev_hash := head.hash;
  new.hash := audit_hash(new);
  update admin_audit_head set seq = new.seq, hash = new.hash;
  return new;
end $$;
create trigger admin_audit_logs_sealed before insert on admin_audit_logs
  for each row execute function seal_audit();
create trigger admin_audit_logs_immutable before update or delete or truncate on admin_audit_logs
  for each statement execute function refuse_change();

create function guard_audit_head() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and pg_trigger_depth() > 1 then return null; end if;
  raise exception 'the head of the audit moves with its entries only' using errcode = 'PL002';
end $$;
create trigger admin_audit_head_guard before insert or update or delete or truncate on admin_audit_head
  for each statement execute function guard_audit_head()`;

export const OPERATORS: readonly string[] = [PEOPLE, AUDIT];
