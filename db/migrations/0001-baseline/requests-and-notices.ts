/** What comes in and goes out more than once and counts once: requests, webhooks, notices. */
export const REQUESTS_AND_NOTICES = `
create table idempotency_keys (
  user_id uuid not null references users, method text not null, path text not null, key text not null,
  body_hash text not null, lease_until timestamptz, status_code int, content_type text, response text,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (user_id, method, path, key));
create index idempotency_keys_leased on idempotency_keys (lease_until) where lease_until is not null;

create table pg_webhook_events (
  -- Who may call back is the API's business; the type is the provider's own word, and the body is evidence.
  provider text not null check (provider ~ '^[a-z][a-z0-9-]{0,39}$'), event_id text not null, type text not null,
  body text not null,
  -- What it claims, in our own words; it is judged by these. The last two as told, to be compared with what is stored.
  deal_no text, leg text check (leg in ('charge', 'transfer', 'refund')), attempt int,
  says text check (says in ('done', 'failed', 'returned')), amount int8 check (amount >= 0),
  payment_key text, trading_date text,
  received_at timestamptz not null default now(), processed_at timestamptz,
  wakes int not null default 0, next_wake_at timestamptz not null default now() + interval '30 seconds',
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (provider, event_id),
  check ((leg is null) = (says is null) and (leg is null) = (amount is null)));
create index pg_webhook_events_open on pg_webhook_events (next_wake_at) where processed_at is null;
create index pg_webhook_events_deal on pg_webhook_events (deal_no) where processed_at is null;

-- Outbox: written in the transaction of the event it tells of, sent by the dispatcher.
create table notices (
  id uuid primary key, user_id uuid references users, phone text, deal_id uuid references deals,
  template text not null, params jsonb not null default '{}', secret_encrypted text,
  attempts int not null default 0, next_attempt_at timestamptz not null default now(),
  sent_at timestamptz, failed_at timestamptz,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  check (user_id is not null or phone is not null));
create index notices_due on notices (next_attempt_at) where sent_at is null and failed_at is null;
`;
