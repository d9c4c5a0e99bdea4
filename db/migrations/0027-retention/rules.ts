/**
 * Each rule is two functions, made from one row below. `<rule>_due` selects the rows that hold what the rule destroys,
 * with whose they are and when their term began. `<rule>` empties those whose term has ended and which nothing holds,
 * and proves it; it judges the term by itself, and is all that the role of retention may call.
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
 * One row a rule. "t" is the row of the table. still: what must hold of it, looked at once more when it is emptied;
 * further: what else must hold of a row that is due.
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
    select name, place, keys, member, of_deal, since, still, further, sets, replace(name, '-', '_') as fn,
      (select string_agg('t.' || split_part(k, ' ', 1), ', ') from unnest(keys) k) as columns,
      (select string_agg(format('t.%1$s = c.%1$s', split_part(k, ' ', 1)), ' and ') from unnest(keys) k) as same
    from (values
      ('unsent-addresses', 'notices', array['id uuid'], 't.user_id', 't.deal_id', 't.created_at',
        'num_nonnulls(t.phone_encrypted, t.email_encrypted, t.secret_encrypted) > 0', 'true',
        'failed_at = case when t.sent_at is null then coalesce(t.failed_at, now()) end,
         phone_encrypted = null, email_encrypted = null, secret_encrypted = null'),
      ('identity-links', 'identity_verifications', array['id uuid'], 't.user_id', 'null::uuid', 't.created_at',
        't.url_encrypted is not null', 'true', 'url_encrypted = null'),
      ('refused-recipients', 'bank_accounts', array['id uuid'], 't.user_id', 'null::uuid', 't.created_at',
        't.emptied_at is null and t.verified_at is null',
        'not exists (select from deals_paid_to(t.user_id, t.id))', recipient),
      ('removed-recipients', 'bank_accounts', array['id uuid'], 't.user_id', 'null::uuid', 't.deleted_at',
        't.emptied_at is null and t.verified_at is not null and t.deleted_at is not null',
        'not exists (select from deals_paid_to(t.user_id, t.id))', recipient),
      ('paid-recipients', 'bank_accounts', array['id uuid'], 't.user_id', 'null::uuid',
        'greatest(t.deleted_at, (select max(deal_last_event(d)) from deals_paid_to(t.user_id, t.id) d))',
        't.emptied_at is null and t.deleted_at is not null',
        'exists (select from deals_paid_to(t.user_id, t.id))
         and not exists (select from deals_paid_to(t.user_id, t.id) d where deal_is_open(d))', recipient),
      ('removed-cards', 'cards', array['id uuid'], 't.user_id', 'null::uuid', 't.deleted_at',
        't.emptied_at is null and t.deleted_at is not null',
        'not exists (select from payments p where p.card_id = t.id and p.status = ''PENDING'')',
        'emptied_at = now(), billing_key_encrypted = null, billing_key_hash = null,
         billing_key_hash_even = null, nickname_encrypted = null,
         version = t.version + 1'),
      ('forgotten-devices', 'devices', array['id uuid'], 't.user_id', 'null::uuid', 't.deleted_at',
        't.emptied_at is null and t.deleted_at is not null', 'true',
        'emptied_at = now(), secret_hash = null, label = null, version = t.version + 1'),
      ('unconfirmed-quotes', 'deals', array['id uuid'], 't.user_id', 't.id', 't.expires_at',
        't.personal_emptied_at is null and t.status = ''CANCELLED'' and t.confirmed_at is null',
        'not exists (select from payments p where p.deal_id = t.id)', deal),
      ('ended-deals', 'deals', array['id uuid'], 't.user_id', 't.id', 'deal_last_event(t.id)',
        't.personal_emptied_at is null and t.status in (''COMPLETED'', ''REFUNDED'', ''CANCELLED'')',
        '(t.confirmed_at is not null or exists (select from payments p where p.deal_id = t.id))
         and not deal_is_open(t.id)', deal),
      ('sent-names', 'transfers', array['id uuid'],
        '(select d.user_id from deals d where d.id = t.deal_id)', 't.deal_id',
        'deal_last_event(t.deal_id)', 't.holder_name_encrypted is not null', 'not deal_is_open(t.deal_id)',
        'holder_name_encrypted = null'),
      ('stored-answers', 'idempotency_keys', array['user_id uuid', 'method text', 'path text', 'key text'],
        't.user_id', 'substring(told_deal(t.headers, t.path) from ''[0-9a-f-]{36}$'')::uuid', 't.created_at',
        't.answer_emptied_at is null and t.response_encrypted is not null and t.status_code between 200 and 299',
        'told_deal(t.headers, t.path) is not null',
        'answer_emptied_at = now(), resource = told_deal(t.headers, t.path), response_encrypted = null'),
      ('webhook-bodies', 'pg_webhook_events', array['provider text', 'event_id text'],
        '(select d.user_id from deals d where d.deal_no = t.deal_no)',
        '(select d.id from deals d where d.deal_no = t.deal_no)', 't.received_at',
        't.body_emptied_at is null and t.processed_at is not null', 'true', 'body_emptied_at = now(), body = null'),
      ('risk-people', 'risk_decisions', array['deal_id uuid', 'attempt int'], 't.user_id', 't.deal_id',
        't.created_at', 'num_nonnulls(t.phone_hash, t.phone_hash_even, t.person_hash) > 0', 'true',
        'people_emptied_at = now(), phone_hash = null, phone_hash_even = null, person_hash = null'),
      ('left-log-ins', 'users', array['id uuid'], 't.id', 'null::uuid', 't.deleted_at',
        't.log_in_emptied_at is null and t.deleted_at is not null', 'true',
        'log_in_emptied_at = now(), password_hash = null, email_encrypted = null, email_hash = null,
         email_hash_even = null,
         email_verified_at = null, session_kept = null, version = t.version + 1'),
      ('left-without-deals', 'users', array['id uuid'], 't.id', 'null::uuid', 't.deleted_at',
        't.person_emptied_at is null and t.deleted_at is not null', 'not exists (select from confirmed_deals(t.id))',
        person),
      ('left-with-deals', 'users', array['id uuid'], 't.id', 'null::uuid',
        'greatest(t.deleted_at, (select max(deal_last_event(d)) from confirmed_deals(t.id) d))',
        't.person_emptied_at is null and t.deleted_at is not null',
        'exists (select from confirmed_deals(t.id))
         and not exists (select from confirmed_deals(t.id) d where deal_is_open(d))', person)
    ) as rules(name, place, keys, member, of_deal, since, still, further, sets)
  loop
    execute format($due$
      create function %s_due() returns table (%s, member uuid, deal uuid, since timestamptz) language sql stable as $$
        select %s, %s, %s, %s from %s t where %s and %s
      $$ $due$, r.fn, array_to_string(r.keys, ', '), r.columns, r.member, r.of_deal, r.since, r.place, r.still,
      r.further);
    execute format($destroy$
      create function %1$s(of_run text, most int) returns int language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
      declare
        kept_for interval := (select r.term from retention_terms r where r.rule = %2$L);
        done int;
      begin
        lock table legal_holds in share mode; -- a hold that is being set is waited for, and seen
        with ended as materialized (
          select d.*, is_held(d.member, d.deal) as held from %1$s_due() d where d.since + kept_for <= now()),
        chosen as (select * from ended where not held order by since limit most),
        gone as (
          update %3$s t set %4$s from chosen c where %5$s and %6$s returning c.since)
        insert into retention_proofs (rule, run, emptied, held, first_since, last_since, term)
        select %2$L, of_run, count(*), (select count(*) from ended where held), min(since), max(since), kept_for
        from gone returning emptied into done;
        return done;
      end $$ $destroy$, r.fn, r.name, r.place, r.sets, r.same, r.still);
    execute format('revoke all on function %1$s(text, int) from public;
      grant execute on function %1$s(text, int) to plic_retention', r.fn);
  end loop;
  -- All rows that wait for their end, for those who check.
  execute format('create function retention_due() returns table (rule text, member uuid, deal uuid, since timestamptz)
    language sql stable as $$ %s $$', (select string_agg(
      format('select %L, member, deal, since from %s_due()', rule, replace(rule, '-', '_')), ' union all ')
      from retention_terms));
end $make$`;

export const RETENTION_RULES: readonly string[] = [DEALS, FUNCTIONS];
