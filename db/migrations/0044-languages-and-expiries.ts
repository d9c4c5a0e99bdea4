/**
 * The language that a member reads, and that each notice is written in; by when a card ends. The defaults are what rows
 * were before, and what a process of the version before still writes.
 */
export const LANGUAGES_AND_EXPIRIES: readonly string[] = [
  `alter table users add language text not null default 'ko' check (language in ('ko', 'en'))`,
  `alter table notices add language text not null default 'ko' check (language in ('ko', 'en'))`,
  // The last month in which it can be charged, as its payer's browser heard it from the PG; null: nobody said.
  `alter table cards add expiry text check (expiry ~ '^20[0-9]{2}-(0[1-9]|1[0-2])$')`,
  // Of living cards alone: the daily look for those that end soon.
  `create index cards_expiry on cards (expiry) where deleted_at is null and expiry is not null`,
  // How the last attempts of a card ended.
  `create index payments_of_card on payments (card_id, created_at desc)`,
];
