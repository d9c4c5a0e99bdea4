/**
 * Rules of risk as data: sets of rules that never change, and when each became the active one, which takes two people.
 * Each has the roadmap's three limits, none looser than they. A decision keeps its set, every measure and every rule's
 * answer. Cards are known by the PG's fingerprint. Errors of the guards are PL004.
 */
const SETS = `
create function risk_limits_stand(rules jsonb) returns boolean language sql immutable as $$
  select (select count(*) = count(distinct r ->> 'id') from jsonb_array_elements(rules) r) and 3 = (
    select count(*) from jsonb_array_elements(rules) r
    join (values ('user-daily-count', 'userDailyCount', 5), ('user-daily-amount', 'userDailyAmount', 5000000),
      ('card-hourly-count', 'cardHourlyCount', 3)) as l(id, measure, most) on l.id = r ->> 'id'
    where r ->> 'measure' = l.measure and r ->> 'compare' = '>' and r ->> 'mode' = 'live' and r ->> 'verdict' = 'BLOCK'
      and r -> 'when' = '[]' and jsonb_typeof(r -> 'limit') = 'number'
      and (r ->> 'limit')::numeric between 1 and l.most and (r ->> 'limit')::numeric % 1 = 0)
$$;
create table risk_sets (
  number int primary key check (number > 0),
  rules jsonb not null constraint risk_sets_limits check (jsonb_typeof(rules) = 'array' and risk_limits_stand(rules)),
  made_by text not null, reason text not null,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create trigger risk_sets_immutable before update or delete or truncate on risk_sets
  for each statement execute function refuse_change();

create table risk_set_activations (
  id int generated always as identity primary key,
  set_number int not null references risk_sets, effective_at timestamptz not null,
  actor text not null, reason text not null, request_id uuid unique references operator_requests,
  version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
create index risk_set_activations_effective on risk_set_activations (effective_at desc, id desc);
create trigger risk_set_activations_immutable before update or delete or truncate on risk_set_activations
  for each statement execute function refuse_change();`;

const FIRST_SET = `
insert into risk_sets (number, made_by, reason, rules) values (1, 'system', 'the rules of the service as it began', '[
{"id": "user-daily-count", "version": 1, "mode": "live", "verdict": "BLOCK",
 "measure": "userDailyCount", "compare": ">", "limit": 5, "when": [],
 "words": {"ko": "하루 거래 횟수 한도", "en": "the payer''s number of deals a day"}},
{"id": "user-daily-amount", "version": 1, "mode": "live", "verdict": "BLOCK",
 "measure": "userDailyAmount", "compare": ">", "limit": 5000000, "when": [],
 "words": {"ko": "하루 거래 금액 한도", "en": "the payer''s amount a day"}},
{"id": "card-hourly-count", "version": 1, "mode": "live", "verdict": "BLOCK",
 "measure": "cardHourlyCount", "compare": ">", "limit": 3, "when": [],
 "words": {"ko": "카드의 한 시간 결제 횟수 한도", "en": "charges of a card within an hour"}},
{"id": "denied", "version": 1, "mode": "live", "verdict": "BLOCK",
 "measure": "denied", "compare": "=", "limit": 1, "when": [],
 "words": {"ko": "거부 목록에 있는 카드, 계좌 또는 기기", "en": "a card, an account or a device that is denied"}},
{"id": "recipient-is-payer", "version": 1, "mode": "live", "verdict": "BLOCK",
 "measure": "recipientIsPayer", "compare": "=", "limit": 1, "when": [],
 "words": {"ko": "본인 명의 계좌로 송금 (카드깡)", "en": "the payer pays themselves (card cashing)"}},
{"id": "account-many-cards", "version": 1, "mode": "live", "verdict": "BLOCK",
 "measure": "accountCards", "compare": ">=", "limit": 4, "when": [],
 "words": {"ko": "한 계좌로 여러 카드가 결제", "en": "one account is paid by many cards"}},
{"id": "device-many-accounts", "version": 1, "mode": "live", "verdict": "ALERT",
 "measure": "deviceAccounts", "compare": ">=", "limit": 4, "when": [],
 "words": {"ko": "한 기기에서 여러 계좌로 송금", "en": "one device pays many accounts"}},
{"id": "device-text-many-accounts", "version": 1, "mode": "shadow", "verdict": "ALERT",
 "measure": "deviceTextAccounts", "compare": ">=", "limit": 4, "when": [],
 "words": {"ko": "같은 이름의 기기들에서 여러 계좌로 송금", "en": "devices that are called the same pay many accounts"}},
{"id": "new-member-high-amount", "version": 1, "mode": "live", "verdict": "ALERT",
 "measure": "principal", "compare": ">=", "limit": 1000000,
 "when": [{"measure": "memberForMs", "compare": "<", "limit": 86400000}],
 "words": {"ko": "가입 24시간 이내의 고액 결제", "en": "a high amount within a day of joining"}},
{"id": "members-pay-each-other", "version": 1, "mode": "live", "verdict": "ALERT",
 "measure": "membersPayEachOther", "compare": "=", "limit": 1, "when": [],
 "words": {"ko": "두 회원이 서로에게 송금", "en": "two members pay each other"}},
{"id": "new-device-new-recipient", "version": 1, "mode": "live", "verdict": "HOLD",
 "measure": "principal", "compare": ">=", "limit": 1000000,
 "when": [{"measure": "newDevice", "compare": "=", "limit": 1},
   {"measure": "newRecipient", "compare": "=", "limit": 1}],
 "words": {"ko": "새 기기에서 새 수취인에게 고액 송금", "en": "a high amount from a new device to a new recipient"}}
]');
insert into risk_set_activations (set_number, effective_at, actor, reason)
  values (1, '2000-01-01T00:00:00Z', 'system', 'the rules of the service as it began');`;

