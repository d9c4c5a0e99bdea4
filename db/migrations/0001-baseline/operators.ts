/** What people watch over the system by: tasks, stop switches, the float. */
export const OPERATORS = `
-- What concerns the whole system has no deal, and is open once all the same.
create table operator_tasks (
  id bigint generated always as identity primary key, deal_id uuid references deals,
  severity text not null check (severity in ('alarm', 'task')), reason text not null, detail text,
  opened_at timestamptz not null default now(), closed_at timestamptz,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create unique index operator_tasks_open on operator_tasks (deal_id, severity, reason) nulls not distinct
  where closed_at is null;

-- A row is a stop: no new intents of this leg. An operator's and the float watch's stand side by side; either is
-- enough.
create table stop_switches (
  leg text not null check (leg in ('charge', 'transfer')),
  source text not null check (source in ('operator', 'float')),
  actor text not null, reason text not null, stopped_at timestamptz not null default now(),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (leg, source));
-- Every throw of a switch, for the audit.
create table stop_switch_events (
  id bigint generated always as identity primary key, leg text not null, source text not null,
  action text not null check (action in ('stop', 'lift')), actor text not null, reason text not null,
  at timestamptz not null default now(),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);

-- One row: the last look at the float. unreadable_since is null while the bank answers. promised: the principal of all
-- charges ever begun, less what was declined; promised_before: as it was when in_flight was summed up. So what was
-- charged since is their difference.
create table float_watch (
  id int primary key default 1 check (id = 1), balance int8, in_flight int8,
  read_at timestamptz, unreadable_since timestamptz,
  promised int8 not null default 0, promised_before int8 not null default 0,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
insert into float_watch default values;
`;
