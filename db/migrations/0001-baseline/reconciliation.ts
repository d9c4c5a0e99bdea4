/**
 * Reconciliation (spec §8): the providers' lists as received, the runs that matched them, and the breaks they found.
 * Money is int8 won, signed as the provider signs it. Nothing here is personal data.
 */
export const RECONCILIATION = `
-- What was read of a provider's list of a KST day; reading it again replaces the lines.
create table provider_lists (
  source text not null check (source in ('softpayment', 'bank')), day date not null, read_at timestamptz not null,
  lines int not null,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (source, day));

-- The settlement file as received: evidence, and the other side of our rows. line_no counts from 1.
create table settlement_lines (
  file_day date not null, line_no int not null, kind text not null, order_id text not null, payment_key text not null,
  amount int8 not null, fee int8 not null, net int8 not null, at timestamptz not null, settle_date date not null,
  version int not null default 1, deleted_at timestamptz, primary key (file_day, line_no));
create index settlement_lines_order on settlement_lines (order_id);
create index settlement_lines_strange on settlement_lines (file_day) where kind not in ('payment', 'cancel');

create table bank_lines (
  trading_date date not null, line_no int not null, reference text not null, amount int8 not null,
  status text not null, code text, bank_code text check (bank_code ~ '^[0-9]{3}$'),
  account_last4 text check (account_last4 ~ '^[0-9]{4}$'), at timestamptz not null,
  version int not null default 1, deleted_at timestamptz, primary key (trading_date, line_no));
create index bank_lines_reference on bank_lines (reference);

-- What the PG pays on a date for one file, and how much of it is posted.
create table settlement_days (
  file_day date not null, settle_date date not null, lines int not null, net int8 not null,
  posted int8 not null default 0, postings int not null default 0,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (file_day, settle_date));
create index settlement_days_unposted on settlement_days (settle_date);

create table reconciliation_runs (
  id bigint generated always as identity primary key, engine_run text not null unique, business_day date not null,
  status text not null default 'running' check (status in ('running', 'done', 'failed')),
  started_at timestamptz not null default now(), read_at timestamptz, finished_at timestamptz,
  result jsonb, failure text,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create index reconciliation_runs_day on reconciliation_runs (business_day, status);

-- One difference, from the run that found it first to the run, or the operator, that ended it. What ended stays.
create table reconciliation_breaks (
  id bigint generated always as identity primary key, class text not null, key text not null,
  source text not null check (source in ('charge', 'refund', 'transfer', 'ledger')), subject text not null,
  business_day date not null, deal_id uuid references deals, attempt int, amount int8 not null,
  ours jsonb, theirs jsonb, stale boolean not null default false, proposed_fix text,
  -- For a line of the settlement file: what it pays beyond what our ledger says the PG owes for it.
  file_day date, settle_date date, unsettled int8 not null default 0,
  first_run bigint not null references reconciliation_runs, last_run bigint not null references reconciliation_runs,
  opened_at timestamptz not null default now(), woken_at timestamptz, resolved_at timestamptz, resolution text,
  -- Ended by an operator although it still holds: found again with the same facts, it stays ended.
  accepted boolean not null default false,
  -- The dispute that an operator named for a strange line: the PG keeps its charge, or gives it back.
  chargeback_id uuid references chargebacks,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  check ((resolved_at is null) = (resolution is null)), check (not accepted or resolved_at is not null));
create unique index reconciliation_breaks_open on reconciliation_breaks (class, key) where resolved_at is null;
create index reconciliation_breaks_accepted on reconciliation_breaks (class, key) where accepted;
create index reconciliation_breaks_unsettled on reconciliation_breaks (file_day, settle_date) where unsettled <> 0;
create index reconciliation_breaks_run on reconciliation_breaks (last_run, id) where resolved_at is null;
create index reconciliation_breaks_deal on reconciliation_breaks (deal_id) where resolved_at is null;
-- A dispute is settled once in each direction.
create unique index reconciliation_breaks_case on reconciliation_breaks (chargeback_id, (unsettled > 0)) where accepted;

-- One-sided rows that cannot be judged before a later list is read; the next run looks at them again.
create table reconciliation_carried (
  class text not null, key text not null, source text not null, subject text not null, file_day date, settle_date date,
  unsettled int8 not null default 0, run bigint not null references reconciliation_runs,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (class, key));
`;
