/**
 * What a client calls its device is kept as a keyed hash alone, beside the id that the server gave the device. Charges
 * and decisions of before get a device that nobody has: what they held was text of the client, in the clear.
 * What a payer calls a card is ciphertext from now on; SQL has no key, and names of before are gone.
 */
export const PAYER_TEXTS: readonly string[] = [
  `alter table payments rename column device_id to device_text_hash;
   alter table payments add device_id uuid;
   update payments set device_id = gen_random_uuid(),
     device_text_hash = rtrim(translate(encode(sha256(gen_random_uuid()::text::bytea), 'base64'), '+/', '-_'), '=');
   alter table payments alter device_id set not null,
     add constraint payments_device_text_hash_check check (device_text_hash ~ '^[A-Za-z0-9_-]{43}$')`,
  `alter table risk_decisions rename column device_id to device_text_hash;
   alter table risk_decisions add device_id uuid;
   update risk_decisions set device_id = gen_random_uuid(),
     device_text_hash = rtrim(translate(encode(sha256(gen_random_uuid()::text::bytea), 'base64'), '+/', '-_'), '=');
   alter table risk_decisions alter device_id set not null,
     add constraint risk_decisions_device_text_hash_check check (device_text_hash ~ '^[A-Za-z0-9_-]{43}$');
   create index risk_decisions_device on risk_decisions (device_id, kst_day) where reserved and released_at is null;
   create index risk_decisions_device_text on risk_decisions (device_text_hash, kst_day)
     where reserved and released_at is null`,
  `alter table cards drop column nickname, add nickname_encrypted text`,
];
