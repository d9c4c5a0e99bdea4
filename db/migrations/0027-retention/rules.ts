/**
 * Each rule is two functions, made from one row below. `<rule>_due` selects the rows that hold what the rule destroys,
 * with whose they are and when their term began; of those whose clock began before a time, since everything else is
 * asked of few rows then (indexes.ts). `<rule>` empties those whose term has ended and which nothing holds, and proves
 * it; it judges the term by itself, and is all that the role of retention may call.
 */

/** What the rules ask of deals. */
const DEALS = `
-- When the last thing happened to the deal.
create function deal_last_event(deal uuid) returns timestamptz language sql stable as $$
  select max(e.at) from deal_events e where e.deal_id = deal
$$;
-- Whether money of the deal is on its way, owed or disputed.
create function deal_is_open(deal uuid) returns boolean language sql stable as $$
  select exists (select from deals d where d.id = deal and d.status not in ('COMPLETED', 'REFUNDED', 'CANCELLED'))
    or exists (select from payments p
      where p.deal_id = deal and (p.status = 'PENDING' or p.late and p.status = 'PAID'))
    or exists (select from transfers t where t.deal_id = deal and t.status in ('PENDING', 'PROCESSING'))
    or exists (select from refunds r where r.deal_id = deal and r.status = 'PENDING')
    or exists (select from doubts o where o.deal_id = deal and o.closed_at is null)
    or exists (select from chargebacks c where c.deal_id = deal and c.status = 'OPEN')
$$;
-- The confirmed deals of a member, and those of them that were to be, or were, paid to an account.
create function confirmed_deals(member uuid) returns setof uuid language sql stable as $$
  select d.id from deals d where d.user_id = member and d.confirmed_at is not null
$$;
create function deals_paid_to(member uuid, account uuid) returns setof uuid language sql stable as $$
  select d.id from deals d where d.user_id = member and d.confirmed_at is not null and (d.recipient_id = account
    or exists (select from transfers f where f.deal_id = d.id and f.recipient_id = account))
$$;
-- The address of the deal that an answer told of: the answer's own, or the one under which it was asked.
create function told_deal(headers jsonb, path text) returns text language sql immutable as $$
  select coalesce(headers ->> 'Location', substring(path from '^(/v1/deals/[0-9a-f-]{36})/'))
$$`;

/**
 * One row a rule. "t" is the row of the table. begun: a column of its own that is never after the begin of the term;
 * still: what must hold of its columns; further: what else must hold of a row that is due.
 */
