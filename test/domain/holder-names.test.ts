/** 예금주 조회: names that say the same are one holder, names that do not are never taken for one. */
import fc from 'fast-check';
import { isSameHolder } from '../../workflows/domain/holder-names';

const CUT = 20;
const same = (given: string, told: string): boolean => isSameHolder(given, told, CUT);

test.each([
  ['김수취', '김 수취', 'spaces'],
  ['김수취'.normalize('NFD'), '김수취', 'letters that a phone took apart'],
  ['㈜한빛상사', '(주)한빛상사', 'the sign for a company'],
  ['Lee Minho', 'LEE MINHO', 'capitals'],
  ['ＬＥＥ', 'lee', 'full width'],
  ['김\u200b수취', '김수취', 'what nobody sees'],
  ['주식회사한빛부동산임대관리', '주식회사한빛부동산임', 'what the bank has no room for (20 bytes)'],
  ['A주식회사한빛부동산임대관리', 'A주식회사한빛부동산', 'half a letter that the bank left out (19 bytes)'],
])('"%s" and "%s" are one holder: they differ in %s', (given, told) => {
  expect(same(given, told)).toBe(true);
});

test.each([
  ['김수취', '김수치', 'another letter'],
  ['김수취', '김수', 'a short name is not a cut one'],
  ['김수', '김수취', 'the bank knows more of the name'],
  ['한빛상사', '(주)한빛상사', 'a person is not a company of that name'],
  ['김수취', ' ', 'no name at all'],
])('"%s" and "%s" are two holders: %s', (given, told) => {
  expect(same(given, told)).toBe(false);
});

const hangul = fc.string({ unit: fc.integer({ min: 0xac00, max: 0xd7a3 }).map((code) => String.fromCharCode(code)) });

test('a name is its own holder however it is spaced and composed, and a name that lacks or changes a letter is not', () => {
  fc.assert(
    fc.property(hangul, hangul, (head, tail) => {
      const name = `${head}가${tail}`;
      expect(same(name, ` ${head.normalize('NFD')} 가${tail}`)).toBe(true);
      expect(same(name, `${head}나${tail}`)).toBe(false);
      if (tail !== '') expect(same(`${head}가`, name)).toBe(false); // the bank's name may be cut, the payer's may not
    }),
  );
});
