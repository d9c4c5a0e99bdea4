/**
 * Phone, e-mail and name of a member, and the phone of a notice, as ciphertext; a phone and an e-mail are found, and
 * are unique, by their keyed hash (spec §10). SQL has no key: a database that has members is refused before (index.ts).
 */
export const MEMBERS_ENCRYPTED: readonly string[] = [
  `alter table users drop column phone, drop column email, drop column name,
     add phone_encrypted text not null, add phone_hash text not null,
     add email_encrypted text not null, add email_hash text not null,
     add name_encrypted text not null`,
  `create unique index users_phone on users (phone_hash) where deleted_at is null;
   create unique index users_email on users (email_hash) where deleted_at is null`,
  `alter table notices drop column phone, add phone_encrypted text,
     add constraint notices_to_whom check (user_id is not null or phone_encrypted is not null)`,
];
