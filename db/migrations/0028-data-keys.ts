/**
 * Data keys, each wrapped by the master key: what is encrypted names its row. A memo, which is frozen, may be encrypted
 * anew under another data key, by whoever says so in the transaction; that is no news to the payer.
 */
export const DATA_KEYS: readonly string[] = [
  `create table data_keys (
     id uuid primary key,
     purpose text not null check (purpose in ('field', 'payload', 'hash')),
     -- Null: retired; what was encrypted under it opens no more.
     wrapped bytea,
     master_key_id text not null,
     rewrapped_at timestamptz, retired_at timestamptz,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     check ((wrapped is null) = (retired_at is not null)));
   create unique index data_keys_one_hash on data_keys (purpose) where purpose = 'hash';
   create index data_keys_youngest on data_keys (purpose, created_at) where retired_at is null`,
  `create function guard_data_key() returns trigger language plpgsql as $$
   begin
     if tg_op = 'DELETE' or old.retired_at is not null or (new.retired_at is not null and old.purpose <> 'field')
       or (new.id, new.purpose, new.created_at) is distinct from (old.id, old.purpose, old.created_at) then
       raise exception 'data key %: it is wrapped anew, or retired, and nothing else', old.id using errcode = 'PL005';
     end if;
     return new;
   end $$;
   create trigger data_keys_guard before update or delete on data_keys
     for each row execute function guard_data_key()`,
  `create or replace function guard_deal_memo() returns trigger language plpgsql as $$
   begin
     if new.memo_changed = old.memo_changed and (
       (old.personal_emptied_at is null and new.personal_emptied_at is not null and new.memo_encrypted is null)
       or (new.memo_encrypted is not null and current_setting('plic.encrypts_anew', true) = 'on')) then
       return new;
     end if;
     raise exception 'deal %: the memo is frozen', old.id using errcode = 'PL001';
   end $$;
   drop trigger deals_stamp_change on deals;
   create trigger deals_stamp_change before update on deals for each row
     when (old.personal_emptied_at is not distinct from new.personal_emptied_at
       and current_setting('plic.encrypts_anew', true) is distinct from 'on')
     execute function stamp_deal_change()`,
];
