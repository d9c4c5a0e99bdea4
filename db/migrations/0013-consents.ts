/**
 * What members agreed to, each change a row that is only ever added to: evidence of who agreed to which version, when.
 * Members who have left are found by their phone too: their day's limits are those of whoever joins again with it.
 */
export const CONSENTS: readonly string[] = [
  `create table consents (
     id bigserial primary key, user_id uuid not null references users,
     kind text not null check (kind in ('terms', 'privacy', 'thirdParty', 'marketing')), version_name text not null,
     given boolean not null check (given or kind = 'marketing'),
     -- False: the request named no version, and the one in force was agreed to by making it.
     stated boolean not null, at timestamptz not null,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   create index consents_user on consents (user_id, kind, id);
   create trigger consents_immutable before update or delete or truncate on consents
     for each statement execute function refuse_change();`,
  'create index users_phone_ever on users (phone_hash)',
];