const FUNCTIONS = `
do $make$
declare
  r record;
  recipient text := 'emptied_at = now(), deleted_at = coalesce(deleted_at, now()), account_number_encrypted = null,
    account_hash = null, account_hash_even = null,
    holder_name_encrypted = null, bank_holder_name_encrypted = null, nickname_encrypted = null,
    version = t.version + 1';
  deal text := 'personal_emptied_at = now(), memo_encrypted = null, purpose = ''''';
  person text := 'person_emptied_at = now(), phone_encrypted = null, phone_hash = null,
    phone_hash_even = null, name_encrypted = null, ci_hash = null, identity_verified_at = null,
    version = t.version + 1';
begin
  for r in
    select name, place, keys, member, of_deal, begun, coalesce(since, begun) as since, still, further, sets,
      replace(name, '-', '_') as fn,
      (select string_agg('t.' || split_part(k, ' ', 1), ', ') from unnest(keys) k) as columns,
      (select string_agg(format('t.%1$s = c.%1$s', split_part(k, ' ', 1)), ' and ') from unnest(keys) k) as same
    from (values
      ('unsent-addresses', 'notices', array['id uuid'], 't.user_id', 't.deal_id', 't.created_at', null,
        'num_nonnulls(t.phone_encrypted, t.email_encrypted, t.secret_encrypted) > 0', 'true',
        'failed_at = case when t.sent_at is null then coalesce(t.failed_at, now()) end,
         phone_encrypted = null, email_encrypted = null, secret_encrypted = null'),
      ('identity-links', 'identity_verifications', array['id uuid'], 't.user_id', 'null::uuid', 't.created_at', null,
        't.url_encrypted is not null', 'true', 'url_encrypted = null'),
      ('refused-recipients', 'bank_accounts', array['id uuid'], 't.user_id', 'null::uuid', 't.created_at', null,
        't.emptied_at is null and t.verified_at is null',
        'not exists (select from deals_paid_to(t.user_id, t.id))', recipient),
      ('removed-recipients', 'bank_accounts', array['id uuid'], 't.user_id', 'null::uuid', 't.deleted_at', null,
        't.emptied_at is null and t.verified_at is not null and t.deleted_at is not null',
        'not exists (select from deals_paid_to(t.user_id, t.id))', recipient),
      ('paid-recipients', 'bank_accounts', array['id uuid'], 't.user_id', 'null::uuid', 't.deleted_at',
        'greatest(t.deleted_at, (select max(deal_last_event(d)) from deals_paid_to(t.user_id, t.id) d))',
        't.emptied_at is null and t.deleted_at is not null',
        'exists (select from deals_paid_to(t.user_id, t.id))
         and not exists (select from deals_paid_to(t.user_id, t.id) d where deal_is_open(d))', recipient),
      ('removed-cards', 'cards', array['id uuid'], 't.user_id', 'null::uuid', 't.deleted_at', null,
        't.emptied_at is null and t.deleted_at is not null',
        'not exists (select from payments p where p.card_id = t.id and p.status = ''PENDING'')',
        'emptied_at = now(), billing_key_encrypted = null, billing_key_hash = null,
         billing_key_hash_even = null, nickname_encrypted = null,
         version = t.version + 1'),
      ('forgotten-devices', 'devices', array['id uuid'], 't.user_id', 'null::uuid', 't.deleted_at', null,
        't.emptied_at is null and t.deleted_at is not null', 'true',
        'emptied_at = now(), secret_hash = null, label = null, version = t.version + 1'),
      ('unconfirmed-quotes', 'deals', array['id uuid'], 't.user_id', 't.id', 't.expires_at', null,
        't.personal_emptied_at is null and t.status = ''CANCELLED'' and t.confirmed_at is null',
        'not exists (select from payments p where p.deal_id = t.id)', deal),
      ('ended-deals', 'deals', array['id uuid'], 't.user_id', 't.id', 't.created_at', 'deal_last_event(t.id)',
        't.personal_emptied_at is null and t.status in (''COMPLETED'', ''REFUNDED'', ''CANCELLED'')',
        '(t.confirmed_at is not null or exists (select from payments p where p.deal_id = t.id))
         and not deal_is_open(t.id)', deal),
      ('sent-names', 'transfers', array['id uuid'],
        '(select d.user_id from deals d where d.id = t.deal_id)', 't.deal_id', 't.created_at',
        'deal_last_event(t.deal_id)', 't.holder_name_encrypted is not null', 'not deal_is_open(t.deal_id)',
        'holder_name_encrypted = null'),
      ('stored-answers', 'idempotency_keys', array['user_id uuid', 'method text', 'path text', 'key text'],
        't.user_id', 'substring(told_deal(t.headers, t.path) from ''[0-9a-f-]{36}$'')::uuid', 't.created_at',
        null, 't.answer_emptied_at is null and t.response_encrypted is not null and t.status_code between 200 and 299',
        'told_deal(t.headers, t.path) is not null',
        'answer_emptied_at = now(), resource = told_deal(t.headers, t.path), response_encrypted = null'),
      ('webhook-bodies', 'pg_webhook_events', array['provider text', 'event_id text'],
        '(select d.user_id from deals d where d.deal_no = t.deal_no)',
        '(select d.id from deals d where d.deal_no = t.deal_no)', 't.received_at', null,
        't.body_emptied_at is null and t.processed_at is not null', 'true', 'body_emptied_at = now(), body = null'),
      ('risk-people', 'risk_decisions', array['deal_id uuid', 'attempt int'], 't.user_id', 't.deal_id',
        't.created_at', null, 'num_nonnulls(t.phone_hash, t.phone_hash_even, t.person_hash) > 0', 'true',
        'people_emptied_at = now(), phone_hash = null, phone_hash_even = null, person_hash = null'),
      ('left-log-ins', 'users', array['id uuid'], 't.id', 'null::uuid', 't.deleted_at', null,
        't.log_in_emptied_at is null and t.deleted_at is not null', 'true',
        'log_in_emptied_at = now(), password_hash = null, email_encrypted = null, email_hash = null,
         email_hash_even = null,
         email_verified_at = null, session_kept = null, version = t.version + 1'),
      ('left-without-deals', 'users', array['id uuid'], 't.id', 'null::uuid', 't.deleted_at', null,
        't.person_emptied_at is null and t.deleted_at is not null', 'not exists (select from confirmed_deals(t.id))',
        person),
      ('left-with-deals', 'users', array['id uuid'], 't.id', 'null::uuid', 't.deleted_at',
        'greatest(t.deleted_at, (select max(deal_last_event(d)) from confirmed_deals(t.id) d))',
        't.person_emptied_at is null and t.deleted_at is not null',
        'exists (select from confirmed_deals(t.id))
         and not exists (select from confirmed_deals(t.id) d where deal_is_open(d))', person)
    ) as rules(name, place, keys, member, of_deal, begun, since, still, further, sets)
  loop
    execute format($due$
      create function %1$s_due(before timestamptz)
        returns table (%2$s, member uuid, deal uuid, begun timestamptz, since timestamptz) language sql stable as $$
        select %3$s, %4$s, %5$s, %6$s, %7$s from %8$s t where %6$s <= before and %9$s and %10$s
      $$ $due$, r.fn, array_to_string(r.keys, ', '), r.columns, r.member, r.of_deal, r.begun, r.since, r.place, r.still,
      r.further);
    execute format($destroy$
      create function %1$s(of_run text, most int) returns int language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
      declare
        kept_for interval := (select r.term from retention_terms r where r.rule = %2$L);
        -- Two days more than the term: five years are not always as long.
        before timestamptz := now() - kept_for + interval '2 days';
        picked jsonb;
        seen int;
      begin
        -- Each statement must see what was committed before it: the hold that was waited for.
        if current_setting('transaction_isolation') <> 'read committed' then
          raise exception 'personal data is destroyed under read committed' using errcode = 'PL005';
        end if;
        -- Searched without a lock: nobody who sets a hold waits for it.
        select coalesce(jsonb_agg(to_jsonb(o)), '[]') into picked from (
          select d.* from %1$s_due(before) d
          where d.since + kept_for <= now() and not is_held(d.member, d.deal) order by d.begun limit most) o;
        seen := jsonb_array_length(picked);
        if seen > 0 then
          lock table legal_holds in share mode; -- a hold that is being set is waited for, and seen
          -- In the order of their keys, as whoever else locks several.
          perform from %3$s t, jsonb_to_recordset(picked) as c(%4$s) where %5$s order by %6$s for update of t;
        end if;
        with gone as (
          update %3$s t set %7$s from jsonb_to_recordset(picked) as c(%4$s, member uuid, deal uuid, since timestamptz)
          where %5$s and %8$s <= before and %9$s and %10$s and %11$s + kept_for <= now()
            and not is_held(c.member, c.deal) returning c.since)
        insert into retention_proofs (rule, run, emptied, held, first_since, last_since, term)
        select %2$L, of_run, count(*), case when seen < most then
            (select count(*) from %1$s_due(before) d
              where d.since + kept_for <= now() and is_held(d.member, d.deal)) end,
          min(since), max(since), kept_for
        from gone;
        return seen;
      end $$ $destroy$, r.fn, r.name, r.place, array_to_string(r.keys, ', '), r.same, r.columns, r.sets, r.begun,
      r.still, r.further, r.since);
    execute format('revoke all on function %1$s(text, int) from public;
      grant execute on function %1$s(text, int) to plic_retention', r.fn);
  end loop;
  -- All rows whose term has ended by a time, for those who check. The terms are read inside of the calls: as a join
  -- the planner would ask everything of every row, and of its age last.
  execute format('create function retention_due(ended timestamptz)
    returns table (rule text, member uuid, deal uuid, since timestamptz) language sql stable as $$ %s $$',
    (select string_agg(format('select %1$L, d.member, d.deal, d.since
        from %2$s_due((select ended - r.term + interval ''2 days'' from retention_terms r where r.rule = %1$L)) d
        where d.since + (select r.term from retention_terms r where r.rule = %1$L) <= ended',
        rule, replace(rule, '-', '_')), ' union all ')
      from retention_terms));
end $make$`;

export const RETENTION_RULES: readonly string[] = [DEALS, FUNCTIONS];
