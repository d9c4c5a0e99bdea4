import fc from 'fast-check';
import { MEASURES, type Measure, type Measures } from '../../workflows/domain/risk-measures';
import {
  judge,
  LIMIT_RULES,
  limitsExceeded,
  limitsOf,
  type RiskRule,
  type RiskSet,
  RULE_VERDICTS,
} from '../../workflows/domain/risk-rules';
import { readRules, reusedVersions } from '../../workflows/domain/risk-set-errors';
import { toldOf } from '../../workflows/domain/risk-told';

const WORDS = { ko: '규칙', en: 'a rule' };
const rule = (id: string, more: Partial<RiskRule> = {}): RiskRule => ({
  ...{ id, version: 1, mode: 'live', verdict: 'ALERT', measure: 'deviceAccounts', compare: '>=', limit: 4, when: [] },
  words: WORDS,
  ...more,
});
const limit = (id: keyof typeof LIMIT_RULES, most: number = LIMIT_RULES[id].max): RiskRule =>
  rule(id, { verdict: 'BLOCK', measure: LIMIT_RULES[id].measure, compare: '>', limit: most });
const LIMITS = [limit('user-daily-count'), limit('user-daily-amount'), limit('card-hourly-count')];
const setOf = (...rules: RiskRule[]): RiskSet => ({ number: 7, rules: [...LIMITS, ...rules] });

const CALM: Measures = {
  ...{ userDailyCount: 1, userDailyAmount: 10_000, cardHourlyCount: 1, principal: 10_000, deviceAccounts: 1 },
  ...{ memberForMs: 1_000, denied: 0, trusted: 0 },
};
const saysOf = (set: RiskSet, measures: Measures) => {
  const { verdict, rules } = judge(set, { ...CALM, ...measures });
  return [verdict, ...rules];
};

test.each<[string, Measures, string[]]>([
  ['an ordinary deal passes', {}, ['PASS']],
  ['the fifth deal of a day passes', { userDailyCount: 5 }, ['PASS']],
  ['the sixth is blocked', { userDailyCount: 6 }, ['BLOCK', 'user-daily-count']],
  ['5,000,000 won a day pass', { userDailyAmount: 5_000_000 }, ['PASS']],
  ['one won more is blocked', { userDailyAmount: 5_000_001 }, ['BLOCK', 'user-daily-amount']],
  ['the third charge of a card in an hour passes', { cardHourlyCount: 3 }, ['PASS']],
  ['the fourth is blocked', { cardHourlyCount: 4 }, ['BLOCK', 'card-hourly-count']],
  ['"from" counts its own limit', { deviceAccounts: 4 }, ['ALERT', 'devices']],
  ['a block wins over an alert', { deviceAccounts: 4, userDailyCount: 6 }, ['BLOCK', 'user-daily-count']],
])('%s', (_law, measures, says) => {
  expect(saysOf(setOf(rule('devices')), measures)).toEqual(says);
});

test('an alert wins over a hold', () => {
  const set = setOf(rule('slow', { verdict: 'HOLD' }), rule('devices'));
  expect(saysOf(set, { deviceAccounts: 4 })).toEqual(['ALERT', 'devices']);
  expect(saysOf(setOf(rule('slow', { verdict: 'HOLD' })), { deviceAccounts: 4 })).toEqual(['HOLD', 'slow']);
});

test('a rule fires only where all of its conditions hold', () => {
  const young = { measure: 'memberForMs', compare: '<', limit: 5_000 } as const;
  const set = setOf(rule('young', { measure: 'principal', limit: 1_000_000, when: [young] }));
  expect(saysOf(set, { principal: 1_000_000, memberForMs: 4_999 })).toEqual(['ALERT', 'young']);
  expect(saysOf(set, { principal: 1_000_000, memberForMs: 5_000 })).toEqual(['PASS']);
  expect(saysOf(set, { principal: 999_999, memberForMs: 0 })).toEqual(['PASS']);
});

test('a rule in shadow is answered and does nothing; one that is off is not asked', () => {
  const set = setOf(rule('shadowed', { mode: 'shadow' }), rule('over', { mode: 'off' }));
  const { verdict, answers } = judge(set, { ...CALM, deviceAccounts: 9 });
  expect(verdict).toBe('PASS');
  expect(answers).toEqual({
    ...{ 'user-daily-count': 'no', 'user-daily-amount': 'no', 'card-hourly-count': 'no', shadowed: 'yes' },
  });
});

test('a measure that was not taken answers unknown, unless another comparison says no', () => {
  const when = [{ measure: 'membersPayEachOther', compare: '=', limit: 1 } as const];
  const set = setOf(rule('unsure', { when }));
  expect(judge(set, { ...CALM, deviceAccounts: 9 }).answers.unsure).toBe('unknown');
  expect(judge(set, CALM).answers.unsure).toBe('no');
  expect(judge(set, {}).verdict).toBe('PASS');
});

test('trust lets patterns pass, never a limit, and never what is denied', () => {
  const set = setOf(rule('devices'), rule('denied', { verdict: 'BLOCK', measure: 'denied', compare: '=', limit: 1 }));
  expect(saysOf(set, { trusted: 1, deviceAccounts: 9 })).toEqual(['PASS']);
  expect(saysOf(set, { trusted: 1, denied: 1 })).toEqual(['BLOCK', 'denied']);
  expect(saysOf(set, { trusted: 1, userDailyCount: 6 })).toEqual(['BLOCK', 'user-daily-count']);
});

const measures: fc.Arbitrary<Measures> = fc.record(
  Object.fromEntries(Object.keys(MEASURES).map((name) => [name, fc.integer({ min: 0, max: 12 })])) as Record<
    Measure,
    fc.Arbitrary<number>
  >,
  { requiredKeys: [] },
);
const tight = setOf(rule('devices'), rule('slow', { verdict: 'HOLD', measure: 'accountCards' }));

