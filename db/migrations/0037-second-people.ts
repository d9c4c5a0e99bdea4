/**
 * Who is not a second person, as far as the house can know: whoever broke the glass (two operators approve what they
 * ask for), who was given a new authenticator at the server less than a day ago, and who has their account from the
 * same hand: one operator alone held its token. A stop that is thrown again is not lifted by what was asked for before.
 * Errors of the guards are PL004.
 */
export const SECOND_PEOPLE: readonly string[] = [
  // False of all who are there: whoever asked for an invitation of two held its token whole.
  `alter table admin_users add column server_reset_at timestamptz;
   alter table admin_users add column invited_by_two boolean not null default false;
   alter table operator_requests add column first_checker_id uuid references admin_users;
   alter table operator_requests add constraint operator_requests_two_checkers
     check (standing = 'REJECTED' or checker_id <> first_checker_id);
   alter table operator_requests add constraint operator_requests_one_other
     check (maker_id is null or first_checker_id is null);`,
  `create or replace function guard_requests() returns trigger language plpgsql as $$
   declare
     moved text[] := array['standing', 'ended_at', 'outcome', 'version', 'deleted_at'];
     decided constant text[] := array['checker_id', 'decided_at', 'decided_reason'];
     seconded constant text[] := array['first_checker_id', 'version'];
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
     if old.standing = 'PENDING' and old.first_checker_id is null and new.first_checker_id is not null
       and to_jsonb(old) - seconded = to_jsonb(new) - seconded then
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
   end $$;`,
  `create function guard_second_person() returns trigger language plpgsql as $$
   declare
     other constant uuid := coalesce(new.maker_id, new.first_checker_id);
   begin
     if other is null then
       raise exception 'request %: of whoever broke the glass two operators approve it', new.id using errcode = 'PL004';
     end if;
     if exists (select 1 from admin_users u where u.id in (other, new.checker_id)
         and u.server_reset_at > now() - interval '24 hours') then
       raise exception 'request %: an operator of it was reset at the server within a day', new.id
         using errcode = 'PL004';
     end if;
     -- Whatever their roles have become: a role that is given later changes no hand that held the token.
     if exists (with recursive held as (
         select u.id as person, u.id as hand from admin_users u where u.id in (other, new.checker_id)
         union select h.person, u.invited_by from held h join admin_users u on u.id = h.hand
         where u.invited_by is not null and not u.invited_by_two)
       select 1 from held group by hand having count(*) > 1) then
       raise exception 'request %: one alone invited the other of its operators, or both', new.id
         using errcode = 'PL004';
     end if;
     return new;
   end $$;
   create trigger operator_requests_second_person before update on operator_requests for each row
     when (new.standing = 'APPROVED' and old.standing <> 'APPROVED') execute function guard_second_person();
   create function guard_server_reset() returns trigger language plpgsql as $$
   begin
     raise exception 'operator %: the day after a reset at the server is not cut short by one', new.handle
       using errcode = 'PL004';
   end $$;
   create trigger admin_users_server_reset before update on admin_users for each row
     when (old.server_reset_at is not null and new.request_id is not distinct from old.request_id
       and (new.server_reset_at is null or new.server_reset_at < old.server_reset_at))
     execute function guard_server_reset();
   create function guard_invited_by_two() returns trigger language plpgsql as $$
   begin
     if (old.invited_by_two and new.invited_by is not distinct from old.invited_by
       and (new.invite_hash is null or new.invite_hash = old.invite_hash)) is true then
       return new;
     end if;
     if new.request_id is not distinct from old.request_id or not exists (select 1 from operator_requests r
         where r.id = new.request_id and r.kind = 'invite') then
       raise exception 'operator %: no two people invited them', new.handle using errcode = 'PL004';
     end if;
     return new;
   end $$;
   create trigger admin_users_invited_by_two before insert or update on admin_users for each row
     when (new.invited_by_two) execute function guard_invited_by_two();`,
  `create function guard_lift() returns trigger language plpgsql as $$
   begin
     if exists (select 1 from stop_switch_events s join operator_requests r on r.id = new.request_id
         where s.leg = new.leg and s.source = 'operator' and s.action = 'stop' and s.at > r.created_at) then
       raise exception 'the stop of %s was thrown again since request % was made', new.leg, new.request_id
         using errcode = 'PL004';
     end if;
     return new;
   end $$;
   create trigger stop_switch_events_lift before insert on stop_switch_events for each row
     when (new.action = 'lift' and new.source = 'operator') execute function guard_lift();`,
];
