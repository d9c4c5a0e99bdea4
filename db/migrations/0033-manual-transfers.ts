/**
 * A deal whose principal the bank's API cannot pay is paid by a person, at the bank's own console; the row of that
 * transfer says by which slip, by what evidence and who says so. Nothing is ever sent for it. A stop of transfers bars
 * what PLIC would send, not the booking of what was paid already; doubts bar both. Errors of the guards are PL003.
 */
export const MANUAL_TRANSFERS: readonly string[] = [
  `alter table transfers add column bank_reference text, add column evidence text, add column evidence_at timestamptz,
     add column paid_by text;
   alter table transfers add constraint transfers_by_hand
     check (num_nulls(bank_reference, evidence, evidence_at, paid_by) in (0, 4));
   alter table transfers add constraint transfers_by_hand_paid
     check ((bank_reference is null) = (reference !~ '-M[0-9]+$')
       and (bank_reference is null or status in ('COMPLETED', 'RETURNED')));
   create unique index transfers_bank_reference on transfers (bank_reference, trading_date)
     where bank_reference is not null;`,
  `create function guard_by_hand() returns trigger language plpgsql as $$
   declare
     bar text;
   begin
     if tg_op = 'UPDATE' then
       raise exception 'transfer %: its evidence is never changed', old.reference using errcode = 'PL003';
     end if;
     bar := nullif(barred_by(new.deal_id, 'transfer'), 'stopped');
     if bar is not null then
       raise exception 'deal %: no transfer by hand beside %', new.deal_id, bar using errcode = 'PL003';
     end if;
     return new;
   end $$;
   drop trigger transfers_guard_doubts on transfers;
   create trigger transfers_guard_doubts before insert on transfers for each row
     when (new.bank_reference is null) execute function guard_doubts('transfer');
   create trigger transfers_guard_by_hand before insert on transfers for each row
     when (new.bank_reference is not null) execute function guard_by_hand();
   create trigger transfers_guard_evidence before update on transfers for each row
     when ((old.bank_reference, old.evidence, old.evidence_at, old.paid_by)
       is distinct from (new.bank_reference, new.evidence, new.evidence_at, new.paid_by))
     execute function guard_by_hand();`,
  `alter table deal_events drop constraint deal_events_cause_check;
   alter table deal_events add constraint deal_events_cause_check check (cause in ('created', 'charged', 'ruled',
     'quote-expired', 'cancelled-by-payer', 'hold-expired', 'transfer-begins', 'released', 'retry-in-line',
     'retry-batch', 'retry-ordered', 'account-corrected', 'transferred', 'transfer-failed', 'held-back', 'returned',
     'paid-after-failure', 'gave-up', 'account-not-payable', 'late-charge', 'charged-back', 'refund-resumed',
     'refund-ordered', 'fee-refunded', 'release', 'refund', 'refund-fee', 'retry', 'rule', 'correct-account',
     'chargeback', 'accept-break', 'cancel', 'close-task', 'overtaken', 'manual-transfer'));`,
];
