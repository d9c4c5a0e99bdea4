/**
 * Money of deals on its way: charges, transfers, refunds, chargebacks. Amounts are int8 won. Errors of the guards are
 * PL003. The BRIN indexes serve "everything of one day": rows are written in the order of their time, so they cost the
 * path of a deal next to nothing, where a B-tree would cost an entry a row.
 */
export const MONEY = `
create table payments (
  id uuid primary key, deal_id uuid not null references deals, attempt int not null check (attempt >= 1),
  order_id text not null unique, status text not null default 'PENDING' check (status in
    ('PENDING', 'PAID', 'FAILED', 'CANCELLED', 'REFUNDED', 'PARTIALLY_REFUNDED')),
  amount int8 not null check (amount > 0),
  refunded_amount int8 not null default 0 check (refunded_amount between 0 and amount),
  card_id uuid not null references cards, device_id text not null, payment_key text unique, decline_code text,
  -- Null when the attempt was refused before any call (blocked, risk store down).
  sent_at timestamptz, decided_at timestamptz, approved_at timestamptz,
  -- Decided FAILED, then found charged: refunded beside the deal's own charge.
  late boolean not null default false,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  unique (deal_id, attempt),
  check (status <> 'PAID' or payment_key is not null),
  check ((status = 'REFUNDED') = (refunded_amount = amount)));
create unique index payments_one_live on payments (deal_id)
  where status in ('PENDING', 'PAID', 'PARTIALLY_REFUNDED') and not late;
create index payments_late on payments (deal_id) where late and status = 'PAID';
create index payments_approved on payments using brin (approved_at) with (pages_per_range = 16, autosummarize = on);

create table transfer_jobs (
  deal_id uuid primary key references deals, amount int8 not null check (amount > 0),
  status text not null default 'PENDING' check (status in ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED')),
  attempts int not null default 0, updated_at timestamptz not null default now(),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create index transfer_jobs_open on transfer_jobs (deal_id) where status in ('PENDING', 'PROCESSING');

create table transfers (
  id uuid primary key, deal_id uuid not null references transfer_jobs, attempt int not null check (attempt >= 1),
  reference text not null, trading_date date not null, recipient_id uuid not null references bank_accounts,
  amount int8 not null check (amount > 0), status text not null default 'PENDING' check (status in
    ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'RETURNED')),
  code text, last_sent_at timestamptz not null, decided_at timestamptz,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  unique (deal_id, attempt), unique (reference, trading_date));
create unique index transfers_one_live on transfers (deal_id) where status in ('PENDING', 'PROCESSING', 'COMPLETED');
create index transfers_trading_date on transfers
  using brin (trading_date) with (pages_per_range = 16, autosummarize = on);

create table refunds (
  id uuid primary key, deal_id uuid not null references deals, payment_id uuid not null references payments,
  n int not null, idempotency_key text not null unique,
  principal int8 not null check (principal >= 0), fee int8 not null check (fee >= 0),
  amount int8 not null check (amount = principal + fee and amount > 0),
  status text not null default 'PENDING' check (status in ('PENDING', 'DONE', 'REJECTED')),
  cause text not null check (cause in ('cancelled-by-payer', 'hold-expired', 'gave-up', 'account-not-payable',
    'late-charge', 'refund-resumed', 'refund-ordered', 'fee-refunded')),
  note text, actor text not null, decided_at timestamptz,
  -- A part of the fee is given back on request; the same request is one refund, however often it comes.
  request_id text,
  -- The PG's answer contradicted the request: asked again, it could give another part back.
  contradicted_at timestamptz,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  unique (deal_id, n));
create unique index refunds_one_undecided on refunds (payment_id) where status = 'PENDING';
create unique index refunds_request on refunds (deal_id, request_id) where request_id is not null;
create index refunds_decided on refunds using brin (decided_at) with (pages_per_range = 16, autosummarize = on);

-- The card issuer took the charge back (spec §3 has no posting for it: docs/decisions.md). One that is not WON bars
-- every refund.
create table chargebacks (
  id uuid primary key, deal_id uuid not null references deals, payment_id uuid not null references payments,
  reference text not null unique, amount int8 not null check (amount > 0),
  status text not null default 'OPEN' check (status in ('OPEN', 'WON', 'LOST')),
  evidence text not null, opened_at timestamptz not null default now(), decided_at timestamptz,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  check ((status = 'OPEN') = (decided_at is null)));
create unique index chargebacks_one_live on chargebacks (payment_id) where status <> 'WON';

-- Never refund while a transfer may have happened; never transfer after a refund began (spec §5.3). A late charge's
-- refund is of money that no transfer could use. Callers hold the deal's row lock, so the two checks cannot pass each
-- other.
create function guard_refund() returns trigger language plpgsql as $$
begin
  if new.principal > 0 and not (select late from payments where id = new.payment_id)
    and exists (select 1 from transfers
                where deal_id = new.deal_id and status in ('PENDING', 'PROCESSING', 'COMPLETED')) then
    raise exception 'deal %: refund beside a live transfer', new.deal_id using errcode = 'PL003';
  end if;
  return new;
end $$;
create trigger refunds_guard before insert on refunds for each row execute function guard_refund();
create function guard_transfer() returns trigger language plpgsql as $$
begin
  if exists (select 1 from refunds r join payments p on p.id = r.payment_id
             where r.deal_id = new.deal_id and r.principal > 0 and r.status <> 'REJECTED' and not p.late) then
    raise exception 'deal %: transfer after a refund', new.deal_id using errcode = 'PL003';
  end if;
  return new;
end $$;
create trigger transfers_guard before insert on transfers for each row execute function guard_transfer();
create trigger transfers_guard_revival before update of status on transfers for each row
  when (old.status in ('FAILED', 'RETURNED') and new.status not in ('FAILED', 'RETURNED'))
  execute function guard_transfer();

-- Never more than what remains of the charge, nor of its fee; refunds of one payment follow one another
-- (refunds_one_undecided), and every inserter holds the deal's row lock.
create function guard_refund_amount() returns trigger language plpgsql as $$
begin
  if new.amount > (select amount - refunded_amount from payments where id = new.payment_id)
    or new.fee > (select p.amount - d.principal from payments p join deals d on d.id = p.deal_id
                  where p.id = new.payment_id)
               - (select coalesce(sum(fee), 0) from refunds
                  where payment_id = new.payment_id and status <> 'REJECTED') then
    raise exception 'deal %: a refund of more than remains', new.deal_id using errcode = 'PL003';
  end if;
  if exists (select 1 from chargebacks where payment_id = new.payment_id and status <> 'WON') then
    raise exception 'deal %: refund beside a chargeback', new.deal_id using errcode = 'PL003';
  end if;
  return new;
end $$;
create trigger refunds_guard_amount before insert on refunds for each row execute function guard_refund_amount();
`;
