/**
 * Two channels more. Where pushes to a member go: the token that FCM gave an app, or what a browser subscribed to; one
 * for each device that the server knows. A target belongs to who registered it last; a row that no longer leads
 * anywhere is deleted. News may go by Kakao's Alimtalk, to the member's phone.
 */
export const PUSH_SUBSCRIPTIONS: readonly string[] = [
  `create table push_subscriptions (
     id uuid primary key,
     user_id uuid not null references users,
     device_id uuid not null unique references devices,
     kind text not null check (kind in ('fcm', 'web')),
     target_encrypted text not null check (left(target_encrypted, 200) ~ '^v(1|2)([.][A-Za-z0-9_-]+){4}$'),
     target_hash text not null unique,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz);
   create index push_subscriptions_of on push_subscriptions (user_id, created_at desc)`,
  `alter table notices drop constraint notices_channel_check,
     add constraint notices_channel_check check (channel in ('push', 'alimtalk', 'email', 'sms'));
   alter table users drop constraint users_deal_news_channels,
     add constraint users_deal_news_channels check (
       deal_news_channels <@ '{push,alimtalk,email,sms}'::text[] and cardinality(deal_news_channels) > 0)`,
];
