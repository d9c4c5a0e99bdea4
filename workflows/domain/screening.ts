/** What the rules of risk decided of a charge before any money moves (spec §7). */
import type { Measures } from './risk-measures';
import type { RuleAnswer } from './risk-rules';

/**
 * UNAVAILABLE: the risk store did not answer; nothing is charged and the payer is asked to try again. HOLD: charged,
 * and held for a while before it is paid out.
 */
export type RiskVerdict = 'PASS' | 'HOLD' | 'ALERT' | 'BLOCK' | 'UNAVAILABLE';

/** Keyed hashes of the names of who pays and who is paid; null: the payer's is not verified. */
export interface RiskPeople {
  readonly payerNameHash: string | null;
  readonly holderNameHash: string | null;
}

/** Each decision is stored with its set, every measure and every rule's answer. `kstDay` is `YYYY-MM-DD`. */
export interface RiskDecision {
  readonly verdict: RiskVerdict;
  /** Those that fired; `member-withdrawn` is of no set. */
  readonly rules: readonly string[];
  /** Every measure that was taken. */
  readonly counters: Measures;
  readonly kstDay: string;
  /** The set that it was judged by; absent: nothing was judged, or an earlier version did. */
  readonly set?: number;
  readonly answers?: Readonly<Record<string, RuleAnswer>>;
  readonly people?: RiskPeople;
}

/** Whether the charge may be sent, and its deal counts towards the payer's day. */
export const mayCharge = ({ verdict }: Pick<RiskDecision, 'verdict'>): boolean =>
  verdict === 'PASS' || verdict === 'HOLD' || verdict === 'ALERT';
