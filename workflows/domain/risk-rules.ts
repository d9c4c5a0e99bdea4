/**
 * Rules of risk as data (spec §7, docs/risk.md). A set of them is a row that never changes; one is active at a time.
 * What a set says of what was measured is a pure function, the same before a charge, in shadow, and over decisions of
 * the past.
 */
import type { Counted, Measure, Measures } from './risk-measures';

/** `>`: fires above the limit; `>=`: from the limit on. */
export const COMPARES = ['>', '>=', '<', '='] as const;

export interface Comparison {
  readonly measure: Measure;
  readonly compare: (typeof COMPARES)[number];
  readonly limit: number;
}

/** `shadow`: it is answered, and does nothing. */
export const RULE_MODES = ['live', 'shadow', 'off'] as const;
/**
 * BLOCK: nothing is charged. ALERT: charged, and held until an operator looks, or given back in the end. HOLD: charged,
 * held for a while, and paid out.
 */
export const RULE_VERDICTS = ['BLOCK', 'ALERT', 'HOLD'] as const;

export interface RiskRule extends Comparison {
  readonly id: string;
  /** From 1; what a rule says differs only with its version. */
  readonly version: number;
  readonly mode: (typeof RULE_MODES)[number];
  readonly verdict: (typeof RULE_VERDICTS)[number];
  /** It fires only where all of these hold, too. */
  readonly when: readonly Comparison[];
  /** For operators; payers read words of limits alone (words/codes.ts). */
  readonly words: { readonly ko: string; readonly en: string };
}

export interface RiskSet {
  readonly number: number;
  readonly rules: readonly RiskRule[];
}

/** The roadmap's limits. Every set has the three, and none is above these; the database knows them too (0039). */
export const LIMIT_RULES = {
  'user-daily-count': { measure: 'userDailyCount', max: 5 },
  'user-daily-amount': { measure: 'userDailyAmount', max: 5_000_000 },
  'card-hourly-count': { measure: 'cardHourlyCount', max: 3 },
} as const satisfies Readonly<Record<string, { readonly measure: keyof Counted; readonly max: number }>>;
export type LimitRule = keyof typeof LIMIT_RULES;
const LIMITS = Object.keys(LIMIT_RULES) as readonly LimitRule[];

export const isLimitRule = (id: string): id is LimitRule => Object.hasOwn(LIMIT_RULES, id);

/** The limits of a set, by what they are of. */
export type Limits = Readonly<Record<keyof Counted, number>>;

export function limitsOf({ number, rules }: RiskSet): Limits {
  const limitOf = (id: LimitRule): [keyof Counted, number] => {
    const rule = rules.find((one) => one.id === id);
    if (!rule) throw new Error(`risk set ${number} has no limit ${id}`);
    return [LIMIT_RULES[id].measure, Math.min(rule.limit, LIMIT_RULES[id].max)];
  };
  return Object.fromEntries(LIMITS.map(limitOf)) as Limits;
}

/** The limits that are exceeded. */
export const limitsExceeded = (measures: Measures, limits: Limits): LimitRule[] =>
  LIMITS.filter((id) => {
    const { measure } = LIMIT_RULES[id];
    return (measures[measure] ?? 0) > limits[measure];
  });

/** `unknown`: a measure that it goes by was not taken. */
export type RuleAnswer = 'yes' | 'no' | 'unknown';

function answerOf({ measure, compare, limit }: Comparison, measures: Measures): RuleAnswer {
  const value = measures[measure];
  if (value === undefined) return 'unknown';
  const holds = { '>': value > limit, '>=': value >= limit, '<': value < limit, '=': value === limit }[compare];
  return holds ? 'yes' : 'no';
}

/** What the rule says: all of its comparisons have to hold, and one that does not hold decides. */
function answerOfRule(rule: RiskRule, measures: Measures): RuleAnswer {
  const answers = [rule, ...rule.when].map((one) => answerOf(one, measures));
  if (answers.includes('no')) return 'no';
  return answers.includes('unknown') ? 'unknown' : 'yes';
}

/** Who is trusted is past the patterns; never past the limits, nor past what is denied. */
const isPastTrust = ({ id, measure }: RiskRule): boolean => isLimitRule(id) || measure === 'denied';

interface Judgement {
  readonly verdict: 'PASS' | 'HOLD' | 'ALERT' | 'BLOCK';
  /** The live rules that fired with this verdict, in the order of the set. */
  readonly rules: readonly string[];
  /** What every rule says that is not off; of those in shadow too. */
  readonly answers: Readonly<Record<string, RuleAnswer>>;
}

/** What the set says of what was measured: the gravest verdict of its live rules that fire. */
export function judge({ rules }: RiskSet, measures: Measures): Judgement {
  const asked = rules.filter(({ mode }) => mode !== 'off');
  const answers = Object.fromEntries(asked.map((rule) => [rule.id, answerOfRule(rule, measures)]));
  const trusted = measures.trusted === 1;
  const firing = asked.filter(
    (rule) => rule.mode === 'live' && answers[rule.id] === 'yes' && (!trusted || isPastTrust(rule)),
  );
  for (const verdict of RULE_VERDICTS) {
    const fired = firing.filter((rule) => rule.verdict === verdict);
    if (fired.length > 0) return { verdict, rules: fired.map(({ id }) => id), answers };
  }
  return { verdict: 'PASS', rules: [], answers };
}
