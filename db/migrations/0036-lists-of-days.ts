/**
 * What is looked for by its day is found by an index, however far the day lies from the end that its list begins at:
 * the planner would walk there row by row. So it would to the notices that wait, the oldest first, past all that were
 * sent. Of the audit, also what one action or a refusal left.
 */
export const LISTS_OF_DAYS: readonly string[] = [
  `create index ledger_journals_made on ledger_journals (at desc, id desc);
   create index notices_waiting on notices (created_at, id) where sent_at is null and failed_at is null;
   create index admin_audit_logs_at on admin_audit_logs (at);
   create index admin_audit_logs_action on admin_audit_logs (action, seq);
   create index admin_audit_logs_refused on admin_audit_logs (outcome, seq) where outcome in ('refused', 'failed')`,
];
