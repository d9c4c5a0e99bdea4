/**
 * What becomes of personal data, as data: the rules by which it is destroyed, and what is kept and why. docs/
 * personal-data.md shows both; the statements and the terms themselves lie in the database (migration 0027), where the
 * caller cannot shorten them.
 */

interface RetentionRule {
  readonly table: string;
  /** Those that are emptied. */
  readonly columns: readonly string[];
  /** The column that says since when; null: the row tells nothing of it. */
  readonly mark: string | null;
  /** As PostgreSQL writes it. */
  readonly term: string;
  /** When the term begins. */
  readonly from: string;
  readonly why: string;
}

const RECIPIENT = {
  table: 'bank_accounts',
  columns: [
    'account_number_encrypted',
    'account_hash',
    'account_hash_even',
    'holder_name_encrypted',
    'bank_holder_name_encrypted',
    'nickname_encrypted',
  ],
  mark: 'emptied_at',
} as const;
const DEAL = { table: 'deals', columns: ['memo_encrypted', 'purpose'], mark: 'personal_emptied_at' } as const;
const PERSON = {
  table: 'users',
  columns: ['phone_encrypted', 'phone_hash', 'phone_hash_even', 'name_encrypted', 'ci_hash'],
  mark: 'person_emptied_at',
} as const;

const FIVE_YEARS = 'records of payments: 전자금융거래법 §22 and 전자상거래법 시행령 §6, five years; then PIPA §21';
const DISPUTABLE = 'PIPA §21: the purpose is over; a month for complaints about it';

export const RETENTION_RULES = {
  'unsent-addresses': {
    table: 'notices',
    columns: ['phone_encrypted', 'email_encrypted', 'secret_encrypted'],
    mark: null,
    term: '7 days',
    from: 'the notice was written; one that has left forgets them at once',
    why: 'PIPA §21: news is tried for three days, a code for minutes',
  },
  'identity-links': {
    table: 'identity_verifications',
    columns: ['url_encrypted'],
    mark: null,
    term: '1 day',
    from: 'the check was begun; a decided one forgets it at once',
    why: 'PIPA §21: the link opens nothing any more',
  },
  'refused-recipients': {
    ...RECIPIENT,
    term: '30 days',
    from: 'the account was entered, if the bank did not verify it',
    why: DISPUTABLE,
  },
  'removed-recipients': {
    ...RECIPIENT,
    term: '30 days',
    from: 'the payer removed or left it, if no confirmed deal names it',
    why: DISPUTABLE,
  },
  'paid-recipients': {
    ...RECIPIENT,
    term: '5 years',
    from: 'the payer removed or left it, or the last thing happened to a deal that names it',
    why: FIVE_YEARS,
  },
  'removed-cards': {
    table: 'cards',
    columns: [
      ...['billing_key_encrypted', 'billing_key_hash', 'billing_key_hash_even', 'nickname_encrypted', 'fingerprint'],
      'expiry',
    ],
    mark: 'emptied_at',
    term: '30 days',
    from: 'the payer removed or left it, and no charge of it is undecided',
    why: 'PIPA §21: refunds need none of it; a month in which it is known again with its limits',
  },
  'forgotten-devices': {
    table: 'devices',
    columns: ['secret_hash', 'label'],
    mark: 'emptied_at',
    term: '30 days',
    from: 'the device was forgotten',
    why: DISPUTABLE,
  },
  'unconfirmed-quotes': {
    ...DEAL,
    term: '30 days',
    from: 'the quote ran out, if nobody confirmed it',
    why: 'PIPA §21: no contract came of it; a month for questions',
  },
  'ended-deals': {
    ...DEAL,
    term: '5 years',
    from: 'the last thing happened to the deal, if nothing of it is open',
    why: FIVE_YEARS,
  },
  'sent-names': {
    table: 'transfers',
    columns: ['holder_name_encrypted'],
    mark: null,
    term: '5 years',
    from: 'the last thing happened to the deal, if nothing of it is open',
    why: FIVE_YEARS,
  },
  'stored-answers': {
    table: 'idempotency_keys',
    columns: ['response_encrypted'],
    mark: 'answer_emptied_at',
    term: '30 days',
    from: 'the key came first, if it was answered with a deal; the row then names the deal, and a replay reads it anew',
    why: 'PIPA §3: what the deal holds need not be kept twice; a client repeats within days',
  },
  'webhook-bodies': {
    table: 'pg_webhook_events',
    columns: ['body'],
    mark: 'body_emptied_at',
    term: '5 years',
    from: 'the event came, and is processed',
    why: `${FIVE_YEARS}; a provider may write there what it likes`,
  },
  'evidence-content': {
    table: 'evidence_files',
    columns: ['content_encrypted'],
    mark: 'emptied_at',
    term: '5 years',
    from: 'the file was sent, or the last thing happened to its deal, if nothing of that is open',
    why: FIVE_YEARS,
  },
  'risk-people': {
    table: 'risk_decisions',
    columns: ['phone_hash', 'phone_hash_even', 'person_hash', 'payer_name_hash', 'holder_name_hash'],
    mark: 'people_emptied_at',
    term: '90 days',
    from: 'the decision',
    why: "PIPA §21: they keep a day's limits with the person; three months to explain a decision",
  },
  'left-log-ins': {
    table: 'users',
    columns: ['password_hash', 'email_encrypted', 'email_hash', 'email_hash_even', 'session_kept'],
    mark: 'log_in_emptied_at',
    term: '30 days',
    from: 'the member left',
    why: DISPUTABLE,
  },
  'left-without-deals': {
    ...PERSON,
    term: '30 days',
    from: 'the member left, and never confirmed a deal',
    why: DISPUTABLE,
  },
  'left-with-deals': {
    ...PERSON,
    term: '5 years',
    from: 'the member left, or the last thing happened to a deal that they confirmed; nothing of theirs is open',
    why: `${FIVE_YEARS} (three of them for disputes)`,
  },
} as const satisfies Readonly<Record<string, RetentionRule>>;

