/** Damage to what must be kept from readers. */
import type { Planted } from './planted';

export const PLANTED_SECRETS: readonly Planted[] = [
  {
    law: 'billing-keys-are-encrypted',
    of: null,
    sql: `update cards set billing_key_encrypted = 'bill_1' where id = (select id from cards limit 1)`,
  },
  {
    law: 'account-numbers-are-encrypted',
    of: null,
    sql: `update bank_accounts set account_number_encrypted = '11012345678' where id = (select id from bank_accounts limit 1)`,
  },
  {
    law: 'recipients-are-encrypted',
    of: null,
    sql: `update bank_accounts set holder_name_encrypted = '김수취' where id = (select id from bank_accounts limit 1)`,
  },
  {
    law: 'recipients-are-encrypted',
    of: null,
    sql: `update bank_accounts set bank_holder_name_encrypted = '박예금', verified_at = null
      where id = (select id from bank_accounts limit 1)`,
  },
  {
    law: 'recipients-are-encrypted',
    of: null,
    sql: `update bank_accounts set nickname_encrypted = '집주인' where id = (select id from bank_accounts limit 1)`,
  },
  {
    law: 'recipients-are-encrypted',
    of: 'completed',
    sql: `update deals set memo_encrypted = '박결제' where id = :deal`,
  },
  {
    law: 'recipients-are-encrypted',
    of: 'completed',
    sql: `update transfers set holder_name_encrypted = '김수취' where deal_id = :deal`,
  },
  {
    law: 'members-are-encrypted',
    of: null,
    sql: `update users set name_encrypted = '홍길동' where id = (select id from users limit 1)`,
  },
  {
    law: 'members-are-encrypted',
    of: null,
    sql: `update cards set nickname_encrypted = '월급 카드' where id = (select id from cards limit 1)`,
  },
  {
    law: 'members-are-encrypted',
    of: null,
    also: ['sent-secrets-are-forgotten'], // it has left
    sql: `update notices set phone_encrypted = '01012345678' where id = (select id from notices where sent_at is not null limit 1)`,
  },
  {
    law: 'members-are-encrypted',
    of: null,
    also: ['sent-secrets-are-forgotten'],
    sql: `update notices set email_encrypted = 'kim@example.com' where id = (select id from notices where sent_at is not null limit 1)`,
  },
  {
    law: 'members-are-encrypted',
    of: null,
    sql: `update idempotency_keys set response_encrypted = '{"holderName":"김수취"}'
      where ctid = (select ctid from idempotency_keys where response_encrypted is not null limit 1)`,
  },
  {
    law: 'look-ups-are-under-live-keys',
    of: null,
    sql: 'update users set phone_hash = null where id = (select id from users where deleted_at is null limit 1)',
  },
  {
    law: 'look-ups-are-under-live-keys',
    of: null,
    sql: `update cards set billing_key_hash_even = 'left' where id = (select id from cards limit 1)`,
  },
  {
    law: 'look-ups-are-under-live-keys',
    of: null,
    sql: `insert into hash_keys (id, key_encrypted) values (2, 'v1.a.b.c.d');
      update hash_keys set retired_at = now() where id = 1`,
  },
  {
    law: 'hash-keys-are-wrapped',
    of: null,
    sql: `insert into hash_keys (id, key_encrypted) values (2, 'c2VjcmV0')`,
  },
  {
    law: 'ciphertexts-name-live-keys',
    of: null,
    sql: `update data_keys set wrapped = null, retired_at = now()
      where id = (select substr(billing_key_encrypted, 4, 36)::uuid from cards limit 1)`,
  },
  {
    law: 'ciphertexts-name-live-keys',
    of: null,
    sql: `update users set name_encrypted = 'v2.' || gen_random_uuid() || '.a.b.c' where id = (select id from users limit 1)`,
  },
  {
    law: 'ciphertexts-name-live-keys',
    of: null,
    sql: `update users set name_encrypted = 'v2.' || (select id from data_keys where purpose = 'hash') || '.a.b.c'
      where id = (select id from users limit 1)`,
  },
  {
    law: 'sent-secrets-are-forgotten',
    of: null,
    sql: `update notices set email_encrypted = 'v1.a.b.c.d', sent_at = now()
      where id = (select id from notices where deal_id is null limit 1)`,
  },
  {
    law: 'sent-secrets-are-forgotten',
    of: null,
    sql: `update notices set phone_encrypted = 'v1.a.b.c.d', failed_at = now()
      where id = (select id from notices where deal_id is null limit 1)`,
  },
  {
    law: 'members-are-encrypted',
    of: null,
    sql: `insert into identity_verifications (id, user_id, url_encrypted)
      select gen_random_uuid(), id, 'https://pass.example/1' from users limit 1`,
  },
  {
    law: 'members-are-encrypted',
    of: null,
    sql: `update users set ci_hash = 'nnPcvTjYFsEmzJD+o0HPa2QFRbDqcoAqcb5h1TgNKJ8zC8tSNKBS7nvZ1Nqb3SnmQbVpAjBT2mD0B1yPc5vF2A==',
      identity_verified_at = now() where id = (select id from users limit 1)`,
  },
  {
    law: 'sent-secrets-are-forgotten',
    of: null,
    sql: `update notices set secret_encrypted = 'v1.a.b.c.d', sent_at = now()
      where id = (select id from notices where deal_id is null limit 1)`,
  },
  {
    law: 'no-card-number-in-the-clear',
    of: 'held',
    sql: `update deal_events set note = 'the payer read out 4111-1111 1111 1111 to us' where deal_id = :deal and deal_version = 2`,
  },
  {
    law: 'no-person-in-the-stories',
    of: 'held',
    sql: `update deal_events set note = 'call back 010-1234-5678' where deal_id = :deal and deal_version = 2`,
  },
  {
    law: 'no-person-in-the-stories',
    of: 'completed',
    sql: `update deals set purpose = 'to kim@example.com' where id = :deal`,
  },
];
