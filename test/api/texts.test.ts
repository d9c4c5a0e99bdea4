/** How people may write who they are: phones, names and passwords as keyboards and address books give them. */
import { randomUUID } from 'node:crypto';
import { COMMON_PASSWORDS } from '../../api/common-passwords';
import { text } from '../../api/http/zod';
import { createCodes } from '../../api/payer/codes';
import { phone } from '../../api/payer/identifiers';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

let last = 0;
async function signUp(more: Record<string, string>) {
  const number = `0108888${(++last).toString().padStart(4, '0')}`;
  const { code } = await createCodes(api.deps).issue('sign-up', number);
  const person = { phone: number, name: '홍길동', email: `${randomUUID()}@example.com`, password: 'correct horse' };
  return api.call('POST', '/v1/auth/signup', { ...person, code, ...more });
}

test.each([
  '010-1234-5678',
  '010 1234 5678',
  '010.1234.5678',
  ' 01012345678 ',
  '０１０１２３４５６７８',
  '０１０－１２３４－５６７８',
  '010–1234—5678',
  '+82 10-1234-5678',
  '+82 (0)10-1234-5678',
  '+821012345678',
  '＋８２１０１２３４５６７８',
  '0082-10-1234-5678',
  '\u202d010-1234-5678\u202c',
])('%j is 01012345678', (written) => {
  expect(phone.parse(written)).toBe('01012345678');
});

test.each(['', '0101234', '02-1234-5678', '+1 010 1234 5678', '010-1234-567a', '82 10 1234 5678', '1'.repeat(2_000)])(
  '%.20j is no phone',
  (written) => {
    expect(phone.safeParse(written).success).toBe(false);
  },
);

test.each([
  ['a Hangul filler', '\u3164'],
  ['a Choseong filler', '\u115f'],
  ['a Jungseong filler', '\u1160'],
  ['a half-width filler', '\uffa0'],
  ['an empty Braille cell', '\u2800'],
  ['a zero-width space', '\u200b'],
  ['a joiner', '\u200d'],
  ['a variation selector', '\ufe0f'],
  ['a late variation selector', '\u{e0100}'],
  ['a tag', '\u{e0041}'],
  ['a soft hyphen', '\u00ad'],
  ['a combining grapheme joiner', '\u034f'],
  ['a no-break space', '\u00a0'],
  ['a byte-order mark', '\ufeff'],
  ['several of them', '\u3164\u200b \u2800\ufe0f'],
])('a name of %s shows nothing and is refused', async (_, name) => {
  expect(text(50).safeParse(name).success).toBe(false);
});

test.each(['홍길동', 'A', '李', 'José', '👨‍👩‍👧', '\u3164홍'])('%j is a name', (name) => {
  expect(text(50).safeParse(name).success).toBe(true);
});

const FAMILY = '👨‍👩‍👧‍👦'; // seven code points, eleven code units, one character

test('names are counted in characters as people see them', () => {
  expect(text(5).safeParse(FAMILY.repeat(5)).success).toBe(true);
  expect(text(5).safeParse(FAMILY.repeat(6)).success).toBe(false);
  expect(text(3).safeParse('홍길동'.normalize('NFD')).success).toBe(true);
  expect(text(50).safeParse(`a${'\u0301'.repeat(2_000)}`).success).toBe(false);
});

test.each([
  ['twelve characters', 'twelve chars', 201],
  ['eleven characters', 'elevenchars', 422],
  ['eleven of many units each', `${FAMILY.repeat(2)}가나다라마바사아자`, 422],
  ['twelve of many units each', `${FAMILY}👩‍🚀가나다라마바사아자차`, 201],
  ['eleven and what shows nothing', `elevenchars\u200b\u3164`, 422],
  ['a hundred and twenty-eight', `${'가나다라마바사아'.repeat(15)}abcdefgh`, 201],
  ['a hundred and twenty-nine', `${'가나다라마바사아'.repeat(15)}abcdefghi`, 422],
  ['half a character', `twelve chars\ud800`, 422],
])('a password of %s', async (_, password, status) => {
  expect((await signUp({ password })).status).toBe(status);
});

test('a password is the same however a keyboard composes it', async () => {
  const [email, password] = [`${randomUUID()}@example.com`, '한글로만든긴비밀번호입니다'];
  expect((await signUp({ email, password: password.normalize('NFD') })).status).toBe(201);
  for (const form of ['NFC', 'NFD'] as const)
    expect((await api.call('POST', '/v1/auth/login', { email, password: password.normalize(form) })).status).toBe(200);
});

test.each([
  ['the e-mail', { email: 'hong.gildong@example.com', password: 'Hong.Gildong@Example.com' }],
  ['what stands before the @', { email: 'hong.gildong.seoul@example.com', password: 'hong gildong seoul' }],
  ['the name', { name: 'Hong Gildong Seoul', password: 'honggildongseoul' }],
  ['a common one', { password: 'Password 1234' }],
  ['a run of the keyboard', { password: 'qwertyuiopas' }],
  ['a run backwards', { password: 'ponmlkjihgfe' }],
  ['one character again and again', { password: '!!!!!!!!!!!!' }],
  ['two characters again and again', { password: 'abababababab' }],
])('a password that is %s is refused in words', async (_, more) => {
  const { status, body } = await signUp(more);
  expect([status, body.errors]).toEqual([
    422,
    [{ path: 'password', field: 'password', rule: 'not-allowed', message: expect.stringMatching(/비밀번호/) }],
  ]);
});

test('a phone is no password, however it is written', async () => {
  const number = '01088889999';
  const { code } = await createCodes(api.deps).issue('sign-up', number);
  const { status, body } = await signUp({ phone: number, code, password: '010-8888-9999' });
  expect([status, body.code]).toEqual([422, 'invalid-request']);
});

test('every listed password is long enough to be chosen, and written as it is compared', () => {
  const plain = (word: string) => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  expect([...COMMON_PASSWORDS].filter((word) => word.length < 12 || plain(word) !== word)).toEqual([]);
});
