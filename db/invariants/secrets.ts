/**
 * I13, as far as columns show it: secrets are encrypted, and nothing
 * that people read holds a card number, a phone or an address.
 */
import { holdsCardNumber } from '../../workflows/domain/card-numbers';
import { PERSONAL_DATA } from '../../workflows/domain/personal-data';
import { ENCRYPTED_COLUMNS } from '../encrypted-columns';
import type { Invariant } from './invariant';

const ENVELOPE = String.raw`'^v[12](\.[A-Za-z0-9_-]+){4}$'`;
const KEYED_HASH = `'^[A-Za-z0-9_-]{43}$'`;
const MASKED = `'^[0-9]{6}[*]{3,9}[0-9]{4}$'`;

/** Texts that people write or read. The inbox is left out: it keeps what providers sent, byte for byte. */
const TEXTS = `
  select deal_id, 'an event''s note' as place, note as text from deal_events where note is not null
  union all select deal_id, 'an event''s actor', actor from deal_events where actor not in ('system', 'payer')
  union all select deal_id, 'a refund''s note', note from refunds where note is not null
  union all select deal_id, 'an operator task', detail from operator_tasks where detail is not null
  union all select deal_id, 'a decline code', decline_code from payments where decline_code is not null
  union all select deal_id, 'a transfer''s code', code from transfers where code is not null
  union all select id, 'the purpose', purpose from deals`;

/** What is no letter, space or punctuation may be digits, of whatever script; a card number has no fewer of them. */
const MAY_HOLD_CARDS = `length(regexp_replace(t.text, '[[:alpha:][:space:][:punct:]]', '', 'g')) >= 14`;

/** Of what is found by hash: the hashes of each row, and whether it must be found. */
const LOOK_UPS = `
  select 'the phone of member' as place, id, deleted_at is null as living, phone_hash as odd, phone_hash_even as even
    from users
  union all select 'the e-mail of member', id, deleted_at is null, email_hash, email_hash_even from users
  union all select 'the account of recipient', id, verified_at is not null and deleted_at is null,
    account_hash, account_hash_even from bank_accounts
  union all select 'the billing key of card', id, deleted_at is null, billing_key_hash, billing_key_hash_even from cards
  union all select 'the phone in a decision on deal', deal_id, false, phone_hash, phone_hash_even from risk_decisions`;

/**
 * How many ciphertexts are under each data key, by its name, column by column. Their beginning alone is read: a file
 * has megabytes. Those of the format v1 hold their key.
 */
const UNDER = Object.values(ENCRYPTED_COLUMNS)
  .map(
    ({ table, column }) => `select '${table}.${column}' as place, substr(${column}, 4, 36) as key, count(*) as n
      from ${table} where left(${column}, 3) = 'v2.' group by 2`,
  )
  .join(' union all ');

/** What the doors refuse; knex would take a bare question mark for a value's place. */
const PERSONAL = `'${PERSONAL_DATA.replaceAll('?', String.raw`\?`)}'`;

