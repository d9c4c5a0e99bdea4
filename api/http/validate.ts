/**
 * Checks input against its schema. What is wrong is told by path and rule, in words for people: never by value, by a
 * pattern, or by a name that is not ours. A rule of our own brings its words: `refine(…, {params: {rule, words}})`.
 */
import type { Request } from 'express';
import { ANY_FIELD, FIELD_FORMS, FIELD_NAMES, WHOLE, WON_FIELDS } from './field-words';
import { type Language, languageOf, Problem, type Words } from './problem';
import type { z } from './zod';

/** What a value broke, for programs. */
export const FIELD_RULES = [
  'required',
  'type',
  'choice',
  'min',
  'max',
  'length',
  'format',
  'characters',
  'personal-data',
  'not-allowed',
  'unknown-field',
] as const;
type FieldRule = (typeof FIELD_RULES)[number];

/** One thing that is wrong with a request. */
export interface FieldError {
  /** Names and indices from the body or query down, with dots between them; empty: the whole of it. */
  readonly path: string;
  /** The last name of the path. */
  readonly field: string;
  readonly rule: FieldRule;
  readonly message: string;
  /** Of `min`, `max` and `length`: the bounds; of `choice`: the values. */
  readonly min?: number;
  readonly max?: number;
  readonly allowed?: readonly unknown[];
}

const ERRORS_MAX = 20;
const TEXT_MAX = 200;
const UNKNOWN_FIELD: Words = { ko: '알 수 없는 항목이 있어요.', en: 'There is an unknown field.' };

type Issue = z.core.$ZodIssue;
type Found = Omit<FieldError, 'path' | 'field' | 'message'> & { readonly words: Words };

/** The checked value, or `invalid-request` with `errors`. */
export function validate<T>(schema: z.ZodType<T>, input: unknown, language: Language): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const errors = new Map<string, FieldError>();
  for (const issue of result.error.issues) {
    const { words, ...found } = findingOf(issue, input);
    const error = { ...placeOf(issue.path), ...found, message: words[language].slice(0, TEXT_MAX) };
    const before = errors.get(error.path);
    // One word a field; of two bounds the later one is the narrower.
    if (!before || before.rule === error.rule) errors.set(error.path, error);
  }
  throw new Problem('invalid-request', { extra: { errors: [...errors.values()].slice(0, ERRORS_MAX) } });
}

/** `invalid-request` about one field, by a rule that needs more than the field. */
export function refusedField(req: Request, path: string, words: Words): Problem {
  const error: FieldError = { ...placeOf(path.split('.')), rule: 'not-allowed', message: words[languageOf(req)] };
  return new Problem('invalid-request', { extra: { errors: [error] } });
}

function placeOf(path: readonly PropertyKey[]): Pick<FieldError, 'path' | 'field'> {
  return { path: path.map(String).join('.').slice(0, TEXT_MAX), field: fieldOf(path) };
}

const fieldOf = (path: readonly PropertyKey[]): string =>
  path.findLast((part): part is string => typeof part === 'string')?.slice(0, TEXT_MAX) ?? '';

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part], input);

function findingOf(issue: Issue, input: unknown): Found {
  const field = fieldOf(issue.path);
  const name = field === '' ? WHOLE : (FIELD_NAMES[field] ?? ANY_FIELD);
  const malformed: Found = { rule: 'format', words: FIELD_FORMS[field] ?? badForm(name) };
  switch (issue.code) {
    case 'unrecognized_keys':
      return { rule: 'unknown-field', words: UNKNOWN_FIELD };
    case 'invalid_type':
      if (valueAt(input, issue.path) === undefined) return missing(name);
      return { rule: 'type', words: wrongType(name, issue.expected) };
    case 'invalid_value':
      return valueAt(input, issue.path) === undefined
        ? missing(name)
        : { rule: 'choice', words: noChoice(name), allowed: issue.values };
    case 'too_small':
    case 'too_big':
      return outOfBounds(issue, field, name);
    case 'invalid_format':
      return issue.format === 'uuid' ? { rule: 'format', words: chooseAgain(name) } : malformed;
    case 'custom': {
      const { words, rule = 'format' } = (issue.params ?? {}) as { words?: Words; rule?: FieldRule };
      return words ? { rule, words } : malformed;
    }
    default:
      return malformed;
  }
}

