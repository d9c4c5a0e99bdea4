/** When each step of the minute's sweep last succeeded, all by the database's clock. */
export const MINUTE_STEPS = [
  `create table minute_steps (
     step text primary key,
     -- Since then it is awaited: a worker started, after nobody had worked.
     awaited_since timestamptz not null default now(),
     succeeded_at timestamptz,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);`,
] as const;
