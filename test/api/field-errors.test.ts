/** What people read when a field is wrong: every field of every operation, with every kind of wrong value. */
import { operationsOf } from '../../api/app';
import { FIELD_NAMES } from '../../api/http/field-words';
import type { Operation } from '../../api/http/operation';
import { type Language, Problem } from '../../api/http/problem';
import { FIELD_RULES, type FieldError, validate } from '../../api/http/validate';
import { z } from '../../api/http/zod';
import { type BareApi, type Member, startBareApi } from './bare-api';

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi();
  payer = await api.member();
});
afterAll(() => api.stop());

/** Nobody writes these by chance: they must not come back. */
const MARKS = ['kim-min-su', '0701234567', 'minsu@'];
const WRONG: readonly unknown[] = [
  ...[undefined, null, true, false, 0, -1, 1.5, 1e21, 999, 5_000_001, Number.NaN],
  ...['', ' ', '\0', '\u202e', '\ud800', '\u200b', 'x'.repeat(10_000), '가'.repeat(3_000)],
  ...['kim-min-su', '0701234567', 'minsu@', '010-1234-5678', '2026-13-45', '999'],
  ...[[], ['kim-min-su'], [null], ['a', 'b', 'c', 'd', 'e'], {}, { 'kim-min-su': 1 }],
];

type Path = readonly string[];

/** Every field of a schema, down through objects. */
function fieldsOf(schema: z.ZodType, path: Path = []): Path[] {
  const inner = unwrapped(schema);
  if (!(inner instanceof z.ZodObject)) return path.length > 0 ? [path] : [];
  const below = Object.entries(inner.shape).flatMap(([name, field]) => fieldsOf(field as z.ZodType, [...path, name]));
  return path.length > 0 ? [path, ...below] : below;
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const { innerType, in: input } = schema.def as { innerType?: z.ZodType; in?: z.ZodType };
  const inner = innerType ?? input;
  return inner ? unwrapped(inner) : schema;
}

const withValue = ([name = '', ...rest]: Path, value: unknown): unknown => ({
  [name]: rest.length > 0 ? withValue(rest, value) : value,
});

interface Asked {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly path: Path;
}
const asked = (): Asked[] =>
  operationsOf(api.deps).flatMap(({ method, path, query, body, accepts }: Operation) =>
    [query, ...(accepts === 'json' ? [body] : [])].flatMap((schema) =>
      fieldsOf(schema as z.ZodType).map((field) => ({
        name: `${method} ${path} ${field.join('.')}`,
        schema: schema as z.ZodType,
        path: field,
      })),
    ),
  );

function errorsOf(schema: z.ZodType, input: unknown, language: Language): readonly FieldError[] {
  try {
    validate(schema, input, language);
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.more.extra?.errors as FieldError[];
  }
}

/** Every error of every field with every wrong value, in the language. */
const errorsIn = (language: Language) =>
  asked().flatMap(({ name, schema, path }) =>
    WRONG.flatMap((value) => errorsOf(schema, withValue(path, value), language).map((error) => ({ name, ...error }))),
  );

