/**
 * The money at the bank (spec/verdicts.md, "Books"). The owner's: the opening balance of the float, and whatever was
 * put in or taken out since, by an operator's order; `reference` is the bank's of that line, a negative amount was
 * taken out. And the statements of the account as received, the other side of the proof of cash.
 */
export const CASH = [
  `create table owner_funds (
     id bigint generated always as identity primary key, reference text not null unique,
     amount int8 not null check (amount <> 0), at timestamptz not null, actor text not null, reason text not null,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   create trigger owner_funds_immutable before update or delete or truncate on owner_funds
     for each statement execute function refuse_change();`,
  `alter table ledger_journals drop constraint ledger_journals_kind_check;
   alter table ledger_journals add constraint ledger_journals_kind_check check (kind in ('charge', 'transfer-intent',
     'transfer', 'transfer-failed', 'return', 'refund', 'settlement', 'owner-funds', 'chargeback', 'chargeback-won',
     'chargeback-lost', 'chargeback-offset', 'correction'));
   alter table ledger_entries drop constraint ledger_entries_account_check;
   alter table ledger_entries add constraint ledger_entries_account_check check (account in ('pg_receivable',
     'recipient_payable', 'fee_revenue', 'pg_fee_expense', 'bank_float', 'transfers_in_flight', 'recipient_overpaid',
     'owner_funds', 'disputed_charges', 'chargeback_loss', 'suspense'));`,
  `-- When it was read is in provider_lists.
   create table statement_days (
     day date primary key, opening int8 not null, closing int8 not null,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   create table statement_lines (
     day date not null, line_no int not null, line_id text not null,
     kind text not null check (kind in ('transfer', 'return', 'settlement', 'owner-funds')), reference text not null,
     amount int8 not null check (amount <> 0), at timestamptz not null,
     -- The money event that it is of, as our journals are named.
     event text not null generated always as (kind || ':' || reference) stored,
     version int not null default 1, deleted_at timestamptz, primary key (day, line_no));
   create index statement_lines_event on statement_lines (event);
   alter table provider_lists drop constraint provider_lists_source_check;
   alter table provider_lists add constraint provider_lists_source_check
     check (source in ('softpayment', 'bank', 'statement'));
   alter table reconciliation_breaks drop constraint reconciliation_breaks_source_check;
   alter table reconciliation_breaks add constraint reconciliation_breaks_source_check
     check (source in ('charge', 'refund', 'transfer', 'ledger', 'cash'));`,
] as const;
