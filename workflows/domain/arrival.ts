/** When a recipient is to have the money of a charge that is made now. */
import { nextClosing, opensAt } from './bank-calendar';

/** A transfer takes seconds; the payer is promised no less than this, ms. */
const WITHIN_MS = 10 * 60_000;

export interface Arrival {
  /** `within-minutes`: the bank is open; `when-bank-opens`: it is closed, and the transfer waits for it. */
  readonly estimate: 'within-minutes' | 'when-bank-opens';
  /** Null while the bank is open. */
  readonly opensAt: Date | null;
  /** An estimate: a risk review, or a bank that does not answer, takes longer. */
  readonly arrivesBy: Date;
}

/** The estimate for a bank; a transfer that its next closing overtakes goes out when that ends. */
export function arrivalAt(bankCode: string, at: Date): Arrival {
  const opening = opensAt(bankCode, at);
  if (opening) return { estimate: 'when-bank-opens', opensAt: opening, arrivesBy: later(opening) };
  const closing = nextClosing(bankCode, at);
  const overtaken = closing !== null && closing.from < later(at);
  return { estimate: 'within-minutes', opensAt: null, arrivesBy: later(overtaken ? closing.until : at) };
}

const later = (at: Date): Date => new Date(at.getTime() + WITHIN_MS);
