/**
 * What operators look for is found by an index, over all payers: by each key that people quote, and in the order of
 * each list. Indexes of what is rare leave out what is common, which its list finds in the index of time.
 */
export const ADMIN_READS: readonly string[] = [
  // Keys. A hash is looked for whoever it is of, also of members and recipients that are gone.
  `create index users_phone_ever_even on users (phone_hash_even);
   create index users_email_ever on users (email_hash);
   create index users_email_ever_even on users (email_hash_even);
   create index bank_accounts_account on bank_accounts (account_hash);
   create index bank_accounts_account_even on bank_accounts (account_hash_even);
   create index cards_shown_digits on cards ((left(masked_number, 6) || right(masked_number, 4)));
   create index pg_webhook_events_event on pg_webhook_events (event_id);
   create index refunds_request_id on refunds (request_id) where request_id is not null`,
  // Which request a payer quotes: what the API told them as X-Request-Id, and the log has.
  `alter table idempotency_keys add column request_id uuid;
   alter table admin_idempotency_keys add column request_id uuid;
   create index idempotency_keys_request on idempotency_keys (request_id) where request_id is not null;
   create index admin_audit_logs_request on admin_audit_logs (request_id) where request_id is not null;
   create index admin_audit_logs_reveals on admin_audit_logs (at) where action = 'reveal'`,
  // Lists in their order.
  `create index users_made on users (created_at desc, id desc);
   create index users_left on users (created_at desc, id desc) where deleted_at is not null;
   create index users_grade on users (grade, created_at desc, id desc);
   create index deals_made on deals (created_at desc, id desc);
   create index deals_uncommon on deals (status, created_at desc, id desc) where status <> 'COMPLETED';
   create index deals_principal on deals (principal, created_at desc, id desc);
   create index deals_recipient on deals (recipient_id, created_at desc, id desc);
   create index payments_made on payments (created_at desc, id desc);
   create index payments_uncommon on payments (status, created_at desc, id desc) where status <> 'PAID';
   create index transfers_made on transfers (created_at desc, id desc);
   create index transfers_uncommon on transfers (status, created_at desc, id desc) where status <> 'COMPLETED';
   create index refunds_made on refunds (created_at desc, id desc);
   create index refunds_uncommon on refunds (status, created_at desc, id desc) where status <> 'DONE';
   create index chargebacks_made on chargebacks (created_at desc, id desc);
   create index risk_decisions_made on risk_decisions (created_at desc, deal_id desc, attempt desc);
   create index risk_decisions_uncommon on risk_decisions (verdict, created_at desc, deal_id desc, attempt desc)
     where verdict <> 'PASS';
   create index notices_made on notices (created_at desc, id desc);
   create index notices_given_up on notices (created_at desc, id desc) where failed_at is not null;
   create index pg_webhook_events_received on pg_webhook_events (received_at desc, provider desc, event_id desc);
   create index ledger_entries_uncommon on ledger_entries (account, journal_id)
     where account in ('recipient_overpaid', 'owner_funds', 'disputed_charges', 'chargeback_loss', 'suspense')`,
  // One deal whole.
  `create index sends_deal on sends (deal_id, id);
   create index notices_deal on notices (deal_id) where deal_id is not null;
   create index pg_webhook_events_deal_no on pg_webhook_events (deal_no) where deal_no is not null;
   create index operator_tasks_deal on operator_tasks (deal_id) where deal_id is not null;
   create index reconciliation_breaks_of_deal on reconciliation_breaks (deal_id) where deal_id is not null`,
];
