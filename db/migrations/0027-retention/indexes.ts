/**
 * What the rules look at first: the rows that still hold something, by when their clock began. What was emptied leaves
 * these indexes, so that a run with nothing due reads next to nothing, however large the tables are.
 */
export const RETENTION_INDEXES = `
create index notices_kept on notices (created_at)
  where num_nonnulls(phone_encrypted, email_encrypted, secret_encrypted) > 0;
create index identity_verifications_kept on identity_verifications (created_at) where url_encrypted is not null;
create index bank_accounts_refused on bank_accounts (created_at) where emptied_at is null and verified_at is null;
create index bank_accounts_removed on bank_accounts (deleted_at) where emptied_at is null and deleted_at is not null;
create index cards_removed on cards (deleted_at) where emptied_at is null and deleted_at is not null;
create index devices_forgotten on devices (deleted_at) where emptied_at is null and deleted_at is not null;
create index deals_given_up on deals (expires_at)
  where personal_emptied_at is null and status = 'CANCELLED' and confirmed_at is null;
create index deals_ended on deals (created_at)
  where personal_emptied_at is null and status in ('COMPLETED', 'REFUNDED', 'CANCELLED');
create index transfers_named on transfers (created_at) where holder_name_encrypted is not null;
create index idempotency_keys_answered on idempotency_keys (created_at)
  where answer_emptied_at is null and response_encrypted is not null and status_code between 200 and 299;
create index pg_webhook_events_kept on pg_webhook_events (received_at)
  where body_emptied_at is null and processed_at is not null;
create index risk_decisions_people on risk_decisions (created_at)
  where num_nonnulls(phone_hash, phone_hash_even, person_hash) > 0;
create index users_log_in_left on users (deleted_at) where log_in_emptied_at is null and deleted_at is not null;
create index users_person_left on users (deleted_at) where person_emptied_at is null and deleted_at is not null;
-- Of what is asked about these rows.
create index chargebacks_deal on chargebacks (deal_id);
create index payments_pending_card on payments (card_id) where status = 'PENDING'`;
