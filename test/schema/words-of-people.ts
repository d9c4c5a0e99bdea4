/** Words of docs/database.md: people, what comes in and goes out, and what operators watch. */
import type { GroupWords } from './table-words';
import { NOTICES } from './words-of-notices';

export const PEOPLE: GroupWords = {
  retention_terms: {
    purpose: 'How long personal data is kept, by rule.',
    columns: { rule: 'the rule', term: 'the time that it is kept' },
  },
  retention_proofs: {
    purpose: 'What each call of a rule destroyed; only ever added to.',
    columns: {
      rule: 'the rule',
      run: 'the run that called it',
      emptied: 'rows that were emptied',
      held: 'rows past their term that a legal hold keeps; null: not counted, the run went on',
      first_since: 'when the first of their terms began',
      last_since: 'when the last of them began',
      term: 'the term, as it was',
      at: 'when',
    },
  },
  legal_holds: {
    purpose: 'What is kept beyond its term; lifted, never changed.',
    columns: {
      user_id: 'of a member',
      deal_id: 'of a deal and its member',
      code: 'why, in a word',
      actor: 'who set it',
      reason: 'why, in words',
      held_at: 'since when',
      until: 'the last KST day; null: until it is lifted',
      lifted_at: 'when it was lifted',
      lifted_by: 'by whom',
      lift_reason: 'why',
    },
  },
  users: {
    purpose: 'Members, who pay.',
    columns: {
      log_in_emptied_at: 'since when password and e-mail are gone',
      person_emptied_at: 'since when name, phone and person are gone',
      password_hash: 'argon2id of the password',
      grade: 'the membership grade',
      phone_encrypted: 'the phone number',
      phone_hash: 'finds the phone; unique among living members',
      phone_hash_even: 'the same under a key with an even number',
      email_encrypted: 'the e-mail address',
      email_hash: 'finds the address; unique among living members',
      email_hash_even: 'the same under a key with an even number',
      name_encrypted: 'the name, as given or as proven',
      email_verified_at: 'when the address was proven by a code',
      email_unreachable_at: 'since when mails to it come back, or are unwanted',
      deal_news_channels: 'channels of news about deals',
      language: 'what they read',
      ci_hash: 'the proven person: one living member each',
      identity_verified_at: 'when the person was proven',
      sessions_ended_at: 'when all sessions were last ended; older ones are refused even if Redis has them',
      session_kept: 'the one that went on then',
    },
  },
  memberships: {
    purpose: 'The grades, with their names.',
    columns: { grade: 'the grade', name_ko: 'its Korean name', name_en: 'its English name' },
  },
  grade_terms: {
    purpose: 'What a grade costs and asks for, from a day on: dated data, never changed.',
    columns: {
      grade: 'the grade',
      first_day: 'the first KST day of these terms',
      fee_bps: 'the fee in basis points',
      from_principal: 'won of completed principal that the month before must have',
    },
  },
  grade_changes: {
    purpose: 'Each change of a member’s grade, and why; only ever added to.',
    columns: {
      first_day: 'the first KST day of the new grade',
      from_grade: 'the grade before',
      grade: 'the new one',
      completed: 'won of principal completed in the month before',
    },
  },
  grade_periods: {
    purpose: 'The months whose grades were judged: an earlier one that comes late changes none.',
    columns: { first_day: 'the first KST day of the month that the grades are for' },
  },
  user_monthly_stats: {
    purpose: 'What a member completed in a month, kept once it is over; only ever added to.',
    columns: {
      month: 'the first KST day of the month',
      deals: 'how many were completed in it, if the money had not come back when it was kept',
      principal: 'won of their principal',
      fee: 'won of their fees',
    },
  },
  cards: {
    purpose: 'Registered cards: the PG’s token of each, never a card number.',
    personal: ['masked_number'],
    columns: {
      fingerprint: 'the PG’s, the same of every registration of one card',
      expiry: 'the last month in which it can be charged; null: nobody said',
      emptied_at: 'since when what names a person is gone',
      first_card_id: 'the first row of this card, whoever registered it; null: this one',
      card_key: 'what rows of one card have in common',
      billing_key_encrypted: 'the PG’s token of the card',
      billing_key_hash: 'finds the token; unique among living cards',
      billing_key_hash_even: 'the same under a key with an even number',
      masked_number: 'first six and last four digits',
      issuer: 'the issuer, one of a list',
      hour_opened_at: 'when the card’s hour opened, with its first charge',
      hour_charges: 'charges in that hour',
      nickname_encrypted: 'what the payer calls it',
      is_default: 'the payer’s default; at most one',
    },
  },
  bank_accounts: {
    purpose: 'Recipients: accounts that are paid, verified by the bank or not.',
    personal: ['account_last4'],
    columns: {
      emptied_at: 'since when what names a person is gone',
      bank_code: 'the national code of the bank',
      account_number_encrypted: 'the account number',
      account_hash: 'finds bank and number; a payer’s verified account is there once',
      account_hash_even: 'the same under a key with an even number',
      account_last4: 'its last four digits, to be shown',
      verified_at: 'when the bank confirmed the holder’s name',
      verify_code: 'what the bank answered instead',
      holder_name_encrypted: 'the holder’s name, as the payer gave it',
      bank_holder_name_encrypted: 'the holder’s name as the bank has it, if it is another',
      nickname_encrypted: 'what the payer calls the recipient',
    },
  },
  favorite_accounts: {
    purpose: 'A payer’s favourite recipients, in their own order.',
    columns: { bank_account_id: 'the recipient’s account', position: 'the payer’s order, from 1; gaps say nothing' },
  },
  devices: {
    purpose: 'Devices on which members log in, known again by a secret.',
    personal: ['label'],
    columns: {
      emptied_at: 'since when what names a person is gone',
      secret_hash: 'the secret that the device keeps',
      label: 'browser and system, as shown to the member',
      recognised_at: 'the last log-in with its secret; null: it has not come back yet',
    },
  },
  consents: {
    purpose: 'What members agreed to, each change a row: evidence.',
    columns: {
      kind: 'what it is about',
      version_name: 'which version of the text',
      given: 'agreed or withdrawn; only marketing can be withdrawn',
      stated: 'false: the request named no version, and agreed to the one in force by being made',
    },
  },
  identity_verifications: {
    purpose: 'Proofs of a member’s real name at the identity provider.',
    columns: {
      status: 'how it stands',
      code: 'why it failed',
      url_encrypted: 'where the member proves who they are; erased once it is decided',
    },
  },
};

