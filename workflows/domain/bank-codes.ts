/** What the bank's answer codes mean (spec §6). The lists are closed: any other code decides nothing. */

export const DONE_CODE = '0000';
/** The reference was used before on that trading date; nothing was done now. */
export const DUPLICATE_CODE = 'DUP';

/** The bank is still deciding: query, never send again. */
const PROCESSING = new Set(['0011', 'VTIM']);

/** No account 412, closed 415, wrong kind 416, accident-reported 419, suspended 420, name mismatch 815. */
const TERMINAL = new Set(['412', '415', '416', '419', '420', '815']);

/** Float too low 901, bank closed 902, temporary 903: a new reference may succeed. */
const RETRYABLE = new Set(['901', '902', '903']);

/** Whether the transfer is undecided at the bank. */
export function isProcessingBankCode(code: string): boolean {
  return PROCESSING.has(code);
}

/** Whether the account cannot be paid, now or later. */
export function isTerminalBankCode(code: string): boolean {
  return TERMINAL.has(code);
}

/** Whether the transfer definitely failed for a reason that passes. */
export function isRetryableBankCode(code: string): boolean {
  return RETRYABLE.has(code);
}
