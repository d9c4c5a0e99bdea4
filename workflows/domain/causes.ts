/**
 * Why a deal moves or money is given back: a closed table, since payers read it. An operator's own words are a note
 * beside it.
 */

/** Code → what an operator reads. The database refuses any other cause (`deal_events`, `refunds`). */
export const CAUSES = {
  created: 'the payer asked for a quote',
  charged: 'the card was charged',
  ruled: 'an operator decided an outcome that no provider could decide',
  'quote-expired': 'nobody confirmed the quote in time',
  'cancelled-by-payer': 'the payer cancelled',
  'hold-expired': 'nobody released the risk review in time',
  'transfer-begins': 'the banks are open and nothing holds the deal back',
  released: 'an operator ended the risk review',
  'retry-in-line': 'a failure that passes: tried again at once',
  'retry-batch': 'the retry batch',
  'retry-ordered': 'an operator ordered another try',
  'account-corrected': 'another account of the recipient',
  transferred: 'the bank paid the recipient',
  'transfer-failed': 'the bank refused the transfer',
  'held-back': 'transfers are stopped, or the charge is in doubt',
  returned: 'the bank gave the money back',
  'paid-after-failure': 'the bank paid it after all',
  'gave-up': 'no transfer succeeded in time',
  'account-not-payable': 'the account cannot be paid, and no other one was named',
  'late-charge': 'charged after the attempt was decided: given back',
  'charged-back': 'the card issuer took the charge back',
  'refund-resumed': 'a refund that began is finished',
  'refund-ordered': 'an operator ordered the refund',
  'fee-refunded': 'an operator gave back a part of the fee',
} as const;
export type Cause = keyof typeof CAUSES;

/**
 * Who moves the deal and why. `actor` is `payer`, `operator:<name>`, `system`…; `note`: an operator's words, never
 * shown to payers.
 */
export interface By {
  readonly actor: string;
  readonly cause: Cause;
  readonly note?: string;
}