export const REQUESTS: GroupWords = {
  idempotency_keys: {
    purpose: 'Money requests by their Idempotency-Key, with the answer that a repeat gets.',
    columns: {
      resource: 'the address of what an answer that is gone told of',
      answer_emptied_at: 'since when the answer is gone',
      method: 'of the request',
      path: 'of the request',
      key: 'the keyed hash of what the client sent',
      body_hash: 'the body: another one under the same key is refused',
      lease_until: 'until then the request counts as being worked on',
      status_code: 'of the stored answer',
      content_type: 'of the stored answer',
      response_encrypted: 'the stored answer',
      beside_first: 'of two requests at once on two paths, the later one',
      request_id: 'the X-Request-Id of the first request with it; null: from before this was kept',
      headers: 'of the stored answer',
    },
  },
  pg_webhook_events: {
    purpose: 'The inbox: what providers called back about, each event once for ever.',
    columns: {
      body_emptied_at: 'since when the body is gone',
      provider: 'who called',
      event_id: 'the provider’s id of the event',
      type: 'the provider’s word',
      body: 'the bytes as they came: evidence',
      deal_no: 'the deal that it names',
      leg: 'which money it is about; null: no money of ours',
      says: 'what it claims, in our own word',
      amount: 'won, as told',
      payment_key: 'the PG’s key of the charge, as told',
      trading_date: 'the bank’s day, as told',
      received_at: 'when it came',
      processed_at: 'when it was judged; null: it is open',
      wakes: 'how often the deal was woken for it',
      next_wake_at: 'when the deal is woken again',
    },
  },
  ...NOTICES,
};

export const OPERATIONS: GroupWords = {
  operator_tasks: {
    purpose: 'Alarms and tasks; one of a kind is open once for a deal, or for the system.',
    columns: {
      severity: 'alarm: look; task: do',
      reason: 'which task (docs/operations.md)',
      detail: 'ids and codes that help; nothing personal',
    },
  },
  stop_switches: {
    purpose: 'A row is a stop: no new intents of this money.',
    columns: { source: 'whose stop it is; either is enough', stopped_at: 'since when' },
  },
  stop_switch_events: {
    purpose: 'Every stop and its lifting, for the audit.',
    columns: {
      source: 'whose stop it is',
      action: 'stopped or lifted',
      request_id: 'of a lift: of the two people who gave it',
    },
  },
  batch_runs: {
    purpose: 'Each run of a batch, and what became of it; those of the minute’s sweep are not kept.',
    columns: {
      run_id: 'the run of the engine; of one that began anew, the first',
      batch: 'the Schedule',
      workflow_id: 'the workflow of the engine',
      scheduled_at: 'when it was to be: its period comes from this',
      begun_at: 'when it began',
      ended_at: 'when it ended; null: it goes on',
      status: 'where it is',
      result: 'what came of it: counts and days',
      failure: 'why it failed',
    },
  },
  minute_steps: {
    purpose: 'When each step of the minute’s sweep last succeeded.',
    columns: {
      step: 'the step',
      awaited_since: 'since then it is awaited: a worker started, after nobody had worked',
      succeeded_at: 'its last success',
    },
  },
  data_keys: {
    purpose: 'Data keys, wrapped by the master key; a ciphertext names the one it is under.',
    columns: {
      purpose: 'what it encrypts: fields, payloads of Temporal; or it makes hashes, and there is one',
      wrapped: 'the key, wrapped; null: retired, and what was under it opens no more',
      master_key_id: 'the master key that wrapped it',
      rewrapped_at: 'when it was wrapped anew',
      retired_at: 'since when nothing can be under it',
    },
  },
  hash_keys: {
    purpose: 'Keys of the hashes by which secrets are found; two are live while one takes the other’s place.',
    columns: {
      key_encrypted:
        'the key, wrapped; null: the first, which is the key of all hashes (`data_keys`), or one that is retired',
      retired_at: 'since then no hash is made under it',
      emptied_at: 'when the last hash under it was emptied',
    },
  },
  migration_hashes: {
    purpose: 'What each applied migration’s SQL was: a database of another text is refused.',
    columns: { name: 'the migration', sha256: 'of the SQL that was executed' },
  },
  knex_migrations: {
    purpose: 'knex’s own list of what was applied.',
    columns: { name: 'the migration', batch: 'applied together', migration_time: 'when' },
  },
  knex_migrations_lock: {
    purpose: 'knex’s own lock.',
    columns: { index: 'the row', is_locked: '1: somebody migrates' },
  },
};
