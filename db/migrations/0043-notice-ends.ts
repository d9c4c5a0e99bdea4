/**
 * What became of a notice: why it ended unsent, the carrier's id of it, and whether it was delivered. `asked_at` is set
 * before the carrier is called, so that an answer that is lost, or whose hearer died, is known to be lost. A code is
 * told from an older one for the same purpose and address.
 */
export const NOTICE_ENDS: readonly string[] = [
  `alter table notices
     add asked_at timestamptz,
     add ended_reason text
       check (ended_reason in ('superseded', 'expired', 'unknown', 'given-up', 'unreachable', 'for-nobody')),
     add provider_message_id text,
     add delivery text check (delivery in ('delivered', 'undelivered', 'unknown')),
     add delivery_due_at timestamptz,
     add code_hash text, add code_issue int8,
     add constraint notices_ended check (ended_reason is null or failed_at is not null),
     add constraint notices_delivery check (sent_at is not null or (delivery is null and delivery_due_at is null)),
     add constraint notices_code check ((code_hash is null) or (code_issue is not null))`,
  `update notices set ended_reason = 'given-up' where failed_at is not null`,
  `create index notices_code_due on notices (channel, next_attempt_at)
     where code_issue is not null and sent_at is null and failed_at is null;
   create index notices_code on notices (code_hash, code_issue) where code_hash is not null;
   create index notices_delivery_due on notices (channel, delivery_due_at) where delivery_due_at is not null;
   create index notices_message on notices (provider_message_id) where provider_message_id is not null`,
];
