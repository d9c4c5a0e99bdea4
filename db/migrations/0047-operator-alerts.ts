/**
 * What operators are alerted of: an outbox, written with the task or the request it tells of, whoever writes that. Of
 * one kind (what and reason) one message leaves at a time, and how it fares is that kind's own row.
 */
const TABLES = `
create table operator_alerts (
  id bigint generated always as identity primary key,
  what text not null check (what in ('task-opened', 'alarm-raised', 'alarm-ended', 'request-waits')),
  -- The number of the task or the request: each is told once.
  about text not null,
  reason text not null, deal_id uuid references deals,
  sent_at timestamptz,
  -- No webhook was set when it was looked at.
  dropped_at timestamptz,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  constraint operator_alerts_once unique (what, about));
create index operator_alerts_waiting on operator_alerts (what, reason, id) where sent_at is null and dropped_at is null;

create table operator_alert_kinds (
  what text not null, reason text not null,
  next_at timestamptz not null default now(), attempts int not null default 0,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (what, reason));
`;

const WRITTEN_WITH_THE_FACT = `
create function put_operator_alert() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'operator_requests' then
    insert into operator_alerts (what, about, reason, deal_id) values ('request-waits', new.id, new.kind, new.deal_id);
  elsif tg_op = 'UPDATE' then
    insert into operator_alerts (what, about, reason, deal_id) values ('alarm-ended', new.id, new.reason, new.deal_id)
      on conflict do nothing;
  else
    insert into operator_alerts (what, about, reason, deal_id)
      values (case new.severity when 'task' then 'task-opened' else 'alarm-raised' end, new.id, new.reason,
        new.deal_id);
  end if;
  return null;
end $$;
create trigger operator_tasks_alert after insert on operator_tasks for each row when (new.closed_at is null)
  execute function put_operator_alert();
create trigger operator_tasks_alert_end after update of closed_at on operator_tasks for each row
  when (old.closed_at is null and new.closed_at is not null and new.severity = 'alarm')
  execute function put_operator_alert();
create trigger operator_requests_alert after insert on operator_requests for each row when (new.standing = 'PENDING')
  execute function put_operator_alert()`;

export const OPERATOR_ALERTS: readonly string[] = [TABLES, WRITTEN_WITH_THE_FACT];
