/** What the recipient's statement will show of a deal: the payer's words, or the payer's name. */
import { placeOf } from '../../db/encrypted-columns';
import type { NewDeal } from '../../db/views/payer-deals';
import { defaultMemo, isDeniedMemo, isPrintable, MEMO_WIDTH_MAX, memoWidthOf } from '../../workflows/domain/memo';
import type { ApiDeps } from '../deps';
import { Problem, type Words } from '../http/problem';
import { text } from '../http/zod';
import { memberOf } from './account-access';

const TOO_WIDE: Words = {
  ko: `받는 분 통장 표시는 한글 ${MEMO_WIDTH_MAX}자(영문·숫자 ${MEMO_WIDTH_MAX * 2}자)까지예요.`,
  en: `It must be at most ${MEMO_WIDTH_MAX} Korean characters wide; two letters or digits are as wide as one.`,
};
const NOT_PRINTABLE: Words = {
  ko: '은행에서 표시할 수 없는 글자가 있어요. 한글, 영문, 숫자로 적어 주세요.',
  en: 'It has a character that banks cannot print: write Korean, English or digits.',
};

/** A space is a space, however wide. */
export const memoText = text(MEMO_WIDTH_MAX * 2)
  .transform((given) => given.replace(/\s+/gu, ' '))
  .refine((memo) => isPrintable(memo), { params: { words: NOT_PRINTABLE } })
  .refine((memo) => memoWidthOf(memo) <= MEMO_WIDTH_MAX, { params: { words: TOO_WIDE } })
  .openapi({
    type: 'string',
    description:
      `What the recipient's statement shows; your name by default. At most ${MEMO_WIDTH_MAX} full-width characters ` +
      `(Korean), or ${MEMO_WIDTH_MAX * 2} half-width ones, of EUC-KR.`,
    example: '10월 월세',
  });

/** The memo as the deal keeps it, however the payer is named later. The name itself, given as a wish, is no change. */
export async function freezeMemo(
  { db, keys }: Pick<ApiDeps, 'db' | 'keys'>,
  { id, userId }: Pick<NewDeal, 'id' | 'userId'>,
  wished: string | undefined,
): Promise<Pick<NewDeal, 'memoEncrypted' | 'memoChanged'>> {
  const { nameEncrypted } = await memberOf({ db }, { userId });
  const own = defaultMemo(await keys.decrypt(nameEncrypted, placeOf('name', userId)));
  const memo = wished ?? own;
  const memoChanged = memo !== own;
  if (memoChanged && isDeniedMemo(memo)) throw new Problem('memo-refused');
  return { memoEncrypted: await keys.encrypt(memo, placeOf('memo', id)), memoChanged };
}
