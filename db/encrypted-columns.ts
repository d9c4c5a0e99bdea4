/**
 * The columns that hold ciphertext only. A ciphertext is bound to its table, row and column: it opens nowhere else
 * (spec §10).
 */

export const ENCRYPTED_COLUMNS = {
  /** The PG's token of a card. */
  billingKey: { table: 'cards', column: 'billing_key_encrypted' },
  /** What the payer calls the card. */
  cardNickname: { table: 'cards', column: 'nickname_encrypted' },
  /** Where a recipient is paid. */
  accountNumber: { table: 'bank_accounts', column: 'account_number_encrypted' },
  /** Whose account it is: as the payer says, as the bank says; what the payer calls it. */
  holderName: { table: 'bank_accounts', column: 'holder_name_encrypted' },
  bankHolderName: { table: 'bank_accounts', column: 'bank_holder_name_encrypted' },
  nickname: { table: 'bank_accounts', column: 'nickname_encrypted' },
  /** What the recipient's statement shows of a deal. */
  memo: { table: 'deals', column: 'memo_encrypted' },
  /** Under which name a transfer was sent, and is sent again. */
  sentHolderName: { table: 'transfers', column: 'holder_name_encrypted' },
  /** What a money request was answered; its row is `<user>:<key>`. */
  answer: { table: 'idempotency_keys', column: 'response_encrypted' },
  /** The same of an operator; its row is `<operator>:<key>`. */
  operatorAnswer: { table: 'admin_idempotency_keys', column: 'response_encrypted' },
  /** What an operator's codes are made of. */
  totpSecret: { table: 'admin_users', column: 'totp_secret_encrypted' },
  /** Of a member. */
  phone: { table: 'users', column: 'phone_encrypted' },
  email: { table: 'users', column: 'email_encrypted' },
  name: { table: 'users', column: 'name_encrypted' },
  /** Where a member proves who they are. */
  identityUrl: { table: 'identity_verifications', column: 'url_encrypted' },
  /** Where a notice goes that is for no member. */
  noticePhone: { table: 'notices', column: 'phone_encrypted' },
  noticeEmail: { table: 'notices', column: 'email_encrypted' },
  /** The code that a notice brings. */
  noticeSecret: { table: 'notices', column: 'secret_encrypted' },
  /** Where a device hears pushes. */
  pushTarget: { table: 'push_subscriptions', column: 'target_encrypted' },
  /** A file that an operator goes by: base64. */
  evidence: { table: 'evidence_files', column: 'content_encrypted' },
  /** Under which look-up hashes are made; its row is its number. */
  hashKey: { table: 'hash_keys', column: 'key_encrypted' },
} as const;

export type EncryptedColumn = keyof typeof ENCRYPTED_COLUMNS;

/** Where this secret of the row lies; what `Keys` wants to know of it. */
export const placeOf = (secret: EncryptedColumn, row: string) => ({
  ...ENCRYPTED_COLUMNS[secret],
  row,
});
