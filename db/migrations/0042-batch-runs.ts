/** Each run of a batch with what became of it: the engine forgets its histories, and a result outlives them. */
export const BATCH_RUNS: readonly string[] = [
  `create table batch_runs (
     -- Of the engine: of the first run, when it began anew.
     run_id text primary key,
     batch text not null,
     workflow_id text not null,
     -- What its period comes from.
     scheduled_at timestamptz not null,
     begun_at timestamptz not null,
     ended_at timestamptz check ((ended_at is null) = (status = 'running')),
     status text not null default 'running' check (status in ('running', 'done', 'failed')),
     -- Counts, and days.
     result jsonb check ((result is not null) = (status = 'done')),
     failure text check ((failure is not null) = (status = 'failed')),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   create index batch_runs_latest on batch_runs (batch, scheduled_at desc, begun_at desc);
   create index batch_runs_running on batch_runs (run_id) where status = 'running'`,
];
