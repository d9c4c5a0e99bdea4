/**
 * The names of recipients are ciphertext; SQL has no key: a database that has recipients is refused before (index.ts).
 * An account is a payer's recipient once, and may be a favourite. What a recipient's statement shows is frozen in the
 * deal, as ciphertext too.
 */
export const RECIPIENTS_AND_MEMOS: readonly string[] = [
  `alter table bank_accounts drop column holder_name, drop column bank_holder_name,
     add holder_name_encrypted text not null,
     -- Whose account it is by the bank, when that is not the name that was given: such an account is not verified.
     add bank_holder_name_encrypted text,
     -- What the payer calls it.
     add nickname_encrypted text,
     add constraint bank_accounts_differs check
       (bank_holder_name_encrypted is null or (verified_at is null and verify_code is null)),
     add constraint bank_accounts_owner unique (id, user_id);
   create unique index bank_accounts_once on bank_accounts (user_id, account_hash)
     where verified_at is not null and deleted_at is null`,
  `create table favorite_accounts (
     user_id uuid not null references users, bank_account_id uuid not null,
     -- The payer's own order, from 1; gaps say nothing.
     position int check (position > 0),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     primary key (user_id, bank_account_id),
     foreign key (bank_account_id, user_id) references bank_accounts (id, user_id),
     check ((position is null) = (deleted_at is not null)),
     constraint favorite_accounts_order unique (user_id, position) deferrable initially deferred)`,
  `alter table deals add memo_encrypted text not null,
     -- By the payer: it is not what it would have been without a wish.
     add memo_changed boolean not null default false;
   create function guard_deal_memo() returns trigger language plpgsql as $$
   begin
     raise exception 'deal %: the memo is frozen', old.id using errcode = 'PL001';
   end $$;
   create trigger deals_guard_memo before update on deals for each row
     when ((new.memo_encrypted, new.memo_changed) is distinct from (old.memo_encrypted, old.memo_changed))
     execute function guard_deal_memo()`,
];
