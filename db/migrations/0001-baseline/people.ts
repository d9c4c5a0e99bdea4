/** Who pays, with what, and to whom. Secrets are encrypted by the code and found by their keyed hash (spec §10). */
export const PEOPLE = `
create table memberships (
  grade text primary key, fee_bps int not null check (fee_bps between 0 and 10000),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
insert into memberships (grade, fee_bps) values ('BASIC', 300), ('SILVER', 290), ('GOLD', 280), ('VIP', 270);

create table users (
  id uuid primary key, phone text not null, email text not null check (email = lower(email)), name text not null,
  password_hash text not null, grade text not null default 'BASIC' references memberships,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create unique index users_phone on users (phone) where deleted_at is null;
create unique index users_email on users (email) where deleted_at is null;

create table cards (
  id uuid primary key, user_id uuid not null references users,
  billing_key_encrypted text not null, billing_key_hash text not null,
  masked_number text not null check (masked_number ~ '^[0-9]{6}[*]{3,9}[0-9]{4}$'), issuer text not null,
  -- A card's hour opens with its first charge (spec §7); written only by the charge intent, under the row's lock.
  hour_opened_at timestamptz, hour_charges int not null default 0,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
-- Removed cards too: registering one again gives the same card back, with its hour.
create unique index cards_billing_key on cards (user_id, billing_key_hash);

create table bank_accounts (
  id uuid primary key, user_id uuid not null references users, bank_code text not null check (bank_code ~ '^[0-9]{3}$'),
  account_number_encrypted text not null, account_hash text not null,
  account_last4 text not null check (account_last4 ~ '^[0-9]{4}$'),
  holder_name text not null, verified_at timestamptz, verify_code text,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create index bank_accounts_user on bank_accounts (user_id, created_at);
`;
