/** Risk rules of a deal before any money moves (spec §7). Pure: the counters are given. */
import type { Won } from './money';

/** Limits as data; amounts in won. */
interface RiskLimits {
  readonly dealsPerDay: number;
  readonly amountPerDay: number;
  readonly chargesPerCardHour: number;
  readonly highAmount: number;
  readonly newMemberMs: number;
}

export const RISK_LIMITS: RiskLimits = {
  dealsPerDay: 5,
  amountPerDay: 5_000_000,
  chargesPerCardHour: 3,
  highAmount: 1_000_000,
  newMemberMs: 24 * 3_600_000,
};

/** Counters as they would stand with this deal counted. */
interface RiskCounters {
  readonly userDailyCount: number;
  readonly userDailyAmount: number;
  readonly cardHourlyCount: number;
  /** Accounts paid from the device in the KST day, by its id and by the client's text: counted by the charge intent. */
  readonly deviceAccounts?: number;
  readonly deviceTextAccounts?: number;
}

/** `member-withdrawn` needs no counter: the charge intent finds it (db/risk.ts). */
const BLOCK_RULES = ['member-withdrawn', 'user-daily-count', 'user-daily-amount', 'card-hourly-count'] as const;
const ALERT_RULES = ['new-member-high-amount'] as const;
export type RiskRule = (typeof BLOCK_RULES)[number] | (typeof ALERT_RULES)[number];

/** UNAVAILABLE: the risk store did not answer; nothing is charged and the payer is asked to try again. */
export type RiskVerdict = 'PASS' | 'ALERT' | 'BLOCK' | 'UNAVAILABLE';

/** Each decision is stored with the rules that fired and the counters it saw. `kstDay` is `YYYY-MM-DD`. */
export interface RiskDecision {
  readonly verdict: RiskVerdict;
  readonly rules: readonly RiskRule[];
  readonly counters: RiskCounters;
  readonly kstDay: string;
}

export interface RiskFacts {
  readonly principal: Won;
  readonly memberForMs: number;
  readonly counters: RiskCounters;
}

/** The rules of a payer's day that these counters break. */
export function dayLimitsExceeded(
  { userDailyCount, userDailyAmount }: Pick<RiskCounters, 'userDailyCount' | 'userDailyAmount'>,
  limits: RiskLimits = RISK_LIMITS,
): RiskRule[] {
  const broken: RiskRule[] = [];
  if (userDailyCount > limits.dealsPerDay) broken.push('user-daily-count');
  if (userDailyAmount > limits.amountPerDay) broken.push('user-daily-amount');
  return broken;
}

/** Which rules fire, and what follows: any BLOCK rule blocks, else any ALERT rule holds the deal for review. */
export function judge(facts: RiskFacts, limits: RiskLimits = RISK_LIMITS): Pick<RiskDecision, 'verdict' | 'rules'> {
  const { counters } = facts;
  const blocks = dayLimitsExceeded(counters, limits);
  if (counters.cardHourlyCount > limits.chargesPerCardHour) blocks.push('card-hourly-count');
  if (blocks.length > 0) return { verdict: 'BLOCK', rules: blocks };
  const isNew = facts.memberForMs < limits.newMemberMs;
  if (isNew && facts.principal >= limits.highAmount) return { verdict: 'ALERT', rules: ['new-member-high-amount'] };
  return { verdict: 'PASS', rules: [] };
}
