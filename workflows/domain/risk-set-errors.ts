/** What is wrong with rules that somebody proposes, in words: every mistake at once, and nothing of them is taken. */
import { isMeasure, MEASURES } from './risk-measures';
import {
  COMPARES,
  isLimitRule,
  LIMIT_RULES,
  type LimitRule,
  type RiskRule,
  RULE_MODES,
  RULE_VERDICTS,
} from './risk-rules';

type Fields = Readonly<Record<string, unknown>>;
const RULES_MAX = 50;
const WORDS_MAX = 200;
const ID = /^[a-z][a-z0-9-]{1,39}$/;
const FIELDS = ['id', 'version', 'mode', 'verdict', 'measure', 'compare', 'limit', 'when', 'words'];
const COMPARISON = ['measure', 'compare', 'limit'];

const isFields = (given: unknown): given is Fields =>
  typeof given === 'object' && given !== null && !Array.isArray(given);
const isOneOf = (list: readonly string[], given: unknown): boolean => typeof given === 'string' && list.includes(given);
const isWhole = (given: unknown, min: number): boolean => Number.isSafeInteger(given) && (given as number) >= min;

/** The rules as a set has them, or everything that is wrong with them. */
export function readRules(
  given: unknown,
):
  | { readonly kind: 'rules'; readonly rules: readonly RiskRule[] }
  | { readonly kind: 'wrong'; readonly errors: string[] } {
  const errors = errorsOf(given);
  return errors.length > 0 ? { kind: 'wrong', errors } : { kind: 'rules', rules: given as RiskRule[] };
}

function errorsOf(given: unknown): string[] {
  if (!Array.isArray(given)) return ['the rules are a list: [{"id": …}, …]'];
  if (given.length > RULES_MAX) return [`a set has ${RULES_MAX} rules at most`];
  const rules = given.filter(isFields);
  const ids = rules.map(({ id }) => `${id}`);
  return [
    ...(rules.length < given.length ? ['each rule is an object'] : []),
    ...[...new Set(ids.filter((id, n) => ids.indexOf(id) !== n))].map((id) => `${id}: the id is there twice`),
    ...rules.flatMap((rule) => errorsOfRule(rule).map((error) => `${rule.id ?? 'a rule without id'}: ${error}`)),
    ...Object.keys(LIMIT_RULES)
      .filter((id) => !ids.includes(id))
      .map((id) => `${id}: this limit is missing, and every set has it`),
  ];
}

function errorsOfRule(rule: Fields): string[] {
  const { id, version, mode, verdict, when, words } = rule;
  return [
    ...unknownFields(rule, FIELDS),
    ...(typeof id === 'string' && ID.test(id) ? [] : ['the id is 2 to 40 small letters, digits and dashes']),
    ...(isWhole(version, 1) ? [] : ['the version is a whole number from 1']),
    ...(isOneOf(RULE_MODES, mode) ? [] : [`the mode is one of ${RULE_MODES.join(', ')}`]),
    ...(isOneOf(RULE_VERDICTS, verdict) ? [] : [`the verdict is one of ${RULE_VERDICTS.join(', ')}`]),
    ...errorsOfComparison(rule),
    ...(Array.isArray(when) ? when.flatMap(errorsOfCondition) : ['"when" is a list, which may be empty']),
    ...(['ko', 'en'] as const).flatMap((language) =>
      isWords(isFields(words) ? words[language] : undefined) ? [] : [`words.${language} are missing, or too long`],
    ),
    ...(typeof id === 'string' && isLimitRule(id) ? errorsOfLimit(id, rule) : []),
  ];
}

const isWords = (given: unknown): boolean =>
  typeof given === 'string' && given.trim() !== '' && given.length <= WORDS_MAX;

const unknownFields = (given: Fields, known: readonly string[]): string[] =>
  Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => `"${name}" is nothing that a rule has`);

function errorsOfComparison({ measure, compare, limit }: Fields): string[] {
  return [
    ...(isMeasure(measure) ? [] : [`"${measure}" is no measure; there are ${Object.keys(MEASURES).join(', ')}`]),
    ...(isOneOf(COMPARES, compare) ? [] : [`it compares by one of ${COMPARES.join(' ')}`]),
    ...(isWhole(limit, 0) ? [] : ['the limit is a whole number from 0']),
  ];
}

const errorsOfCondition = (given: unknown): string[] =>
  isFields(given)
    ? [...unknownFields(given, COMPARISON), ...errorsOfComparison(given)].map((error) => `when: ${error}`)
    : ['when: each condition is an object'];

/** It can be tightened, and nothing else. */
function errorsOfLimit(id: LimitRule, { mode, verdict, measure, compare, limit, when }: Fields): string[] {
  const { measure: of, max } = LIMIT_RULES[id];
  const isAsItWas =
    mode === 'live' &&
    verdict === 'BLOCK' &&
    measure === of &&
    compare === '>' &&
    Array.isArray(when) &&
    when.length === 0;
  return [
    ...(isAsItWas ? [] : [`this limit is live, blocks, and is of ${of}, with ">" and no "when"`]),
    ...(isWhole(limit, 1) && (limit as number) <= max
      ? []
      : [`the limit can be tightened, never loosened: 1 to ${max}`]),
  ];
}

/** Rules whose content is another than that of an earlier set under the same id and version. */
export function reusedVersions(rules: readonly RiskRule[], earlier: readonly RiskRule[]): string[] {
  return rules
    .filter((rule) => earlier.some((old) => isSameVersion(old, rule) && contentOf(old) !== contentOf(rule)))
    .map(({ id, version }) => `${id}: version ${version} says something else in an earlier set; take the next one`);
}

const isSameVersion = (one: RiskRule, other: RiskRule): boolean => one.id === other.id && one.version === other.version;

/** What a version stands for; whether it is live is the set's own. */
function contentOf({ verdict, measure, compare, limit, when, words }: RiskRule): string {
  const conditions = when.map((one) => [one.measure, one.compare, one.limit]);
  return JSON.stringify([verdict, measure, compare, limit, conditions, words.ko, words.en]);
}
