/**
 * How long what is kept, what must not be destroyed whatever its age, and the proof of what was. Proofs are only ever
 * added to; a hold is only ever lifted.
 */
export const HOLDS_AND_PROOFS = `
-- A term that is shortened is made anew (created_at): nobody is blamed for what it makes due at once.
create table retention_terms (
  rule text primary key, term interval not null check (term >= interval '1 day'),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
insert into retention_terms (rule, term) values
  ('unsent-addresses', '7 days'),
  ('identity-links', '1 day'),
  ('refused-recipients', '30 days'),
  ('removed-recipients', '30 days'),
  ('paid-recipients', '5 years'),
  ('removed-cards', '30 days'),
  ('forgotten-devices', '30 days'),
  ('unconfirmed-quotes', '30 days'),
  ('ended-deals', '5 years'),
  ('sent-names', '5 years'),
  ('stored-answers', '30 days'),
  ('webhook-bodies', '5 years'),
  ('risk-people', '90 days'),
  ('left-log-ins', '30 days'),
  ('left-without-deals', '30 days'),
  ('left-with-deals', '5 years');

-- Keeps everything of a member, or of a deal and the member whose it is.
create table legal_holds (
  id bigint generated always as identity primary key,
  user_id uuid references users, deal_id uuid references deals, check (num_nonnulls(user_id, deal_id) = 1),
  code text not null check (code in ('court-order', 'investigation', 'tax-audit', 'dispute')),
  actor text not null, reason text not null, held_at timestamptz not null default now(),
  -- The last KST day; null: until it is lifted.
  until date,
  lifted_at timestamptz, lifted_by text, lift_reason text,
  check (num_nulls(lifted_at, lifted_by, lift_reason) in (0, 3)),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create index legal_holds_user on legal_holds (user_id) where lifted_at is null;
create index legal_holds_deal on legal_holds (deal_id) where lifted_at is null;
create function guard_hold() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.lifted_at is null and (new.id, new.user_id, new.deal_id, new.code, new.actor, new.reason, new.held_at,
      new.until) is not distinct from (old.id, old.user_id, old.deal_id, old.code, old.actor, old.reason, old.held_at,
      old.until) then
      return new;
    end if;
  end if;
  raise exception 'a legal hold is lifted, and never changed' using errcode = 'PL002';
end $$;
create trigger legal_holds_guard before update or delete on legal_holds for each row execute function guard_hold();
create trigger legal_holds_kept before truncate on legal_holds for each statement execute function refuse_change();

-- The holds, also those of before, that keep what is of this member, and, unless it is null, of this deal of theirs.
create function holds_of(member uuid, deal uuid) returns setof legal_holds language sql stable as $$
  select h.* from legal_holds h where h.user_id = member or h.deal_id = deal
    or deal is null and h.deal_id in (select d.id from deals d where d.user_id = member)
$$;
create function is_held(member uuid, deal uuid) returns boolean language sql stable as $$
  select exists (select from holds_of(member, deal) h
    where h.lifted_at is null and (h.until is null or h.until >= (now() at time zone 'Asia/Seoul')::date))
$$;
-- When the last of them was lifted, or its last day was over; null: none ever was.
create function hold_ended(member uuid, deal uuid) returns timestamptz language sql stable as $$
  select max(least(h.lifted_at, (h.until + 1)::timestamp at time zone 'Asia/Seoul')) from holds_of(member, deal) h
$$;

-- What one call of a rule's function destroyed: rows, and when the terms of the first and the last of them began.
create table retention_proofs (
  id bigint generated always as identity primary key, rule text not null references retention_terms, run text not null,
  emptied int not null check (emptied >= 0),
  -- Rows whose term has ended, and which a hold keeps; null: the run went on, and its last call counted.
  held int check (held >= 0),
  first_since timestamptz, last_since timestamptz, term interval not null, at timestamptz not null default now(),
  check (num_nulls(first_since, last_since) = case when emptied = 0 then 2 else 0 end),
  check (first_since <= last_since and last_since + term <= at),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create index retention_proofs_run on retention_proofs (run, rule);
create trigger retention_proofs_immutable before update or delete or truncate on retention_proofs
  for each statement execute function refuse_change()`;