export const SECRET_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I13',
    name: 'billing-keys-are-encrypted',
    law: 'a billing key is stored encrypted only, and of the card number no more than six and four digits',
    over: 'cards',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('card %s: %s', id, case when masked_number !~ ${MASKED}
        then 'its number is not masked' else 'its billing key is not encrypted' end) as fact
      from cards where billing_key_encrypted !~ ${ENVELOPE} or masked_number !~ ${MASKED}`,
  },
  {
    id: 'I13',
    name: 'account-numbers-are-encrypted',
    law: 'an account number is stored encrypted only',
    over: 'bank_accounts',
    breaks: `
      select null::uuid as "dealId", null as "dealNo",
        format('bank account %s: its number is not encrypted', id) as fact
      from bank_accounts where account_number_encrypted !~ ${ENVELOPE}`,
  },
  {
    id: 'I13',
    name: 'recipients-are-encrypted',
    law:
      'the name of a recipient, by the payer or the bank, what the payer calls it, and what its statement shows, ' +
      'are stored encrypted only',
    over: 'bank_accounts',
    breaks: `
      select t.deal as "dealId", t.deal_no as "dealNo", format('%s is not encrypted', t.place) as fact
      from (select null::uuid as deal, null as deal_no, format('the %s of recipient %s', n.name, id) as place, n.text
        from bank_accounts cross join lateral (values ('name', holder_name_encrypted),
          ('name by the bank', bank_holder_name_encrypted), ('nickname', nickname_encrypted)) n (name, text)
        union all select id, deal_no, 'the memo', memo_encrypted from deals
        union all select d.id, d.deal_no, 'the name of transfer ' || reference, holder_name_encrypted
          from transfers join deals d on d.id = deal_id) t
      where t.text !~ ${ENVELOPE}`,
  },
  {
    id: 'I13',
    name: 'members-are-encrypted',
    law:
      'phone, e-mail and name of a member, what they call a card, phone and e-mail of a notice, what a member was ' +
      'answered, and where they prove who they are, are stored encrypted only, and of the person a keyed hash',
    over: 'users',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('%s is not encrypted', t.place) as fact
      from (select format('the phone of member %s', id) as place, phone_encrypted as text from users
        union all select format('the e-mail of member %s', id), email_encrypted from users
        union all select format('the name of member %s', id), name_encrypted from users
        union all select format('the nickname of card %s', id), nickname_encrypted from cards
        union all select format('the phone of notice %s', id), phone_encrypted from notices
        union all select format('the e-mail of notice %s', id), email_encrypted from notices
        union all select format('an answer to member %s', user_id), response_encrypted from idempotency_keys
        union all select format('the link of identity check %s', id), url_encrypted from identity_verifications) t
      where t.text !~ ${ENVELOPE}
      union all select null, null, format('the CI of member %s is not hashed', id) from users
      where ci_hash !~ ${KEYED_HASH}`,
  },
  {
    id: 'I13',
    name: 'look-ups-are-under-live-keys',
    law:
      'members, recipients and cards are found by hashes under the key that is live the longest, and while no ' +
      'rotation is under way no row has a hash under another',
    over: 'users',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('%s %s %s', h.place, h.id, case
        when h.living and case when k.oldest_odd then h.odd else h.even end is null
        then 'is not hashed under the live key' else 'is hashed under a key that is not live' end) as fact
      from (${LOOK_UPS}) h cross join (select count(*) = 1 as settled,
        (array_agg(id order by id) filter (where retired_at is null))[1] % 2 = 1 as oldest_odd
        from hash_keys where emptied_at is null) k
      where (h.living and case when k.oldest_odd then h.odd else h.even end is null)
        or (k.settled and case when k.oldest_odd then h.even else h.odd end is not null)`,
  },
  {
    id: 'I13',
    name: 'hash-keys-are-wrapped',
    law: 'a key of look-up hashes is stored wrapped only, and not at all when it is retired',
    over: 'hash_keys',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('hash key %s is %s', id, case
        when retired_at is null then 'not wrapped' else 'retired and kept' end) as fact
      from hash_keys where key_encrypted !~ ${ENVELOPE} or (retired_at is not null and key_encrypted is not null)`,
  },
  {
    id: 'I13',
    name: 'ciphertexts-name-live-keys',
    law: 'every ciphertext names a data key of fields that is there and not retired: what is encrypted can be read',
    over: 'data_keys',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('%s of %s: under data key %s, which %s', u.n, u.place,
        u.key, case when k.id is null then 'is not there' when k.retired_at is not null then 'is retired'
        else 'is not of fields' end) as fact
      from (${UNDER}) u left join data_keys k on k.id::text = u.key
      where k.id is null or k.retired_at is not null or k.purpose <> 'field'`,
  },
  {
    id: 'I13',
    name: 'sent-secrets-are-forgotten',
    law: 'the secret of a notice is encrypted, and erased with the address of its own when the notice has left',
    over: 'notices',
    breaks: `
      select deal_id as "dealId", null as "dealNo", format('notice %s: its %s', id, case
        when secret_encrypted !~ ${ENVELOPE} then 'secret is not encrypted'
        when secret_encrypted is not null then 'secret is kept' else 'address is kept' end) as fact
      from notices where secret_encrypted !~ ${ENVELOPE}
        or ((sent_at is not null or failed_at is not null)
          and coalesce(secret_encrypted, phone_encrypted, email_encrypted) is not null)`,
  },
  {
    id: 'I13',
    name: 'no-card-number-in-the-clear',
    law: 'no text that people read holds a card number',
    over: 'deal_events',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", format('%s holds a card number', t.place) as fact, t.text
      from (${TEXTS}) t left join deals d on d.id = t.deal_id where ${MAY_HOLD_CARDS}
      order by d.deal_no`,
    judge: (text) => holdsCardNumber(text),
  },
  {
    id: 'I13',
    name: 'no-person-in-the-stories',
    law: 'no text that people read holds a phone number, an e-mail address or a token',
    over: 'deal_events',
    breaks: `
      select distinct d.id as "dealId", d.deal_no as "dealNo",
        format('%s holds a phone number, an address or a token', t.place) as fact
      from (${TEXTS}) t left join deals d on d.id = t.deal_id
      where t.text ~ ${PERSONAL}`,
  },
];
