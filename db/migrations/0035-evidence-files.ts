/**
 * What operators go by: a bank's slip, a page of the PG's portal. A file is of one deal, is encrypted, never changed,
 * and emptied with the books of its deal; its hash stays. Errors of the guard are PL002.
 */
export const EVIDENCE_FILES: readonly string[] = [
  `create table evidence_files (
     id uuid primary key,
     deal_id uuid not null references deals,
     sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
     media_type text not null check (media_type in ('application/pdf', 'image/png', 'image/jpeg')),
     size int not null check (size between 1 and 5242880),
     content_encrypted text check (left(content_encrypted, 200) ~ '^v(1|2)([.][A-Za-z0-9_-]+){4}$'),
     uploaded_by uuid not null references admin_users,
     uploaded_at timestamptz not null default now(),
     emptied_at timestamptz,
     version int not null default 1, deleted_at timestamptz,
     constraint evidence_files_whole check ((emptied_at is null) = (content_encrypted is not null)));
   -- Ciphertext is not made smaller by trying.
   alter table evidence_files alter content_encrypted set storage external;
   -- The same file of the same deal is one.
   create unique index evidence_files_once on evidence_files (deal_id, sha256) where emptied_at is null;
   create index evidence_files_kept on evidence_files (uploaded_at) where content_encrypted is not null;
   create function guard_evidence() returns trigger language plpgsql as $$
   begin
     if tg_op = 'UPDATE' then
       if old.emptied_at is null
         and (new.id, new.deal_id, new.sha256, new.media_type, new.size, new.uploaded_by, new.uploaded_at,
           new.version, new.deleted_at) is not distinct from (old.id, old.deal_id, old.sha256, old.media_type, old.size,
           old.uploaded_by, old.uploaded_at, old.version, old.deleted_at)
         and (new.emptied_at is not null or current_setting('plic.encrypts_anew', true) = 'on') then
         return new;
       end if;
     end if;
     raise exception 'an evidence file is never changed' using errcode = 'PL002';
   end $$;
   create trigger evidence_files_guard before update or delete on evidence_files
     for each row execute function guard_evidence();
   create trigger evidence_files_kept_whole before truncate on evidence_files
     for each statement execute function refuse_change();
   alter table operator_requests add constraint operator_requests_evidence
     foreign key (evidence_id) references evidence_files`,
  // The two functions of a rule, as those of migration 0027 are.
  `insert into retention_terms (rule, term) values ('evidence-content', '5 years');
   create function evidence_content_due(before timestamptz)
     returns table (id uuid, member uuid, deal uuid, begun timestamptz, since timestamptz) language sql stable as $$
     select t.id, (select d.user_id from deals d where d.id = t.deal_id), t.deal_id, t.uploaded_at,
       greatest(t.uploaded_at, deal_last_event(t.deal_id))
     from evidence_files t
     where t.uploaded_at <= before and t.content_encrypted is not null and not deal_is_open(t.deal_id)
   $$;
   create function evidence_content(of_run text, most int) returns int language plpgsql security definer
     set search_path = pg_catalog, public, pg_temp as $$
   declare
     kept_for interval := (select r.term from retention_terms r where r.rule = 'evidence-content');
     -- Two days more than the term: five years are not always as long.
     before timestamptz := now() - kept_for + interval '2 days';
     picked jsonb;
     seen int;
   begin
     if current_setting('transaction_isolation') <> 'read committed' then
       raise exception 'personal data is destroyed under read committed' using errcode = 'PL005';
     end if;
     select coalesce(jsonb_agg(to_jsonb(o)), '[]') into picked from (
       select d.* from evidence_content_due(before) d
       where d.since + kept_for <= now() and not is_held(d.member, d.deal) order by d.begun limit most) o;
     seen := jsonb_array_length(picked);
     if seen > 0 then
       lock table legal_holds in share mode; -- a hold that is being set is waited for, and seen
       perform from evidence_files t, jsonb_to_recordset(picked) as c(id uuid) where t.id = c.id
         order by t.id for update of t;
     end if;
     with gone as (
       update evidence_files t set emptied_at = now(), content_encrypted = null
       from jsonb_to_recordset(picked) as c(id uuid, member uuid, deal uuid, since timestamptz)
       where t.id = c.id and t.uploaded_at <= before and t.content_encrypted is not null
         and not deal_is_open(t.deal_id) and greatest(t.uploaded_at, deal_last_event(t.deal_id)) + kept_for <= now()
         and not is_held(c.member, c.deal) returning c.since)
     insert into retention_proofs (rule, run, emptied, held, first_since, last_since, term)
     select 'evidence-content', of_run, count(*), case when seen < most then
         (select count(*) from evidence_content_due(before) d
           where d.since + kept_for <= now() and is_held(d.member, d.deal)) end,
       min(since), max(since), kept_for
     from gone;
     return seen;
   end $$;
   revoke all on function evidence_content(text, int) from public;
   grant execute on function evidence_content(text, int) to plic_retention`,
  // Of all rules, this one too.
  `do $make$
   begin
     execute format('create or replace function retention_due(ended timestamptz)
       returns table (rule text, member uuid, deal uuid, since timestamptz) language sql stable as $$ %s $$',
       (select string_agg(format('select %1$L, d.member, d.deal, d.since
           from %2$s_due((select ended - r.term + interval ''2 days'' from retention_terms r where r.rule = %1$L)) d
           where d.since + (select r.term from retention_terms r where r.rule = %1$L) <= ended',
           rule, replace(rule, '-', '_')), ' union all ')
         from retention_terms));
   end $make$`,
];
