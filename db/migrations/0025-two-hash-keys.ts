/**
 * Keys of look-up hashes, of which two are live while the hashes are made anew under the next one. The hash under a key
 * with an odd number lies in the column of before, that under an even one in the column beside it, each with indexes of
 * its own: so one of them is complete, and unique, at any time. A writer that does not know the live keys is refused.
 */
export const TWO_HASH_KEYS: readonly string[] = [
  `create table hash_keys (
     id int primary key check (id > 0),
     -- Wrapped. Null: the first, which follows from the key file, and those that are retired, which nobody has now.
     key_encrypted text,
     -- Since then no hash is made under it; those that are left are being emptied until emptied_at.
     retired_at timestamptz, emptied_at timestamptz,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     check ((key_encrypted is null) = (id = 1 or retired_at is not null)),
     check (emptied_at is null or retired_at is not null));
   create unique index hash_keys_columns on hash_keys ((id % 2)) where emptied_at is null;
   insert into hash_keys (id) values (1)`,
  `alter table users alter phone_hash drop not null, alter email_hash drop not null,
     add phone_hash_even text, add email_hash_even text;
   create unique index users_phone_even on users (phone_hash_even) where deleted_at is null;
   create unique index users_email_even on users (email_hash_even) where deleted_at is null`,
  `alter table cards alter billing_key_hash drop not null, add billing_key_hash_even text;
   create unique index cards_billing_key_even on cards (user_id, billing_key_hash_even);
   create unique index cards_one_payer_even on cards (billing_key_hash_even) where deleted_at is null`,
  `alter table bank_accounts alter account_hash drop not null, add account_hash_even text;
   create unique index bank_accounts_once_even on bank_accounts (user_id, account_hash_even)
     where verified_at is not null and deleted_at is null`,
  `alter table risk_decisions add phone_hash_even text;
   create index risk_decisions_phone_even on risk_decisions (phone_hash_even, kst_day)
     where reserved and released_at is null`,
  // Writers share the lock; whoever begins or ends the life of a key holds it alone: nobody writes by what was before.
  `create function live_hash_keys(out odd boolean, out even boolean) language plpgsql as $$
   begin
     perform pg_advisory_xact_lock_shared(7201025);
     select coalesce(bool_or(id % 2 = 1), false), coalesce(bool_or(id % 2 = 0), false) into odd, even
       from hash_keys where retired_at is null;
   end $$;
   create function guard_look_up_hashes() returns trigger language plpgsql as $$
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
       if (odd is not null) <> live.odd or (even is not null) <> live.even then
         raise exception '%.% must be hashed under the live keys, no other', tg_table_name, base
           using errcode = 'PL004';
       end if;
     end loop;
     return new;
   end $$;
   create trigger users_guard_hashes
     before insert or update of phone_hash, phone_hash_even, email_hash, email_hash_even on users
     for each row execute function guard_look_up_hashes('phone_hash', 'email_hash');
   create trigger cards_guard_hashes before insert or update of billing_key_hash, billing_key_hash_even on cards
     for each row execute function guard_look_up_hashes('billing_key_hash');
   create trigger bank_accounts_guard_hashes
     before insert or update of account_hash, account_hash_even on bank_accounts
     for each row execute function guard_look_up_hashes('account_hash')`,
  // A decision copies the hashes of its member, who may still have one under a key that is retired.
  `create function keep_live_hashes() returns trigger language plpgsql as $$
   declare
     live record;
   begin
     select * into live from live_hash_keys();
     if not live.odd then new.phone_hash := null; end if;
     if not live.even then new.phone_hash_even := null; end if;
     return new;
   end $$;
   create trigger risk_decisions_keep_hashes before insert on risk_decisions
     for each row execute function keep_live_hashes()`,
];