const REGEX_OR_LIBRARY =
  /[\\^$[\]{}|*<>]|\(\?|\bregex|pattern|expected|received|\binvalid\b|\binput\b|\bzod\b|\bNaN\b|undefined|null|\bunion\b|\benum\b|\bnaïve\b|safeint|too_/i;

test('a field has a name that people know', () => {
  const unnamed = asked().filter(({ path }) => !((path.at(-1) ?? '') in FIELD_NAMES));
  expect(unnamed.map(({ name }) => name)).toEqual([]);
});

test('a Korean message is Korean: no pattern, nothing of a library, no Latin letter, and never the value', () => {
  const errors = errorsIn('ko');
  expect(errors.length).toBeGreaterThan(500);
  const strays = errors.filter(
    ({ message }) =>
      !/[가-힣]/.test(message) ||
      /[A-Za-z]/.test(message) ||
      REGEX_OR_LIBRARY.test(message) ||
      MARKS.some((mark) => message.includes(mark)),
  );
  expect(strays).toEqual([]);
});

test('an English message is English: no pattern, nothing of a library, and never the value', () => {
  const strays = errorsIn('en').filter(
    ({ message }) =>
      !/^[A-Z]/.test(message) ||
      /[가-힣]/.test(message) ||
      REGEX_OR_LIBRARY.test(message) ||
      MARKS.some((mark) => message.includes(mark)),
  );
  expect(strays).toEqual([]);
});

test('an error has its place and its rule, for programs, and no name that is not ours', () => {
  for (const { path, field, rule, message } of errorsIn('ko')) {
    expect(FIELD_RULES).toContain(rule);
    expect(message.length).toBeLessThanOrEqual(200);
    expect(`${path} ${field}`).not.toContain('kim');
    expect(
      path === ''
        ? ''
        : path
            .split('.')
            .filter((part) => !/^\d+$/.test(part))
            .at(-1),
    ).toBe(field);
  }
});

const recipient = { bankCode: '092', accountNumber: '11012345671234', holderName: '이수취' };
const deal = () => ({ recipientId: payer.recipientId, principal: 100_000, purpose: '월세' });
test.each([
  ['nothing', () => ({ ...deal(), principal: undefined }), 'required', '보낼 금액이 필요해요.'],
  ['a text', () => ({ ...deal(), principal: '1000' }), 'type', '보낼 금액은 숫자여야 해요.'],
  ['a fraction', () => ({ ...deal(), principal: 1_000.5 }), 'type', '보낼 금액은 정수여야 해요.'],
  ['too little', () => ({ ...deal(), principal: 999 }), 'min', '보낼 금액은 1,000원 이상이어야 해요.'],
  ['too much', () => ({ ...deal(), principal: 5_000_001 }), 'max', '보낼 금액은 5,000,000원 이하여야 해요.'],
])('an amount of %s', async (_, body, rule, message) => {
  const { body: problem } = await payer.post('/v1/deals', body());
  expect(problem.errors).toEqual([expect.objectContaining({ path: 'principal', field: 'principal', rule, message })]);
});

test('a field is told one thing at a time, the narrower of two bounds', async () => {
  const { body } = await payer.post('/v1/deals', { recipientId: [], principal: 1e21, purpose: [] });
  expect(body.errors).toMatchObject([
    { path: 'recipientId', rule: 'type' },
    { path: 'principal', rule: 'max', max: 5_000_000 },
    { path: 'purpose', rule: 'type' },
  ]);
});

test('bounds and choices are told to programs too', async () => {
  const { body: amount } = await payer.post('/v1/deals', { ...deal(), principal: 999 });
  expect(amount.errors).toMatchObject([{ rule: 'min', min: 1_000 }]);
  const { body: status } = await payer.call('GET', '/v1/deals?status=GONE');
  expect(status.errors).toMatchObject([{ path: expect.stringMatching(/^status/), rule: 'choice' }]);
  expect(JSON.stringify(status.errors)).toContain('TRANSFER_FAILED');
});

test.each([
  ['ko', '계좌번호는 숫자 10–14자리예요.'],
  ['en', 'An account number has 10 to 14 digits.'],
])('an account number of another form is told how one is written (%s)', async (language, message) => {
  const wrong = { ...recipient, accountNumber: '12345' };
  const { body } = await payer.call('POST', '/v1/recipients', wrong, { 'accept-language': language });
  expect(body.errors).toEqual([{ path: 'accountNumber', field: 'accountNumber', rule: 'format', message }]);
});

test('a refused field that needed more than its schema has its rule too', async () => {
  const { body } = await payer.call('PUT', '/v1/users/me/consents', { terms: false });
  expect(body.errors).toMatchObject([{ path: 'terms', field: 'terms', rule: 'not-allowed' }]);
});
