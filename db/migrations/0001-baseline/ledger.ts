/** The ledger (spec §3), and everything that is only ever added to. Errors of the guards are PL002. */
export const LEDGER = `
create table ledger_journals (
  id bigint generated always as identity primary key, deal_id uuid references deals,
  kind text not null check (kind in ('charge', 'transfer', 'return', 'refund', 'settlement', 'chargeback',
    'chargeback-won', 'chargeback-lost', 'chargeback-offset', 'correction')),
  key text not null unique, at timestamptz not null default now(),
  -- A correcting journal names the break that it ended. corrects: the key of the money event whose books it puts right;
  -- null: the PG settled otherwise than they say.
  break_id bigint references reconciliation_breaks,
  corrects text check (corrects ~ '^(charge|refund|transfer|return):'),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
  constraint ledger_journals_correction_check check ((kind = 'correction') = (break_id is not null)
    and (kind = 'correction' or corrects is null)));
create index ledger_journals_deal on ledger_journals (deal_id);
create index ledger_journals_corrects on ledger_journals (corrects) where corrects is not null;
create index ledger_journals_break on ledger_journals (break_id) where break_id is not null;
create index ledger_journals_at on ledger_journals using brin (at) with (pages_per_range = 16, autosummarize = on);
create table ledger_entries (
  id bigint generated always as identity primary key, journal_id bigint not null references ledger_journals,
  deal_id uuid references deals, account text not null check (account in ('pg_receivable', 'recipient_payable',
    'fee_revenue', 'pg_fee_expense', 'bank_float', 'disputed_charges', 'chargeback_loss', 'suspense')),
  amount int8 not null check (amount <> 0),
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create index ledger_entries_journal on ledger_entries (journal_id);
create index ledger_entries_deal on ledger_entries (deal_id, account);

create function guard_balance() returns trigger language plpgsql as $$
begin
  if exists (select 1 from ledger_entries where journal_id in (select distinct journal_id from added)
             group by journal_id having sum(amount) <> 0) then
    raise exception 'unbalanced journal' using errcode = 'PL002';
  end if;
  return null;
end $$;
create trigger ledger_balanced after insert on ledger_entries referencing new table as added
  for each statement execute function guard_balance();

-- recipient_payable of a deal is 0 when the deal is terminal (spec §3), a late charge on its way back left out; checked
-- at commit.
create function guard_terminal() returns trigger language plpgsql as $$
begin
  if (select coalesce(sum(amount), 0) from ledger_entries where deal_id = new.id and account = 'recipient_payable')
    <> (select -new.principal * count(*) from payments where deal_id = new.id and late and status = 'PAID') then
    raise exception 'deal %: % with money still owed to the recipient', new.id, new.status using errcode = 'PL002';
  end if;
  return null;
end $$;
create constraint trigger deals_guard_terminal after update on deals deferrable initially deferred for each row
  when (old.status is distinct from new.status and new.status in ('COMPLETED', 'REFUNDED', 'CANCELLED'))
  execute function guard_terminal();

create function refuse_change() returns trigger language plpgsql as $$
begin raise exception '% is append-only: post a correction', tg_table_name using errcode = 'PL002'; end $$;
create trigger ledger_journals_immutable before update or delete or truncate on ledger_journals
  for each statement execute function refuse_change();
create trigger ledger_entries_immutable before update or delete or truncate on ledger_entries
  for each statement execute function refuse_change();
create trigger deal_events_immutable before update or delete or truncate on deal_events
  for each statement execute function refuse_change();
create trigger stop_switch_events_immutable before update or delete or truncate on stop_switch_events
  for each statement execute function refuse_change();
`;
