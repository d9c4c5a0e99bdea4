/**
 * The columns that hold ciphertext only. A ciphertext is bound to its table, row and column: it opens nowhere else
 * (spec §10).
 */

export const ENCRYPTED_COLUMNS = {
  /** The PG's token of a card. */
  billingKey: { table: 'cards', column: 'billing_key_encrypted' },
  /** Where a recipient is paid. */
  accountNumber: { table: 'bank_accounts', column: 'account_number_encrypted' },
  /** The code that a notice brings. */
  noticeSecret: { table: 'notices', column: 'secret_encrypted' },
} as const;

/** Where this secret of the row lies; what `Keys` wants to know of it. */
export const placeOf = (secret: keyof typeof ENCRYPTED_COLUMNS, row: string) => ({
  ...ENCRYPTED_COLUMNS[secret],
  row,
});
