/**
 * News of money is found without what can wait, however much of that waits (grades go to everybody at once); what was
 * not delivered is found by operators. A removed card that is emptied loses the month in which it ends, too.
 */
export const NOTICE_QUEUES: readonly string[] = [
  `create index notices_news_due on notices (channel, next_attempt_at)
     where code_issue is null and template not in ('grade-changed', 'card-expiring', 'card-declining')
       and sent_at is null and failed_at is null;
   create index notices_undelivered on notices (created_at desc, id desc) where delivery = 'undelivered'`,
  `create or replace function forget_fingerprint() returns trigger language plpgsql as $$
   begin
     new.fingerprint := null;
     new.expiry := null;
     return new;
   end $$;
   update cards set expiry = null, version = version + 1 where emptied_at is not null and expiry is not null`,
];
