/**
 * A living billing key is one payer's, and each payer has at most one default card. A deal tells which transaction
 * changed it last, and an event which one wrote it: by these the stream of a payer's deals loses nothing, whatever the
 * order in which transactions end. Sums and lists of one payer's deals are read from indexes.
 */
export const CARDS_AND_CHANGES: readonly string[] = [
  `alter table cards add column nickname text check (nickname <> ''),
     add column is_default boolean not null default false`,
  // Whoever registered a card first keeps it.
  `with others as (
     update cards c set deleted_at = now(), version = version + 1
     where c.deleted_at is null and exists (select 1 from cards o
       where o.deleted_at is null and o.billing_key_hash = c.billing_key_hash
         and (o.created_at, o.id) < (c.created_at, c.id))
     returning c.id)
   insert into operator_tasks (deal_id, severity, reason, detail)
   select null, 'task', 'card-of-another', format('%s cards were registered by two payers', count(*))
   from others having count(*) > 0`,
  `update cards set is_default = true where id in (
     select distinct on (user_id) id from cards where deleted_at is null order by user_id, created_at, id);
   alter table cards add constraint cards_default_lives check (not is_default or deleted_at is null);
   create unique index cards_one_default on cards (user_id) where is_default;
   create unique index cards_one_payer on cards (billing_key_hash) where deleted_at is null`,
  `alter table deals add column changed_xid xid8 not null default pg_current_xact_id();
   alter table deal_events add column xid xid8 not null default pg_current_xact_id();
   create index deals_changed on deals (user_id, changed_xid, id);
   create index deals_user_status on deals (user_id, status, created_at desc, id desc) include (principal, fee, total)`,
  `create function stamp_deal_change() returns trigger language plpgsql as $$
   begin
     new.changed_xid := pg_current_xact_id();
     return new;
   end $$;
   create trigger deals_stamp_change before update on deals for each row execute function stamp_deal_change();
   -- What is given back beside the deal's course is a change of the deal too; whoever books it holds the deal's lock.
   create function tell_given_back() returns trigger language plpgsql as $$
   begin
     update deals set changed_xid = pg_current_xact_id() where id = new.deal_id;
     return null;
   end $$;
   create trigger payments_tell_given_back after update of refunded_amount, late on payments for each row
     when (old.refunded_amount <> new.refunded_amount or old.late <> new.late) execute function tell_given_back()`,
];
