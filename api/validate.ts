/** Checks input against its schema; what is wrong is told by path and rule, never by value. */
import { type Language, Problem } from './problem';
import { z } from './zod';

const LOCALES = { ko: z.locales.ko().localeError, en: z.locales.en().localeError };
const ERRORS_MAX = 20;
const TEXT_MAX = 200;

/** The checked value, or `invalid-request` with `errors: [{path, message}]`. */
export function validate<T>(schema: z.ZodType<T>, input: unknown, language: Language): T {
  const result = schema.safeParse(input, { error: LOCALES[language] });
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, ERRORS_MAX).map(({ path, message }) => ({
    path: path.join('.').slice(0, TEXT_MAX),
    message: message.slice(0, TEXT_MAX),
  }));
  throw new Problem('invalid-request', { extra: { errors } });
}
