/** The devices on which payers log in: a secret of each, as its keyed hash, by which the server knows it again. */
export const DEVICES = [
  `create table devices (
     id uuid primary key, user_id uuid not null references users, secret_hash text not null, label text not null,
     -- The last log-in with its secret; null: it has not come back yet.
     recognised_at timestamptz,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   create unique index devices_secret on devices (user_id, secret_hash);`,
];
