/**
 * The owner's money in the float (spec/verdicts.md, "Books"): its opening balance, and whatever was put in or taken out
 * since, by an operator's order. `reference` is the bank's of that line; a negative amount was taken out.
 */
export const CASH = [
  `create table owner_funds (
     id bigint generated always as identity primary key, reference text not null unique,
     amount int8 not null check (amount <> 0), at timestamptz not null, actor text not null, reason text not null,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   create trigger owner_funds_immutable before update or delete or truncate on owner_funds
     for each statement execute function refuse_change();`,
  `alter table ledger_journals drop constraint ledger_journals_kind_check;
   alter table ledger_journals add constraint ledger_journals_kind_check check (kind in ('charge', 'transfer', 'return',
     'refund', 'settlement', 'owner-funds', 'chargeback', 'chargeback-won', 'chargeback-lost', 'chargeback-offset',
     'correction'));
   alter table ledger_entries drop constraint ledger_entries_account_check;
   alter table ledger_entries add constraint ledger_entries_account_check check (account in ('pg_receivable',
     'recipient_payable', 'fee_revenue', 'pg_fee_expense', 'bank_float', 'owner_funds', 'disputed_charges',
     'chargeback_loss', 'suspense'));`,
] as const;
