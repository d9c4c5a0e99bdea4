/**
 * Every POST of a key at a provider, noted before it goes (spec/verdicts.md, "Words"): what is known of the earlier
 * ones decides what an answer means. Money that is undecided when this is applied may have been sent on any day since.
 */
export const SENDS = [
  `create table sends (
     id bigint generated always as identity primary key, deal_id uuid not null references deals,
     leg text not null check (leg in ('charge', 'transfer', 'refund')), key text not null,
     sent_at timestamptz not null,
     -- What was answered, in our own word; null: nothing, or nothing readable.
     answer text,
     -- Whether it may have had an effect that nobody has told us of.
     unknown boolean not null default true,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   create index sends_key on sends (key);`,
  `insert into sends (deal_id, leg, key, sent_at)
     select deal_id, 'charge', order_id, day from payments, lateral (
       select generate_series(sent_at, now(), interval '1 day') union select now()) as g(day)
       where status = 'PENDING'
     union all select deal_id, 'transfer', reference, last_sent_at from transfers
       where status in ('PENDING', 'PROCESSING')
     union all select deal_id, 'refund', idempotency_key, day from refunds, lateral (
       select generate_series(created_at, now(), interval '1 day') union select now()) as g(day)
       where status = 'PENDING';`,
] as const;
