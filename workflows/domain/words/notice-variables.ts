/** The variables of notices: what each must be, how it reads in either language, and a sample as wide as any. */
import type { Language } from './words';

interface Variable<T> {
  /** What it is, for who gives a wrong one. */
  readonly is: string;
  readonly isRight: (value: unknown) => value is T;
  readonly write: (value: T, language: Language) => string;
  readonly sample: T;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isLike =
  (pattern: RegExp) =>
  (value: unknown): value is string =>
    isText(value) && pattern.test(value);
const variable = <T>(own: Variable<T>): Variable<T> => own;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `2026-12-02` as `12월 2일` or `Dec 2`. */
function dayIn(day: string, language: Language): string {
  const [, month = 0, date = 0] = day.split('-').map(Number);
  return language === 'ko' ? `${month}월 ${date}일` : `${MONTHS[month - 1]} ${date}`;
}
const isDay = isLike(/^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])$/);

/** A word that has a name in either language. */
type Named = Readonly<Record<Language, string>>;
const isNamed = (value: unknown): value is Named | string =>
  isText(value) || ['ko', 'en'].every((language) => isText((value as Partial<Named> | null)?.[language as Language]));
const nameIn = (name: Named | string, language: Language): string => (isText(name) ? name : name[language]);

export const NOTICE_VARIABLES = {
  dealNo: variable<string>({
    ...{ is: 'the number of a deal', isRight: isLike(/^[A-Z][0-9A-Z]{0,31}$/) },
    ...{ write: (value) => value, sample: 'PL261130K7Q2WMW4MQ' },
  }),
  amount: variable<number>({
    ...{ is: 'an amount in won', isRight: isCount, sample: 5_150_000 },
    write: (value, language) =>
      language === 'ko' ? `${value.toLocaleString('ko-KR')}원` : `KRW ${value.toLocaleString('en-US')}`,
  }),
  /** Null: before it is known, in what an operator is shown of an order that is not given yet. */
  statementBy: variable<string | null>({
    ...{ is: 'a day', isRight: (value): value is string | null => value === null || isDay(value) },
    write: (value, language) => (value === null ? { ko: 'M월 D일', en: 'MMM D' }[language] : dayIn(value, language)),
    sample: '2026-12-31',
  }),
  firstDay: variable<string>({ is: 'a day', isRight: isDay, write: dayIn, sample: '2026-12-01' }),
  /** One name for both languages: of a notice that was put in before there were two. */
  grade: variable<Named | string>({
    ...{ is: 'the names of a grade', isRight: isNamed, write: nameIn },
    sample: { ko: '플래티넘', en: 'Platinum' },
  }),
  feeBps: variable<number>({
    ...{ is: 'basis points', isRight: isCount, write: (value) => `${value / 100}%`, sample: 290 },
  }),
  issuer: variable<Named>({
    ...{ is: 'the names of a card issuer', write: nameIn },
    isRight: (value): value is Named => !isText(value) && isNamed(value),
    sample: { ko: '아이엠뱅크카드', en: 'MG Community Credit Card' },
  }),
  lastFour: variable<string>({
    ...{ is: 'four digits', isRight: isLike(/^\d{4}$/), write: (value) => value, sample: '0103' },
  }),
  expiry: variable<string>({
    ...{ is: 'a month', isRight: isLike(/^\d{4}-(0[1-9]|1[0-2])$/), sample: '2026-12' },
    write(value, language) {
      const [year, month] = value.split('-').map(Number);
      return language === 'ko' ? `${year}년 ${month}월` : `${MONTHS[(month ?? 0) - 1]} ${year}`;
    },
  }),
} as const;

export type VariableName = keyof typeof NOTICE_VARIABLES;
type ValueOf<N extends VariableName> = (typeof NOTICE_VARIABLES)[N]['sample'];
/** A value for each of these variables. */
export type Values<N extends VariableName> = { readonly [V in N]: ValueOf<V> };

/**
 * The variables of a notice as they read in this language. Throws, in words and without any value, when one is
 * missing, is none of `names`, or is not what it must be.
 */
export function writeVariables(
  names: readonly VariableName[],
  values: Readonly<Record<string, unknown>>,
  language: Language,
): Readonly<Record<string, string>> {
  const stray = Object.keys(values).find((name) => !(names as readonly string[]).includes(name));
  if (stray !== undefined) throw new Error(`it has no variable "${stray}"`);
  return Object.fromEntries(
    names.map((name) => {
      const { is, isRight, write } = NOTICE_VARIABLES[name] as Variable<unknown>;
      const value = values[name];
      if (value === undefined) throw new Error(`its variable "${name}" is missing`);
      if (!isRight(value)) throw new Error(`its variable "${name}" is not ${is}`);
      return [name, write(value, language)];
    }),
  );
}