const TWO_PEOPLE = `
alter table operator_requests drop constraint operator_requests_kind_check,
  add constraint operator_requests_kind_check check (kind in ('rule', 'manual-transfer', 'stop-paying-by-hand',
    'correct-account', 'accept', 'lift', 'fund', 'withdraw', 'role', 'invite', 'activate-risk-set'));
-- The set and the time that two people agreed on, or, if that has passed meanwhile, at once.
create function guard_risk_activation() returns trigger language plpgsql as $$
declare
  made operator_requests;
begin
  select * into made from operator_requests where id = new.request_id;
  if (made.kind = 'activate-risk-set' and made.standing = 'DONE' and made.subject = new.set_number::text
    and new.effective_at >= (made.input ->> 'effectiveAt')::timestamptz) is not true then
    raise exception 'risk set %: it takes two people', new.set_number using errcode = 'PL004';
  end if;
  return new;
end $$;
create trigger risk_set_activations_two_people before insert on risk_set_activations
  for each row execute function guard_risk_activation();`;

const DECISIONS = `
alter table risk_decisions add column set_number int references risk_sets, add column answers jsonb,
  add column payer_name_hash text, add column holder_name_hash text,
  add constraint risk_decisions_answered check ((set_number is null) = (answers is null)),
  drop constraint risk_decisions_verdict_check,
  add constraint risk_decisions_verdict_check check (verdict in ('PASS', 'HOLD', 'ALERT', 'BLOCK', 'UNAVAILABLE')),
  drop constraint risk_decisions_whole,
  add constraint risk_decisions_whole check (people_emptied_at is null
    or num_nonnulls(phone_hash, phone_hash_even, person_hash, payer_name_hash, holder_name_hash) = 0);
create index risk_decisions_names on risk_decisions (payer_name_hash, holder_name_hash, created_at)
  where reserved and released_at is null and payer_name_hash is not null;
create index risk_decisions_of_device on risk_decisions (user_id, device_id) where reserved and released_at is null;
-- The names go with the other hashes of people, whoever empties these.
create function forget_names() returns trigger language plpgsql as $$
begin
  new.payer_name_hash := null;
  new.holder_name_hash := null;
  return new;
end $$;
create trigger risk_decisions_forget_names before update on risk_decisions for each row
  when (new.people_emptied_at is not null and old.people_emptied_at is null) execute function forget_names();`;

const CARDS = `
-- Null: the PG told none, and the card is its payer's masked number and issuer.
alter table cards add column fingerprint text check (fingerprint ~ '^[A-Za-z0-9_-]{16,64}$');
create index cards_fingerprint on cards (fingerprint, id) where fingerprint is not null;
create function forget_fingerprint() returns trigger language plpgsql as $$
begin
  new.fingerprint := null;
  return new;
end $$;
create trigger cards_forget_fingerprint before update on cards for each row
  when (new.emptied_at is not null and old.emptied_at is null) execute function forget_fingerprint();`;

export const RISK_SETS: readonly string[] = [SETS, FIRST_SET, TWO_PEOPLE, DECISIONS, CARDS];
