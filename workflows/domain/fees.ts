/** Fees and limits of one deal (spec §3). Rates are data: the payer's grade has one for each day (grades.ts). */
import { addWon, bpsFloor, type Won, won } from './money';

/** What the PG keeps of a charge, in basis points of the total (assumed: docs/external-interfaces.md). */
export const PG_COST_BPS = 250;

/** Smallest and largest principal of a deal, won. */
interface PrincipalLimits {
  readonly min: Won;
  readonly max: Won;
}
export const PRINCIPAL_LIMITS: PrincipalLimits = { min: won(1_000), max: won(5_000_000) };

/** Months over which a card may be charged (할부); 0: at once. */
export const INSTALLMENT_MONTHS = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;
/** The smallest total that a card may be charged over months, won: card companies take no less (the database too). */
export const INSTALLMENTS_FROM: Won = won(50_000);

/** Whether a total may be charged over so many months. */
export const mayBePaidOver = (total: Won, months: number): boolean => months === 0 || total >= INSTALLMENTS_FROM;

/** What the payer is charged for: `total = principal + fee`. */
export interface Quote {
  readonly principal: Won;
  readonly fee: Won;
  readonly total: Won;
}

/** The quote for a principal at a fee rate; the fraction of a won of the fee is dropped. */
export function quote(principal: Won, feeBps: number): Quote {
  const fee = bpsFloor(principal, feeBps);
  return { principal, fee, total: addWon(principal, fee) };
}

/** The PG's cost of a charged total, won. */
export function pgCost(total: Won): Won {
  return bpsFloor(total, PG_COST_BPS);
}
