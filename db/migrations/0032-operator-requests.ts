/**
 * What two different operators give is first a request: one makes it, another approves it within a day, and its effect
 * and its DONE are one transaction. Of the effects each names its request, so what no two people gave cannot be
 * recorded. Errors of the guards are PL004.
 */
const TABLE = `
create table operator_requests (
  id uuid primary key,
  kind text not null check (kind in ('rule', 'manual-transfer', 'stop-paying-by-hand', 'correct-account', 'accept',
    'lift', 'fund', 'withdraw', 'role', 'invite')),
  about jsonb not null, subject_kind text not null, subject text not null, deal_id uuid references deals,
  input jsonb not null, evidence_id uuid, seen jsonb, reason text not null,
  maker_id uuid references admin_users, maker text not null,
  expires_at timestamptz not null default now() + interval '24 hours',
  standing text not null default 'PENDING' check (standing in ('PENDING', 'APPROVED', 'DONE', 'REFUSED', 'REJECTED',
    'WITHDRAWN', 'EXPIRED', 'STALE')),
  checker_id uuid references admin_users, decided_at timestamptz, decided_reason text,
  ended_at timestamptz, outcome text,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  constraint operator_requests_two_people check (checker_id <> maker_id),
  constraint operator_requests_decided check (standing not in ('APPROVED', 'DONE', 'REFUSED', 'REJECTED')
    or checker_id is not null and decided_at is not null),
  constraint operator_requests_ended check ((ended_at is null) = (standing in ('PENDING', 'APPROVED'))));
-- The same order is asked for once at a time.
create unique index operator_requests_open on operator_requests (kind, subject, md5(input::text))
  where standing in ('PENDING', 'APPROVED');
create index operator_requests_waiting on operator_requests (standing, created_at, id)
  where standing in ('PENDING', 'APPROVED');
create index operator_requests_made on operator_requests (created_at desc, id desc);
create index operator_requests_kind on operator_requests (kind, created_at desc, id desc);
create index operator_requests_maker on operator_requests (maker, created_at desc, id desc);
create index operator_requests_subject on operator_requests (subject, created_at desc, id desc);

create function guard_requests() returns trigger language plpgsql as $$
declare
  moved text[] := array['standing', 'ended_at', 'outcome', 'version', 'deleted_at'];
  decided constant text[] := array['checker_id', 'decided_at', 'decided_reason'];
begin
  if tg_op in ('DELETE', 'TRUNCATE') then
    raise exception 'a request is never deleted' using errcode = 'PL004';
  end if;
  if tg_op = 'INSERT' then
    if new.standing <> 'PENDING' then
      raise exception 'a request begins PENDING' using errcode = 'PL004';
    end if;
    return new;
  end if;
  if old.standing = 'PENDING' then
    moved := moved || decided;
  end if;
  if to_jsonb(old) - moved <> to_jsonb(new) - moved then
    raise exception 'request %: what was asked for is never changed', old.id using errcode = 'PL004';
  end if;
  if (old.standing, new.standing) not in (('PENDING', 'APPROVED'), ('PENDING', 'REJECTED'), ('PENDING', 'WITHDRAWN'),
    ('PENDING', 'EXPIRED'), ('PENDING', 'STALE'), ('APPROVED', 'DONE'), ('APPROVED', 'REFUSED'),
    ('APPROVED', 'STALE')) then
    raise exception 'request %: % is never % again', old.id, old.standing, new.standing using errcode = 'PL004';
  end if;
  if new.standing = 'APPROVED' and old.expires_at <= now() then
    raise exception 'request % has expired', old.id using errcode = 'PL004';
  end if;
  return new;
end $$;
create trigger operator_requests_guard before insert or update or delete on operator_requests
  for each row execute function guard_requests();
create trigger operator_requests_kept before truncate on operator_requests
  for each statement execute function guard_requests();`;

/** Immutable rows of before name no request, and are left as they are. */
const EFFECTS = `
alter table deal_events add column request_id uuid references operator_requests;
alter table stop_switch_events add column request_id uuid references operator_requests;
alter table owner_funds add column request_id uuid references operator_requests;
alter table reconciliation_breaks add column request_id uuid references operator_requests;
alter table admin_users add column request_id uuid references operator_requests;
create unique index deal_events_request on deal_events (request_id) where request_id is not null;
create unique index stop_switch_events_request on stop_switch_events (request_id) where request_id is not null;
create unique index owner_funds_request on owner_funds (request_id) where request_id is not null;
create unique index reconciliation_breaks_request on reconciliation_breaks (request_id) where request_id is not null;
create unique index admin_users_request on admin_users (request_id) where request_id is not null;

-- Done, by two people, of this kind, about this: an effect is recorded in the transaction that ends its request.
create function guard_two_people() returns trigger language plpgsql as $$
declare
  made operator_requests;
  fits boolean;
begin
  if new.request_id is null and to_jsonb(new) ->> 'cause' = 'correct-account'
    and (select principal <= 1000000 from deals where id = (to_jsonb(new) ->> 'deal_id')::uuid) then
    return new;
  end if;
  if new.request_id is null or tg_op = 'UPDATE' and new.request_id is not distinct from old.request_id then
    raise exception '%: it takes two people', tg_table_name using errcode = 'PL004';
  end if;
  select * into made from operator_requests where id = new.request_id;
  if tg_table_name = 'deal_events' then
    fits := made.deal_id = new.deal_id
      and new.cause = case made.kind when 'accept' then 'accept-break' else made.kind end;
  elsif tg_table_name = 'stop_switch_events' then
    fits := made.kind = 'lift' and made.subject = new.leg;
  elsif tg_table_name = 'owner_funds' then
    fits := made.kind = case when new.amount > 0 then 'fund' else 'withdraw' end and made.subject = new.reference;
  elsif tg_table_name = 'reconciliation_breaks' then
    fits := made.kind = 'accept' and made.subject = new.id::text;
  else
    fits := made.kind in ('role', 'invite') and made.subject = new.handle;
  end if;
  if (fits and made.standing = 'DONE') is not true then
    raise exception '%: request % is not of this, or not approved', tg_table_name, new.request_id
      using errcode = 'PL004';
  end if;
  return new;
end $$;
create trigger deal_events_two_people before insert on deal_events for each row
  when (new.cause in ('rule', 'manual-transfer', 'stop-paying-by-hand', 'accept-break', 'correct-account')
    or new.request_id is not null)
  execute function guard_two_people();
create trigger stop_switch_events_two_people before insert on stop_switch_events for each row
  when (new.action = 'lift' and new.source = 'operator' or new.request_id is not null)
  execute function guard_two_people();
create trigger owner_funds_two_people before insert on owner_funds for each row execute function guard_two_people();
create trigger reconciliation_breaks_two_people before update on reconciliation_breaks for each row
  when (new.request_id is distinct from old.request_id) execute function guard_two_people();
-- By an operator; the first two admins are made by a command on the server.
create trigger admin_users_two_people_invite before insert on admin_users for each row
  when (new.invited_by is not null and new.role in ('finance', 'admin') or new.request_id is not null)
  execute function guard_two_people();
create trigger admin_users_two_people before update on admin_users for each row
  when (new.request_id is not null and new.request_id is distinct from old.request_id
    or new.role <> old.role
      and (old.status = 'ACTIVE' or new.invited_by is not null and new.role in ('finance', 'admin')))
  execute function guard_two_people();`;

export const OPERATOR_REQUESTS: readonly string[] = [TABLE, EFFECTS];
