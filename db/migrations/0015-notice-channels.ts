/**
 * Notices by several channels: each row is one event on one channel, once; a notice may carry an e-mail of its own; the
 * payer chooses the channels of news about deals; a member's e-mail may be verified. The defaults are what rows were
 * before, and what a process of the version before still writes. A notice that has left forgets where it went.
 */
export const NOTICE_CHANNELS: readonly string[] = [
  `alter table users add email_verified_at timestamptz,
     add deal_news_channels text[] not null default '{sms}',
     add constraint users_deal_news_channels check (
       deal_news_channels <@ '{push,email,sms}'::text[] and cardinality(deal_news_channels) > 0)`,
  `alter table notices add channel text not null default 'sms' check (channel in ('push', 'email', 'sms')),
     add event text not null default gen_random_uuid()::text,
     add email_encrypted text,
     drop constraint notices_to_whom`,
  `update notices set phone_encrypted = null where sent_at is not null or failed_at is not null`,
  `alter table notices add constraint notices_to_whom check (user_id is not null or phone_encrypted is not null
     or email_encrypted is not null or sent_at is not null or failed_at is not null)`,
  `create unique index notices_event on notices (event, channel);
   drop index notices_due;
   create index notices_due on notices (channel, next_attempt_at) where sent_at is null and failed_at is null`,
];
