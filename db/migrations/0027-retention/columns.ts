/**
 * Personal columns may be empty, and say since when: either a row holds what it held, or all of it is gone. What was
 * emptied is filled by nothing.
 */
export const EMPTIED_COLUMNS = `
alter table users alter password_hash drop not null, alter email_encrypted drop not null,
  alter phone_encrypted drop not null, alter name_encrypted drop not null,
  add log_in_emptied_at timestamptz, add person_emptied_at timestamptz,
  add constraint users_log_in_whole check (case when log_in_emptied_at is null
    then num_nulls(password_hash, email_encrypted) = 0
    else num_nonnulls(password_hash, email_encrypted, email_hash, email_hash_even, session_kept) = 0
      and deleted_at is not null end),
  add constraint users_person_whole check (case when person_emptied_at is null
    then num_nulls(phone_encrypted, name_encrypted) = 0
    else num_nonnulls(phone_encrypted, phone_hash, phone_hash_even, name_encrypted, ci_hash) = 0
      and deleted_at is not null end);

alter table bank_accounts alter account_number_encrypted drop not null,
  alter holder_name_encrypted drop not null, add emptied_at timestamptz,
  add constraint bank_accounts_whole check (case when emptied_at is null
    then num_nulls(account_number_encrypted, holder_name_encrypted) = 0
    else num_nonnulls(account_number_encrypted, account_hash, account_hash_even, holder_name_encrypted,
      bank_holder_name_encrypted, nickname_encrypted) = 0 and deleted_at is not null end);

alter table cards alter billing_key_encrypted drop not null, add emptied_at timestamptz,
  add constraint cards_whole check (case when emptied_at is null
    then billing_key_encrypted is not null
    else num_nonnulls(billing_key_encrypted, billing_key_hash, billing_key_hash_even, nickname_encrypted) = 0
      and deleted_at is not null end);

alter table devices alter secret_hash drop not null, alter label drop not null, add emptied_at timestamptz,
  add constraint devices_whole check (case when emptied_at is null then num_nulls(secret_hash, label) = 0
    else num_nonnulls(secret_hash, label) = 0 and deleted_at is not null end);

alter table deals alter memo_encrypted drop not null, add personal_emptied_at timestamptz,
  add constraint deals_whole check (case when personal_emptied_at is null then memo_encrypted is not null
    else memo_encrypted is null and purpose = '' and status in ('COMPLETED', 'REFUNDED', 'CANCELLED') end);
create or replace function guard_deal_memo() returns trigger language plpgsql as $$
begin
  if old.personal_emptied_at is null and new.personal_emptied_at is not null and new.memo_encrypted is null
    and new.memo_changed = old.memo_changed then
    return new;
  end if;
  raise exception 'deal %: the memo is frozen', old.id using errcode = 'PL001';
end $$;
-- What is destroyed is no news to the payer.
drop trigger deals_stamp_change on deals;
create trigger deals_stamp_change before update on deals for each row
  when (old.personal_emptied_at is not distinct from new.personal_emptied_at) execute function stamp_deal_change();

-- Of an answer that is gone: what it told of, to be read anew.
alter table idempotency_keys add resource text, add answer_emptied_at timestamptz,
  add constraint idempotency_keys_whole check ((answer_emptied_at is null) = (resource is null)
    and (answer_emptied_at is null or response_encrypted is null and status_code between 200 and 299));

alter table pg_webhook_events alter body drop not null, add body_emptied_at timestamptz,
  add constraint pg_webhook_events_whole check (case when body_emptied_at is null then body is not null
    else body is null and processed_at is not null end);

alter table risk_decisions add people_emptied_at timestamptz,
  add constraint risk_decisions_whole check
    (people_emptied_at is null or num_nonnulls(phone_hash, phone_hash_even, person_hash) = 0);

create or replace function guard_look_up_hashes() returns trigger language plpgsql as $$
declare
  live record;
  base text;
  was jsonb := case tg_op when 'UPDATE' then to_jsonb(old) end;
  is_now jsonb := to_jsonb(new);
  odd text;
  even text;
begin
  select * into live from live_hash_keys();
  foreach base in array tg_argv loop
    odd := is_now ->> base;
    even := is_now ->> (base || '_even');
    -- A row of before is not judged by a change of something else; one may be left that nobody finds.
    continue when tg_op = 'UPDATE' and ((odd is null and even is null)
      or (odd, even) is not distinct from (was ->> base, was ->> (base || '_even')));
    -- What is destroyed is found by nobody.
    continue when odd is null and even is null and coalesce(is_now ->> 'emptied_at',
      is_now ->> case base when 'email_hash' then 'log_in_emptied_at' else 'person_emptied_at' end) is not null;
    if (odd is not null) <> live.odd or (even is not null) <> live.even then
      raise exception '%.% must be hashed under the live keys, no other', tg_table_name, base
        using errcode = 'PL004';
    end if;
  end loop;
  return new;
end $$`;
