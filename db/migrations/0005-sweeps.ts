/** What the sweeps look for, by index, and what the float watch saw last. Additions only. */
import type { Knex } from 'knex';

const SWEEPS = `
-- Deals that must have a running workflow (spec §4); the sweep for orphans reads it in pages.
create index deals_open on deals (id) where status in ('PAID', 'TRANSFERRING', 'TRANSFER_FAILED')
  or (status = 'PENDING' and (confirmed_at is not null or cancel_requested_at is not null));
create index payments_late on payments (deal_id) where late and status = 'PAID';
create index idempotency_keys_leased on idempotency_keys (lease_until) where lease_until is not null;
create index risk_decisions_given_up on risk_decisions (kst_day) where not reserved or released_at is not null;
create index transfer_jobs_open on transfer_jobs (deal_id) where status in ('PENDING', 'PROCESSING');
`;

const FLOAT = `
-- One row: the last look at the float. unreadable_since is null while the bank answers. promised: the principal of all charges ever
-- begun, less what was declined; promised_before: as it was when in_flight was summed up. So what was charged since is their difference.
create table float_watch (
  id int primary key default 1 check (id = 1), balance int8, in_flight int8, read_at timestamptz, unreadable_since timestamptz,
  promised int8 not null default 0, promised_before int8 not null default 0,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
insert into float_watch default values;
`;

export async function up(knex: Knex): Promise<void> {
  for (const part of [SWEEPS, FLOAT]) await knex.raw(part);
}

/** The way back is a new migration. */
export async function down(): Promise<void> {
  throw new Error('0005-sweeps cannot be reverted: write a new migration');
}