type BoundIssue = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig;

function outOfBounds(issue: BoundIssue, field: string, name: Words): Found {
  const [side, bound] =
    issue.code === 'too_small' ? (['min', Number(issue.minimum)] as const) : (['max', Number(issue.maximum)] as const);
  if (issue.origin === 'string' && side === 'min' && bound <= 1) return missing(name);
  const isLength = issue.origin === 'string' || issue.origin === 'array';
  const unit =
    UNITS[issue.origin === 'array' ? 'items' : isLength ? 'characters' : WON_FIELDS.has(field) ? 'won' : 'none'];
  return { rule: isLength ? 'length' : side, [side]: bound, words: boundWords(name, side, bound, unit) };
}

const UNITS = {
  items: { ko: '개', en: ' entries' },
  characters: { ko: '자', en: ' characters' },
  won: { ko: '원', en: ' won' },
  none: { ko: '', en: '' },
} as const satisfies Readonly<Record<string, Words>>;

const missing = (name: Words): Found => ({
  rule: 'required',
  words: { ko: `${withParticle(name.ko, '이', '가')} 필요해요.`, en: `${capital(name.en)} is required.` },
});

const badForm = (name: Words): Words => ({
  ko: `${name.ko}의 형식이 올바르지 않아요.`,
  en: `${capital(name.en)} is not written as it should be.`,
});

/** Ids are chosen from what the API listed, and written by nobody. */
const chooseAgain = (name: Words): Words => ({
  ko: `${withParticle(name.ko, '을', '를')} 다시 골라 주세요.`,
  en: `Choose ${name.en} again.`,
});

const noChoice = (name: Words): Words => ({
  ko: `${name.ko}에 쓸 수 없는 값이에요.`,
  en: `${capital(name.en)} cannot have this value.`,
});

const TYPES: Readonly<Record<string, Words>> = {
  string: { ko: '글자', en: 'text' },
  number: { ko: '숫자', en: 'a number' },
  int: { ko: '정수', en: 'a whole number' },
  boolean: { ko: '참 또는 거짓', en: 'true or false' },
  array: { ko: '목록', en: 'a list' },
  object: { ko: '항목의 묶음', en: 'an object' },
};

function wrongType(name: Words, expected: string): Words {
  const type = TYPES[expected];
  if (!type) return noChoice(name);
  const topic = withParticle(name.ko, '은', '는');
  return {
    ko: `${topic} ${withParticle(type.ko, '이어야', '여야')} 해요.`,
    en: `${capital(name.en)} must be ${type.en}.`,
  };
}

function boundWords(name: Words, side: 'min' | 'max', bound: number, unit: Words): Words {
  const [ko, en] = side === 'min' ? ['이상', 'at least'] : ['이하', 'at most'];
  const topic = withParticle(name.ko, '은', '는');
  const amount = bound.toLocaleString('en-US');
  return {
    ko: `${topic} ${amount}${unit.ko} ${withParticle(ko, '이어야', '여야')} 해요.`,
    en: `${capital(name.en)} must be ${en} ${amount}${unit.en}.`,
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
/** Syllables of one beginning and vowel: one that ends open, and 27 that end in a consonant. */
const ENDINGS = 28;

/** The word with the particle that Korean puts after a consonant, or after a vowel. */
function withParticle(word: string, afterConsonant: string, afterVowel: string): string {
  const last = word.charCodeAt(word.length - 1);
  const closed = last >= FIRST_SYLLABLE && last <= LAST_SYLLABLE && (last - FIRST_SYLLABLE) % ENDINGS > 0;
  return `${word}${closed ? afterConsonant : afterVowel}`;
}
