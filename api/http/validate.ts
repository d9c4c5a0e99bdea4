/** Checks input against its schema; what is wrong is told by path and rule, never by value or by an unknown name. */
import { type Language, Problem, type Words } from './problem';
import { z } from './zod';

const LOCALES = { ko: z.locales.ko().localeError, en: z.locales.en().localeError };
/** Callers choose the names of fields that are not ours: they may hold anything. */
const UNKNOWN_FIELD: Words = { ko: '알 수 없는 항목이 있습니다.', en: 'There is an unknown field.' };
/** A rule of our own brings its words with it (`params.words`). */
const wordsIn =
  (language: Language): z.core.$ZodErrorMap =>
  (issue) => {
    if (issue.code === 'unrecognized_keys') return UNKNOWN_FIELD[language];
    const words = issue.code === 'custom' ? (issue.params?.words as Words | undefined) : undefined;
    return words?.[language] ?? LOCALES[language](issue);
  };
const ERROR_MAPS = { ko: wordsIn('ko'), en: wordsIn('en') };
const ERRORS_MAX = 20;
const TEXT_MAX = 200;

/** The checked value, or `invalid-request` with `errors: [{path, message}]`. */
export function validate<T>(schema: z.ZodType<T>, input: unknown, language: Language): T {
  const result = schema.safeParse(input, { error: ERROR_MAPS[language] });
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, ERRORS_MAX).map(({ path, message }) => ({
    path: path.join('.').slice(0, TEXT_MAX),
    message: message.slice(0, TEXT_MAX),
  }));
  throw new Problem('invalid-request', { extra: { errors } });
}
