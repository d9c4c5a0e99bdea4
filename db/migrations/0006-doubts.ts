/**
 * Doubts (spec/verdicts.md, "Doubts"): what a witness says against the rows of a deal's money. While one is open the
 * database refuses each intent and each send that its matrix bars; global stops are read by the same function. Errors
 * of the guards are PL003. Callers hold the deal's row lock, and so does whoever raises a doubt, so that neither passes
 * the other.
 */
export const DOUBTS = [
  `create table doubt_bars (
     about text not null, beginning text not null,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     primary key (about, beginning));
   insert into doubt_bars (about, beginning) values
     ('standing-charge', 'charge'), ('standing-charge', 'transfer'), ('standing-charge', 'refund'),
     ('standing-charge', 'fee-refund'),
     ('other-charge', 'charge'),
     ('transfer', 'transfer'), ('transfer', 'refund'),
     ('refund', 'transfer'), ('refund', 'refund'), ('refund', 'fee-refund');
   create table doubt_kinds (
     kind text primary key, about text not null,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   insert into doubt_kinds (kind, about) values
     ('dispute-open', 'standing-charge'), ('foreign-refund', 'standing-charge'), ('charge-denied', 'standing-charge'),
     ('second-charge', 'other-charge'), ('charge-claimed', 'other-charge'),
     ('transfer-claimed', 'transfer'), ('paid-after-failure', 'transfer'), ('transfer-contradicted', 'transfer'),
     ('refund-denied', 'refund');`,
  `create table doubts (
     id bigint generated always as identity primary key, deal_id uuid not null references deals,
     kind text not null references doubt_kinds, attempt int,
     raised_by text not null check (raised_by in ('webhook', 'list', 'reconciliation', 'contradiction', 'dispute')),
     -- Of a doubt that is a break: it ends with it.
     break_id bigint references reconciliation_breaks,
     detail text,
     opened_at timestamptz not null default clock_timestamp(), closed_at timestamptz,
     closed_by text check (closed_by in ('bank', 'booking', 'files', 'return', 'verdict', 'acceptance', 'matching',
       'operator')),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     check ((closed_at is null) = (closed_by is null)),
     check ((raised_by = 'reconciliation') = (break_id is not null)));
   create unique index doubts_open on doubts (deal_id, kind, coalesce(attempt, 0), coalesce(break_id, 0))
     where closed_at is null;
   create index doubts_deal on doubts (deal_id);`,
  // Opened when the lock is had: what began before is older, and what begins later sees it.
  `create function lock_doubted_deal() returns trigger language plpgsql as $$
   begin
     perform 1 from deals where id = new.deal_id for update;
     new.opened_at := clock_timestamp();
     return new;
   end $$;
   create trigger doubts_lock before insert on doubts for each row execute function lock_doubted_deal();`,
  // What bars this of the deal, in a word; null: nothing does.
  `create function barred_by(deal uuid, what text) returns text language sql stable as $$
     select coalesce(
       (select min(d.kind) from doubts d join doubt_kinds k on k.kind = d.kind join doubt_bars b on b.about = k.about
         where d.deal_id = deal and d.closed_at is null and b.beginning = what),
       (select 'charge-lost' from chargebacks c
         where what = 'transfer' and c.deal_id = deal and c.status = 'LOST' limit 1),
       (select 'stopped' from stop_switches where leg = what limit 1));
   $$;
   create function refund_barred_by(deal uuid, payment uuid, principal int8) returns text language sql stable as $$
     select case when p.late then null
       when p.status in ('PENDING', 'FAILED') then 'nothing-charged'
       when principal = 0 then barred_by(deal, 'fee-refund')
       else barred_by(deal, 'refund') end from payments p where p.id = payment;
   $$;`,
  `create function guard_doubts() returns trigger language plpgsql as $$
   declare
     bar text;
   begin
     if tg_argv[0] = 'refund' then
       bar := refund_barred_by(new.deal_id, new.payment_id, new.principal);
     elsif tg_argv[0] = 'refund-send' then
       select refund_barred_by(r.deal_id, r.payment_id, r.principal) into bar
         from refunds r where r.idempotency_key = new.key;
     else
       bar := barred_by(new.deal_id, tg_argv[0]);
     end if;
     if bar is not null then
       raise exception 'deal %: no % beside %', new.deal_id, tg_argv[0], bar using errcode = 'PL003';
     end if;
     return new;
   end $$;
   create trigger payments_guard_doubts before insert on payments for each row
     when (new.sent_at is not null) execute function guard_doubts('charge');
   create trigger transfers_guard_doubts before insert on transfers for each row
     execute function guard_doubts('transfer');
   create trigger refunds_guard_doubts before insert on refunds for each row execute function guard_doubts('refund');
   create trigger sends_guard_transfers before insert on sends for each row
     when (new.leg = 'transfer') execute function guard_doubts('transfer');
   create trigger sends_guard_refunds before insert on sends for each row
     when (new.leg = 'refund') execute function guard_doubts('refund-send');`,
  // Breaks that are open; of an attempt that is not the standing charge they doubt nothing else.
  `insert into doubts (deal_id, kind, attempt, raised_by, break_id)
     select b.deal_id, case when k.kind in ('foreign-refund', 'charge-denied', 'refund-denied')
         and (p.late or p.status = 'FAILED') then 'second-charge' else k.kind end, b.attempt, 'reconciliation', b.id
       from reconciliation_breaks b join (values
         ('missing-at-pg', 'charge-denied'), ('charged-after-failure', 'charge-claimed'),
         ('charged-twice', 'second-charge'), ('key-differs', 'charge-denied'), ('amount-differs', 'charge-denied'),
         ('refund-missing-at-pg', 'refund-denied'), ('refund-not-ours', 'foreign-refund'),
         ('refund-amount-differs', 'foreign-refund'), ('transfer-unknown-here', 'transfer-contradicted'),
         ('transfer-missing-at-bank', 'transfer-contradicted'), ('paid-after-failure', 'transfer-claimed'),
         ('transfer-status-differs', 'transfer-contradicted'), ('transfer-amount-differs', 'transfer-contradicted'),
         ('transfer-account-differs', 'transfer-contradicted'), ('trading-date-differs', 'transfer-contradicted'))
         as k(class, kind) on k.class = b.class
       left join payments p on p.deal_id = b.deal_id and p.attempt = b.attempt
       where b.resolved_at is null and b.deal_id is not null;
   insert into operator_tasks (deal_id, severity, reason, detail)
     select deal_id, 'task', 'chargeback-open', reference from chargebacks where status = 'OPEN'
     on conflict (deal_id, severity, reason) where closed_at is null do nothing;`,
  // What was held back by a task, a dispute or an event that nobody had confirmed is a doubt from now on.
  `insert into doubts (deal_id, kind, attempt, raised_by)
     select c.deal_id, 'dispute-open', p.attempt, 'dispute'
       from chargebacks c join payments p on p.id = c.payment_id where c.status = 'OPEN'
     union select t.deal_id, k.kind, null::int, 'contradiction' from operator_tasks t join (values
       ('refund-not-ours', 'foreign-refund'), ('charge-contradicted', 'second-charge'),
       ('charge-claimed', 'charge-claimed'), ('paid-after-failure', 'paid-after-failure'),
       ('transfer-contradicted', 'transfer-contradicted')) as k(reason, kind) on k.reason = t.reason
       where t.closed_at is null and t.deal_id is not null
     union select d.id, 'transfer-claimed', t.attempt, 'webhook'
       from pg_webhook_events e join deals d on d.deal_no = e.deal_no
         join transfers t on t.deal_id = d.id and t.attempt = e.attempt
       where e.leg = 'transfer' and e.says = 'done' and e.processed_at is null and t.status = 'FAILED'
     on conflict do nothing;`,
] as const;
