/**
 * What a grade costs and asks for is dated data, and its names are one table. A member may be known by their real name:
 * of the person only a keyed hash of the CI is kept, unique among living members.
 */
export const GRADE_TERMS_AND_IDENTITIES: readonly string[] = [
  `alter table memberships add column name_ko text, add column name_en text;
   update memberships set name_ko = case grade when 'BASIC' then '베이직' when 'SILVER' then '실버'
       when 'GOLD' then '골드' when 'VIP' then 'VIP' end,
     name_en = case grade when 'BASIC' then 'Basic' when 'SILVER' then 'Silver'
       when 'GOLD' then 'Gold' when 'VIP' then 'VIP' end;
   alter table memberships alter column name_ko set not null, alter column name_en set not null`,
  `create table grade_terms (
     grade text not null references memberships,
     -- The first KST day on which these terms hold; until the day before the next ones of the grade.
     first_day date not null,
     fee_bps int not null check (fee_bps between 0 and 10000),
     -- The principal that must have been completed in the month before.
     from_principal int8 not null check (from_principal >= 0),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     primary key (grade, first_day));
   insert into grade_terms (grade, first_day, fee_bps, from_principal)
     select grade, '2020-01-01', fee_bps, case grade when 'BASIC' then 0 when 'SILVER' then 1000000
       when 'GOLD' then 3000000 when 'VIP' then 10000000 end from memberships;
   alter table memberships drop column fee_bps`,
  `create index deals_completed on deals (user_id, completed_at) include (principal) where status = 'COMPLETED'`,
  `alter table users add column ci_hash text, add column identity_verified_at timestamptz,
     add constraint users_identity_whole check ((ci_hash is null) = (identity_verified_at is null));
   create unique index users_ci on users (ci_hash) where deleted_at is null`,
  `create table identity_verifications (
     id uuid primary key, user_id uuid not null references users,
     status text not null default 'PENDING' check (status in ('PENDING', 'VERIFIED', 'FAILED')),
     -- Why it failed: the provider's word or our own.
     code text check ((code is not null) = (status = 'FAILED')),
     -- Where the member proves who they are; erased once it is decided.
     url_encrypted text check (url_encrypted is null or status = 'PENDING'),
     decided_at timestamptz check ((decided_at is null) = (status = 'PENDING')),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   create index identity_verifications_user on identity_verifications (user_id, created_at)`,
];
