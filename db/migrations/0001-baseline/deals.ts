/** Deals, the edges they may move along, and their record. Errors of the guards are PL001. */
export const DEALS = `
create table deal_edges (
  from_state text not null, to_state text not null,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (from_state, to_state));
insert into deal_edges (from_state, to_state) values
  ('PENDING', 'PAID'),
  ('PENDING', 'CANCELLED'),
  ('PAID', 'TRANSFERRING'),
  ('PAID', 'REFUNDED'),
  ('TRANSFERRING', 'COMPLETED'),
  ('TRANSFERRING', 'TRANSFER_FAILED'),
  ('TRANSFER_FAILED', 'TRANSFERRING'),
  ('TRANSFER_FAILED', 'REFUNDED'),
  ('COMPLETED', 'TRANSFER_FAILED');

create table deals (
  id uuid primary key, deal_no text not null unique, user_id uuid not null references users,
  recipient_id uuid not null references bank_accounts, principal int8 not null check (principal > 0),
  fee int8 not null check (fee >= 0), fee_bps int not null, total int8 not null check (total = principal + fee),
  purpose text not null, status text not null default 'PENDING' check (status in
    ('PENDING', 'PAID', 'TRANSFERRING', 'TRANSFER_FAILED', 'COMPLETED', 'REFUNDED', 'CANCELLED')),
  expires_at timestamptz not null, confirmed_at timestamptz, cancel_requested_at timestamptz,
  review_due_at timestamptz, released_at timestamptz,
  failing_since timestamptz, completed_at timestamptz,
  waiting_reason text check (waiting_reason in ('card-needed', 'charge-unknown', 'risk-review', 'bank-closed',
    'transfer-unknown', 'retry-due', 'refund-unknown', 'operator-needed')),
  waiting_since timestamptz, next_move_at timestamptz,
  updated_at timestamptz not null default now(),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create index deals_user on deals (user_id, created_at desc, id desc);
create index deals_waiting on deals (waiting_reason, waiting_since) where waiting_reason is not null;
create index deals_unconfirmed on deals (expires_at) where status = 'PENDING' and confirmed_at is null;
-- Deals that must have a running workflow (spec §4); the sweep for orphans reads it in pages.
create index deals_open on deals (id) where status in ('PAID', 'TRANSFERRING', 'TRANSFER_FAILED')
  or (status = 'PENDING' and (confirmed_at is not null or cancel_requested_at is not null));

-- Edges carry the version they lead to; actions of operators that move nothing carry none.
create table deal_events (
  id bigint generated always as identity primary key,
  deal_id uuid not null references deals deferrable initially deferred,
  deal_version int, from_state text, to_state text not null, actor text not null,
  -- Why, as a payer may read it: why an edge happened, or the action that moved nothing. An operator's words are the
  -- note.
  cause text not null check (cause in ('created', 'charged', 'ruled', 'quote-expired', 'cancelled-by-payer',
    'hold-expired', 'transfer-begins', 'released', 'retry-in-line', 'retry-batch', 'retry-ordered',
    'account-corrected', 'transferred', 'transfer-failed', 'held-back', 'returned', 'paid-after-failure', 'gave-up',
    'account-not-payable', 'late-charge', 'charged-back', 'refund-resumed', 'refund-ordered', 'fee-refunded',
    'release', 'refund', 'refund-fee', 'retry', 'rule', 'correct-account', 'chargeback', 'accept-break', 'cancel',
    'close-task')),
  note text,
  at timestamptz not null default now(),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  unique (deal_id, deal_version));
create index deal_events_deal on deal_events (deal_id, id);
-- No state without its recorded edge.
alter table deals add constraint deals_version_recorded foreign key (id, version)
  references deal_events (deal_id, deal_version) deferrable initially deferred;

create function guard_deal_edge() returns trigger language plpgsql as $$
begin
  if new.status = old.status then
    if new.version <> old.version then
      raise exception 'deal %: version counts edges only', old.id using errcode = 'PL001';
    end if;
  elsif new.version <> old.version + 1
    or not exists (select 1 from deal_edges where from_state = old.status and to_state = new.status) then
    raise exception 'deal %: illegal edge % -> % (version % -> %)',
      old.id, old.status, new.status, old.version, new.version using errcode = 'PL001';
  end if;
  if (new.principal, new.fee, new.fee_bps, new.total, new.user_id, new.deal_no) is distinct from
     (old.principal, old.fee, old.fee_bps, old.total, old.user_id, old.deal_no) then
    raise exception 'deal %: the quote is frozen', old.id using errcode = 'PL001';
  end if;
  new.updated_at := now();
  return new;
end $$;
create trigger deals_guard_edge before update on deals for each row execute function guard_deal_edge();

create function guard_deal_birth() returns trigger language plpgsql as $$
begin
  if new.status <> 'PENDING' or new.version <> 1 then
    raise exception 'deal %: begins PENDING', new.id using errcode = 'PL001';
  end if;
  return new;
end $$;
create trigger deals_guard_birth before insert on deals for each row execute function guard_deal_birth();

-- The recorded edge is the one that happened: each begins where the one before it ended, and the last ends at the
-- deal's state.
create function guard_event() returns trigger language plpgsql as $$
begin
  if (select status from deals where id = new.deal_id and version = new.deal_version) <> new.to_state
    or (select to_state from deal_events where deal_id = new.deal_id and deal_version = new.deal_version - 1)
      is distinct from new.from_state then
    raise exception 'deal %: the event % -> % is not its edge', new.deal_id, new.from_state, new.to_state
      using errcode = 'PL001';
  end if;
  return null;
end $$;
create constraint trigger deal_events_guard after insert on deal_events deferrable initially deferred for each row
  when (new.deal_version is not null) execute function guard_event();

create table risk_decisions (
  deal_id uuid not null references deals, attempt int not null, user_id uuid not null references users,
  card_id uuid not null references cards, device_id text not null,
  verdict text not null check (verdict in ('PASS', 'ALERT', 'BLOCK', 'UNAVAILABLE')),
  rules jsonb not null, counters jsonb not null, kst_day date not null, principal int8 not null,
  -- A reservation counts towards the user's day until it is released (declined, cancelled, refunded).
  reserved boolean not null, released_at timestamptz,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (deal_id, attempt));
create index risk_decisions_day on risk_decisions (user_id, kst_day) where reserved and released_at is null;
create index risk_decisions_given_up on risk_decisions (kst_day) where not reserved or released_at is not null;
`;
