/**
 * A transfer stands in a clearing account from its intent to its verdict, and what recipients were paid too much in one
 * of its own (spec/verdicts.md, "Books"). Transfers that were decided before stay booked as they were.
 */
export const CLEARING = [
  `alter table ledger_entries drop constraint ledger_entries_account_check;
   alter table ledger_entries add constraint ledger_entries_account_check check (account in ('pg_receivable',
     'recipient_payable', 'fee_revenue', 'pg_fee_expense', 'bank_float', 'transfers_in_flight', 'recipient_overpaid',
     'disputed_charges', 'chargeback_loss', 'suspense'));
   alter table ledger_journals drop constraint ledger_journals_kind_check;
   alter table ledger_journals add constraint ledger_journals_kind_check check (kind in ('charge', 'transfer-intent',
     'transfer', 'transfer-failed', 'return', 'refund', 'settlement', 'chargeback', 'chargeback-won', 'chargeback-lost',
     'chargeback-offset', 'correction'));`,
  // What is on its way is owed to nobody: an ended deal has nothing there either.
  `create or replace function guard_terminal() returns trigger language plpgsql as $$
   begin
     if (select coalesce(sum(amount), 0) from ledger_entries where deal_id = new.id and account = 'recipient_payable')
       <> (select -new.principal * count(*) from payments where deal_id = new.id and late and status = 'PAID') then
       raise exception 'deal %: % with money still owed to the recipient', new.id, new.status using errcode = 'PL002';
     end if;
     if (select coalesce(sum(amount), 0) from ledger_entries
         where deal_id = new.id and account = 'transfers_in_flight') <> 0 then
       raise exception 'deal %: % with money still in flight', new.id, new.status using errcode = 'PL002';
     end if;
     return null;
   end $$;`,
  `with journals as (
     insert into ledger_journals (deal_id, kind, key)
     select deal_id, 'transfer-intent', 'transfer-intent:' || reference from transfers
       where status in ('PENDING', 'PROCESSING') order by created_at, id
     returning id, deal_id, key)
   insert into ledger_entries (journal_id, deal_id, account, amount)
   select j.id, j.deal_id, p.account, p.sign * t.amount
   from journals j join transfers t on j.key = 'transfer-intent:' || t.reference
     cross join (values ('recipient_payable', 1), ('transfers_in_flight', -1)) as p(account, sign)
   order by j.id, p.sign desc;`,
  // Second payouts that operators accepted, and that no books heard of.
  `with journals as (
     insert into ledger_journals (deal_id, kind, key, break_id)
     select deal_id, 'correction', 'correction:' || id, id from reconciliation_breaks
       where accepted and class = 'paid-after-failure' order by id
     returning id, deal_id, break_id)
   insert into ledger_entries (journal_id, deal_id, account, amount)
   select j.id, j.deal_id, p.account, p.sign * b.amount
   from journals j join reconciliation_breaks b on b.id = j.break_id
     cross join (values ('recipient_overpaid', 1), ('bank_float', -1)) as p(account, sign)
   order by j.id, p.sign desc;`,
] as const;
