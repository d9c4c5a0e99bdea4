/**
 * What else this bank's codes mean (spec §6; those that we keep: domain/bank-codes.ts). Any code of neither list
 * decides nothing.
 */

/** The reference was used before on that trading date; nothing was done now. */
export const DUPLICATE_CODE = 'DUP';

/** The bank is still deciding: query, never send again. */
const PROCESSING = new Set(['0011', 'VTIM']);

/** Float too low 901, bank closed 902, temporary 903: a new reference may succeed. */
const RETRYABLE = new Set(['901', '902', '903']);

/** Whether the transfer is undecided at the bank. */
export function isProcessingBankCode(code: string): boolean {
  return PROCESSING.has(code);
}

/** Whether the transfer definitely failed for a reason that passes. */
export function isRetryableBankCode(code: string): boolean {
  return RETRYABLE.has(code);
}
