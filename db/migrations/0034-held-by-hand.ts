/**
 * A deal is held while a person pays it by hand: reserve, pay, book. The wait `paying-by-hand` is the hold. It begins
 * only where a transfer might, ends by an edge or by the word that nobody has paid, and while it lasts the database
 * refuses every transfer and every refund of the principal, a payer's cancel and another recipient. What is booked as
 * paid by hand was held for it; doubts bar the hold, not the booking. Errors of the guards are PL003.
 */
export const HELD_BY_HAND: readonly string[] = [
  `alter table deals drop constraint deals_waiting_reason_check;
   alter table deals add constraint deals_waiting_reason_check check (waiting_reason in ('card-needed',
     'charge-unknown', 'risk-review', 'bank-closed', 'transfer-unknown', 'retry-due', 'refund-unknown',
     'operator-needed', 'paying-by-hand'));
   alter table deals add constraint deals_by_hand
     check (waiting_reason is distinct from 'paying-by-hand' or status in ('PAID', 'TRANSFER_FAILED'));
   alter table deal_events drop constraint deal_events_cause_check;
   alter table deal_events add constraint deal_events_cause_check check (cause in ('created', 'charged', 'ruled',
     'quote-expired', 'cancelled-by-payer', 'hold-expired', 'transfer-begins', 'released', 'retry-in-line',
     'retry-batch', 'retry-ordered', 'account-corrected', 'transferred', 'transfer-failed', 'held-back', 'returned',
     'paid-after-failure', 'gave-up', 'account-not-payable', 'late-charge', 'charged-back', 'refund-resumed',
     'refund-ordered', 'fee-refunded', 'release', 'refund', 'refund-fee', 'retry', 'rule', 'correct-account',
     'chargeback', 'accept-break', 'cancel', 'close-task', 'overtaken', 'manual-transfer', 'pay-by-hand',
     'stop-paying-by-hand'));`,
  `create or replace function barred_by(deal uuid, what text) returns text language sql stable as $$
     select coalesce(
       (select min(d.kind) from doubts d join doubt_kinds k on k.kind = d.kind join doubt_bars b on b.about = k.about
         where d.deal_id = deal and d.closed_at is null and b.beginning = what),
       (select 'charge-lost' from chargebacks c
         where what = 'transfer' and c.deal_id = deal and c.status = 'LOST' limit 1),
       (select 'paying-by-hand' from deals h
         where what in ('transfer', 'refund') and h.id = deal and h.waiting_reason = 'paying-by-hand'),
       (select 'stopped' from stop_switches where leg = what limit 1));
   $$;`,
  `create function guard_paying_by_hand() returns trigger language plpgsql as $$
   declare
     bar text;
   begin
     if old.waiting_reason is distinct from 'paying-by-hand' then
       bar := case
         when exists (select 1 from transfers t where t.deal_id = new.id and t.status in ('PENDING', 'PROCESSING'))
           then 'an undecided transfer'
         when exists (select 1 from refunds r join payments p on p.id = r.payment_id
             where r.deal_id = new.id and r.principal > 0 and r.status <> 'REJECTED' and not p.late) then 'a refund'
         when new.status = 'PAID' and new.cancel_requested_at is not null then 'its cancel'
         else nullif(barred_by(new.id, 'transfer'), 'stopped') end;
       if bar is not null then
         raise exception 'deal %: nobody pays it by hand beside %', new.id, bar using errcode = 'PL003';
       end if;
     elsif new.status = old.status and (coalesce(new.waiting_reason, 'paying-by-hand') <> 'paying-by-hand'
         or new.recipient_id <> old.recipient_id
         or new.cancel_requested_at is distinct from old.cancel_requested_at) then
       raise exception 'deal %: it is being paid by hand', new.id using errcode = 'PL003';
     end if;
     return new;
   end $$;
   create trigger deals_guard_by_hand before update on deals for each row
     when (old.waiting_reason = 'paying-by-hand' or new.waiting_reason = 'paying-by-hand')
     execute function guard_paying_by_hand();
   create or replace function guard_by_hand() returns trigger language plpgsql as $$
   begin
     if tg_op = 'UPDATE' then
       raise exception 'transfer %: its evidence is never changed', old.reference using errcode = 'PL003';
     end if;
     if not exists (select 1 from deals d where d.id = new.deal_id and d.waiting_reason = 'paying-by-hand'
         and d.recipient_id = new.recipient_id) then
       raise exception 'deal %: it is not held to be paid by hand', new.deal_id using errcode = 'PL003';
     end if;
     return new;
   end $$;`,
];