test('more of what is counted never makes a verdict milder, and the gravest that fires is the one', () => {
  fc.assert(
    fc.property(measures, measures, (some, more) => {
      const counted = { ...some, trusted: 0 };
      const added = Object.fromEntries(
        Object.entries(counted).map(([name, n]) => [name, name === 'trusted' ? 0 : n + (more[name as Measure] ?? 0)]),
      );
      const grave = (given: Measures) => [...RULE_VERDICTS, 'PASS'].indexOf(judge(tight, given).verdict);
      expect(grave(added)).toBeLessThanOrEqual(grave(counted));
      expect(judge(tight, counted).verdict === 'BLOCK').toBe(limitsExceeded(counted, limitsOf(tight)).length > 0);
    }),
  );
});

test('limits that a set tightens are those that count', () => {
  const rules = [limit('user-daily-count', 2), ...LIMITS.slice(1)];
  expect(limitsOf({ number: 8, rules })).toMatchObject({ userDailyCount: 2, userDailyAmount: 5_000_000 });
});

describe('proposals', () => {
  const errorsOf = (given: unknown): string => {
    const read = readRules(given);
    return read.kind === 'wrong' ? read.errors.join('\n') : '';
  };

  test('a good one is taken as it is', () => {
    const rules = [...LIMITS, rule('devices')];
    expect(readRules(rules)).toEqual({ kind: 'rules', rules });
    expect(readRules([limit('user-daily-count', 1), ...LIMITS.slice(1)]).kind).toBe('rules');
  });

  test.each<[string, unknown, string]>([
    ['no list', { rules: [] }, 'the rules are a list'],
    ['no object', [...LIMITS, 3], 'each rule is an object'],
    ['a measure that nobody takes', [...LIMITS, { ...rule('a-b'), measure: 'mood' }], '"mood" is no measure'],
    [
      'such a condition',
      [...LIMITS, { ...rule('a-b'), when: [{ measure: 'mood', compare: '=', limit: 1 }] }],
      'when: "mood"',
    ],
    ['an id twice', [...LIMITS, rule('a-b'), rule('a-b')], 'a-b: the id is there twice'],
    ['a limit that is loosened', [limit('user-daily-count', 6), ...LIMITS.slice(1)], 'never loosened: 1 to 5'],
    ['a limit that is off', [{ ...LIMITS[0], mode: 'off' }, ...LIMITS.slice(1)], 'this limit is live'],
    ['a limit of something else', [{ ...LIMITS[0], measure: 'principal' }, ...LIMITS.slice(1)], 'is of userDailyCount'],
    [
      'a limit under a condition',
      [{ ...LIMITS[0], when: [{ measure: 'denied', compare: '=', limit: 0 }] }, ...LIMITS.slice(1)],
      'no "when"',
    ],
    ['a limit that is missing', LIMITS.slice(1), 'user-daily-count: this limit is missing'],
    ['missing words', [...LIMITS, { ...rule('a-b'), words: { ko: '규칙' } }], 'words.en are missing'],
    ['a fraction', [...LIMITS, rule('a-b', { limit: 1.5 })], 'the limit is a whole number'],
    ['another verdict', [...LIMITS, { ...rule('a-b'), verdict: 'MAYBE' }], 'the verdict is one of'],
    ['a field that no rule has', [...LIMITS, { ...rule('a-b'), until: 1 }], '"until" is nothing that a rule has'],
  ])('%s is refused in words', (_what, given, words) => {
    expect(errorsOf(given)).toContain(words);
  });

  test('every mistake is told at once', () => {
    const wrong = errorsOf([{ ...rule('a-b'), measure: 'mood', words: {} }]);
    for (const words of ['"mood"', 'words.ko', 'words.en', 'user-daily-count', 'card-hourly-count'])
      expect(wrong).toContain(words);
  });

  test('what a rule says differs only with its version; its mode is the set’s own', () => {
    const before = [...LIMITS, rule('devices')];
    expect(reusedVersions([...LIMITS, rule('devices', { mode: 'shadow' })], before)).toEqual([]);
    expect(reusedVersions([...LIMITS, rule('devices', { limit: 9, version: 2 })], before)).toEqual([]);
    expect(reusedVersions([...LIMITS, rule('devices', { limit: 9 })], before)).toEqual([
      'devices: version 1 says something else in an earlier set; take the next one',
    ]);
  });
});

describe('what payers are told', () => {
  const at = new Date('2026-03-02T23:30:00+09:00');
  const midnight = new Date('2026-03-03T00:00:00+09:00');
  const cardFreesAt = new Date('2026-03-03T00:10:00+09:00');
  test.each<[string, string[], string[], Date | null]>([
    ['a limit of the day, until midnight', ['user-daily-count'], ['user-daily-count'], midnight],
    ['a card’s hour, until it is over', ['card-hourly-count'], ['card-hourly-count'], cardFreesAt],
    [
      'of two the later',
      ['user-daily-count', 'card-hourly-count'],
      ['user-daily-count', 'card-hourly-count'],
      cardFreesAt,
    ],
    ['never a pattern', ['account-many-cards'], ['not-possible'], null],
    ['nor a limit beside one', ['user-daily-count', 'account-many-cards'], ['not-possible'], null],
    ['that the membership ended', ['member-withdrawn'], ['member-withdrawn'], null],
  ])('%s', (_law, rules, told, freesAt) => {
    expect(toldOf({ rules, at, cardFreesAt })).toEqual({ rules: told, freesAt });
  });
});
