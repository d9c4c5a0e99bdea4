/** What a payer is told of a block: a limit and when it frees; of a pattern only that it is not possible. */
import { nextKstMidnight } from './bank-calendar';
import { isLimitRule, type LimitRule } from './risk-rules';

export type ToldRule = LimitRule | 'member-withdrawn' | 'not-possible';

interface Blocked {
  /** The rules that fired. */
  readonly rules: readonly string[];
  readonly at: Date;
  /** When the hour of the card is over; null: none is open. */
  readonly cardFreesAt: Date | null;
}

interface Told {
  readonly rules: readonly ToldRule[];
  /** When the last of these limits frees; null: none of them does. */
  readonly freesAt: Date | null;
}

/** Whether what blocked is a pattern, of which payers are told nothing, and which no time frees. */
export const isPattern = (rules: readonly string[]): boolean =>
  rules.some((id) => id !== 'member-withdrawn' && !isLimitRule(id));

/** One pattern is enough for silence: a limit that was exceeded, too, would promise that it passes later. */
export function toldOf({ rules, at, cardFreesAt }: Blocked): Told {
  if (rules.includes('member-withdrawn')) return { rules: ['member-withdrawn'], freesAt: null };
  const limits = rules.filter(isLimitRule);
  if (limits.length === 0 || isPattern(rules)) return { rules: ['not-possible'], freesAt: null };
  const frees = limits.map((id) => (id === 'card-hourly-count' ? (cardFreesAt ?? at) : nextKstMidnight(at)));
  return { rules: limits, freesAt: new Date(Math.max(...frees.map((one) => one.getTime()))) };
}
