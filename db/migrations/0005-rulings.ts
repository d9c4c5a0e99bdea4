/**
 * Operators' rulings (spec/verdicts.md, "Rulings"): one that waits for its proof outlives the run that took it.
 * Evidence and reason are an operator's words.
 */
export const RULINGS = [
  `create table rulings (
     id bigint generated always as identity primary key, deal_id uuid not null references deals,
     leg text not null check (leg in ('charge', 'transfer', 'refund')), attempt int not null check (attempt >= 1),
     verdict text not null check (verdict in ('done', 'failed')),
     evidence text not null, evidence_at timestamptz not null, payment_key text,
     actor text not null, reason text not null,
     standing text not null default 'pending' check (standing in ('pending', 'carried-out', 'overtaken', 'refused')),
     -- What it waits for, or why it came to nothing.
     why text, decided_at timestamptz,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     check ((standing = 'pending') = (decided_at is null)));
   create unique index rulings_pending on rulings (deal_id, leg, attempt) where standing = 'pending';
   create index rulings_deal on rulings (deal_id);`,
  // Reconciliation no longer rules by itself: the deal reads the lists.
  `alter table reconciliation_breaks drop column stale;`,
] as const;
