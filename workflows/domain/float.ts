/** The float: our money at the bank, out of which recipients are paid (docs/operations.md, "The float"). */
import type { Won } from './money';

export interface FloatReading {
  /** At the bank; transfers that the bank has accepted have left it already. */
  readonly balance: Won;
  /** Principal of deals that are charged, or being charged, and may still have to be paid out. */
  readonly inFlight: Won;
  /** What must remain when all of those are paid. */
  readonly headroom: Won;
}

/**
 * `low`: new charges must stop; `ample`: they may go on. Between the two nothing changes, so that a float at the limit
 * does not throw the switch every minute: it becomes ample at one and a half times the headroom.
 */
export function judgeFloat({ balance, inFlight, headroom }: FloatReading): 'low' | 'between' | 'ample' {
  const free = balance - inFlight; // below 0 when the float cannot even cover what is under way
  if (free < headroom) return 'low';
  return 2 * free >= 3 * headroom ? 'ample' : 'between';
}