export type RetentionRuleName = keyof typeof RETENTION_RULES;

export const RETENTION_RULE_NAMES = Object.keys(RETENTION_RULES) as RetentionRuleName[];

const BOOKS = 'part of the record of a payment, which is never deleted; names no one by itself';
const STAFF = 'of an operator, who is staff: who did what, and from where, is evidence as long as the audit is';
const OPERATORS =
  "an operator's word or name, kept as evidence; phone numbers, e-mail addresses and tokens are refused, " +
  "and a payer's name must not be written there";

/** Columns about people that no rule empties. */
export const KEPT_COLUMNS: Readonly<Record<string, string>> = {
  'bank_accounts.account_last4': BOOKS,
  'bank_lines.account_last4': BOOKS,
  'cards.masked_number': BOOKS,
  'payments.device_text_hash': `a hash by our key, of a device; ${BOOKS}`,
  'risk_decisions.device_text_hash': `a hash by our key, of a device; ${BOOKS}`,
  'risk_list_entries.device_text_hash': `a hash by our key, of a device; ${BOOKS}`,
  'idempotency_keys.key': 'a hash by our key: a key counts for ever',
  'idempotency_keys.body_hash': 'a hash by our key: a key belongs to one body for ever',
  'idempotency_keys.path': 'the route and the id of a deal',
  'idempotency_keys.headers': 'fields of an answer: a version, the address of a deal',
  'idempotency_keys.resource': 'the address of a deal',
  'admin_users.password_hash': 'of an operator, who is staff; it goes when they are disabled',
  'admin_users.totp_secret_encrypted': 'of an operator, who is staff; it goes when they are disabled',
  'admin_users.invite_hash': 'a hash; it goes when the invitation is accepted',
  'admin_users.invited_by': STAFF,
  'admin_sessions.token_hash': 'a hash of a random token',
  'operator_requests.maker': OPERATORS,
  'operator_requests.reason': OPERATORS,
  'operator_requests.decided_reason': OPERATORS,
  'operator_requests.outcome': OPERATORS,
  'operator_requests.input': 'what the order takes: ids, amounts, references and evidence; no name, no account',
  'admin_sessions.reason': OPERATORS,
  'admin_sessions.address': STAFF,
  'admin_audit_logs.actor': STAFF,
  'admin_audit_logs.address': STAFF,
  'admin_audit_logs.reason': OPERATORS,
  'admin_audit_logs.prev_hash': 'a hash of an entry of the audit',
  'admin_idempotency_keys.key': 'a hash by our key: a key counts for ever',
  'admin_idempotency_keys.body_hash': 'a hash by our key: a key belongs to one body for ever',
  'admin_idempotency_keys.path': 'the route and what it names: the number of a deal, an id',
  'admin_idempotency_keys.headers': 'fields of an answer: a version, an address of the API',
  'admin_idempotency_keys.response_encrypted': 'emptied hourly once it is 30 days old (stale-lock-cleanup)',
  'hash_keys.key_encrypted': 'a key of look-up hashes, wrapped; it goes when it is retired',
  'push_subscriptions.target_encrypted':
    'deleted when the member or the device goes, and when the push service says that it leads nowhere',
  'push_subscriptions.target_hash': 'goes with the row',
  'notices.code_hash': 'keyed, of the purpose and the address of a code; emptied hourly once it is an hour old',
  'notices.params':
    'number, amount and day of a deal; a grade with its fee; a card by issuer and last digits; no name, no account',
  'deal_events.actor': OPERATORS,
  'deal_events.note': OPERATORS,
  'refunds.actor': OPERATORS,
  'refunds.note': OPERATORS,
  'rulings.actor': OPERATORS,
  'rulings.evidence': OPERATORS,
  'rulings.reason': OPERATORS,
  'chargebacks.evidence': OPERATORS,
  'transfers.evidence': OPERATORS,
  'transfers.paid_by': OPERATORS,
  'owner_funds.actor': OPERATORS,
  'risk_sets.made_by': OPERATORS,
  'risk_sets.reason': OPERATORS,
  'risk_set_activations.actor': OPERATORS,
  'risk_set_activations.reason': OPERATORS,
  'risk_list_entries.actor': OPERATORS,
  'risk_list_entries.reason': OPERATORS,
  'risk_list_entries.ended_by': OPERATORS,
  'risk_list_entries.end_reason': OPERATORS,
  'owner_funds.reason': OPERATORS,
  'stop_switches.actor': OPERATORS,
  'stop_switches.reason': OPERATORS,
  'stop_switch_events.actor': OPERATORS,
  'stop_switch_events.reason': OPERATORS,
  'legal_holds.actor': OPERATORS,
  'legal_holds.reason': OPERATORS,
  'legal_holds.lifted_by': OPERATORS,
  'legal_holds.lift_reason': OPERATORS,
  'operator_tasks.detail': OPERATORS,
  'operator_tasks.reason': 'a code',
  'operator_alerts.reason': 'a code',
  'operator_alert_kinds.reason': 'a code',
  'doubts.detail': 'codes and amounts',
  'reconciliation_breaks.ours': 'keys and amounts of a payment',
  'reconciliation_breaks.theirs': 'keys and amounts of a payment',
  'reconciliation_breaks.resolution': OPERATORS,
  'consents.version_name': 'the version of a text: that somebody agreed to it is evidence, and names no one by itself',
};
