/**
 * The bank's codes that we keep and act upon: those of Korean firm banking (spec §6). They are a closed list; the
 * client of a bank that speaks otherwise translates into them.
 */

/** The transfer arrived. */
export const DONE_CODE = '0000';

/** No account 412, closed 415, wrong kind 416, accident-reported 419, suspended 420, name mismatch 815. */
const TERMINAL = new Set(['412', '415', '416', '419', '420', '815']);

/** Whether the account cannot be paid, now or later. */
export function isTerminalBankCode(code: string): boolean {
  return TERMINAL.has(code);
}
