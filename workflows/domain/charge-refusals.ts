/** Why a charge attempt was refused before anybody was asked to charge: the decline codes of our own. */
export const CHARGE_REFUSALS = {
  blocked: 'risk-blocked',
  /** The risk store was silent. */
  unavailable: 'risk-unavailable',
  stopped: 'charges-stopped',
  /** What another attempt may have charged is not settled. */
  inDoubt: 'charge-in-doubt',
} as const;

const NEVER_SENT: ReadonlySet<string | null> = new Set(Object.values(CHARGE_REFUSALS));

/** Whether an attempt with this decline code was never sent to the PG. */
export const isNeverSent = (declineCode: string | null): boolean => NEVER_SENT.has(declineCode);
