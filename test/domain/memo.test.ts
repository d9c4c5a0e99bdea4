import fc from 'fast-check';
import { BANKS } from '../../workflows/domain/banks';
import { defaultMemo, isDeniedMemo, isPrintable, memoWidthOf } from '../../workflows/domain/memo';

const charactersOf = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n));

test.each([
  ['월세', 2],
  ['10월 월세', 4.5],
  ['abcdefghijklmn', 7],
  ['Ａ동', 2],
  ['', 0],
])('"%s" is %d full-width characters wide', (memo, width) => {
  expect(memoWidthOf(memo)).toBe(width);
});

test('what a bank prints are the 2,350 syllables and 4,888 hanja of KS X 1001, and ASCII', () => {
  const count = (characters: string[]) => characters.filter(isPrintable).length;
  expect(count(charactersOf(0xac00, 0xd7a3))).toBe(2_350);
  expect(count([...charactersOf(0x4e00, 0x9fff), ...charactersOf(0xf900, 0xfaff)])).toBe(4_888);
  expect(count(charactersOf(0, 0x7f))).toBe(95);
});

test.each(['똠', '믜', '😀', 'é', '\u200b', '\u3164', '\u00ad', '\u3000', 'ᄒ', '\t', '\ue000'])(
  '"%s" is not printed',
  (one) => {
    expect(isPrintable(`월세${one}`)).toBe(false);
  },
);

test.each([
  ['박결제', '박결제'],
  ['박결제'.normalize('NFD'), '박결제'],
  ['황보 석이와 친구들', '황보 석이와 친'],
  ['Wolfgang Amadeus Mozart', 'Wolfgang Amade'],
  ['José Núñez', 'Jose Nunez'],
  ['박똠결', '박결'],
  ['①번 😀', '①번'],
  ['😀', 'PLIC'],
  ['  \u200b ', 'PLIC'],
  ['국세청', 'PLIC'],
  ['서울중앙지검 김검사', 'PLIC'],
])('a payer named "%s" is shown as "%s"', (name, memo) => {
  expect(defaultMemo(name)).toBe(memo);
});

test('whatever the name, the memo can be printed, fits, names no office, and is never empty', () => {
  const names = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'김국세청 .박é똠😀aZ') }));
  fc.assert(
    fc.property(names, (name) => {
      const memo = defaultMemo(name);
      expect([isPrintable(memo), memoWidthOf(memo) <= 7, isDeniedMemo(memo), memo.trim()]).toEqual([
        true,
        true,
        false,
        memo,
      ]);
      expect(memo).not.toBe('');
    }),
  );
});

test.each([
  '국세청',
  '국 세 청',
  '국.세-청 환급',
  '경찰청',
  '서울경찰',
  '검찰청',
  '금감원',
  '금융감독원',
  'KB국민은행',
  '국민은행',
  'ＫＢ국민은행',
  'kakaobank',
  'Toss  Bank',
  '토스뱅크',
  '농협',
  '씨발',
  '씨 !발',
  'ㅅㅂ',
  'FUCK',
  'ｆｕｃｋ',
  'ㄱㅕㅇ찰',
  '국세ㅊㅓㅇ',
  '구ㄱ세처ㅇ',
  '토스ㅂㅐㅇ크',
  'ㅅㅣ발놈',
  '국①세②청',
  '국1세２청',
  '바ㅂㅅ',
  '너ㅄ',
])('"%s" is no memo of a payer’s choice', (memo) => {
  expect(isDeniedMemo(memo)).toBe(true);
});

test.each([
  '10월 월세',
  '101동 관리비',
  '박결제',
  '은행동 월세',
  '우리집 월세',
  '하나네 보증금',
  '신한빌라 월세',
  '다시 발송',
  '뱅크샐러드',
  '새끼손가락',
  'rent Oct',
  '입생 월세',
  '조장 회비',
  '방법 2안',
])('"%s" is one', (memo) => {
  expect(isDeniedMemo(memo)).toBe(false);
});

test('no bank that can be paid is posed as, by either of its names', () => {
  for (const { name } of Object.values(BANKS))
    expect([name.ko, name.en].filter((one) => !isDeniedMemo(one))).toEqual([]);
});
