/** zod with OpenAPI metadata: schemas are the single source of types, checks and documentation. */
import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { holdsPersonalData } from '../../workflows/domain/personal-data';
import type { Words } from '../../workflows/domain/words/words';
import { isShown, lengthAsSeen } from './visible-text';

extendZodWithOpenApi(z); // before any schema is made

export { z };

/**
 * Control characters, halves of surrogate pairs, line separators, and marks that turn the direction of what follows.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** Of one character as people count them; those with more are made to break a page. */
const UNITS_A_CHARACTER = 16;

const tooLong = (max: number) => ({
  rule: 'length',
  words: { ko: `${max}자 이하로 적어 주세요.`, en: `It must have at most ${max} characters.` },
});
const UNPRINTABLE_WORDS: Words = {
  ko: '쓸 수 없는 문자가 있거나, 보이는 글자가 없어요.',
  en: 'It holds a character that cannot be used, or nothing that can be seen.',
};

/**
 * Text that people read: composed (NFC: some phones send 한 as three letters), trimmed, 1 to `max` characters as people
 * count them, something visible in it, nothing that a log or a database refuses.
 */
export const text = (max: number) =>
  z
    .string()
    .normalize('NFC')
    .trim()
    .min(1)
    .refine((given) => given.length <= max * UNITS_A_CHARACTER, { params: tooLong(max), abort: true })
    .refine((given) => lengthAsSeen(given) <= max, { params: tooLong(max) })
    .refine((given) => given === '' || (!UNPRINTABLE.test(given) && isShown(given)), {
      params: { rule: 'characters', words: UNPRINTABLE_WORDS },
    })
    .openapi({ maxLength: max * UNITS_A_CHARACTER });

const IMPERSONAL: Words = {
  ko: '전화번호, 이메일 주소, 인증 정보는 적을 수 없습니다. 빼고 다시 보내 주세요.',
  en: 'It must hold no phone number, e-mail address or token: leave it out.',
};

/** Text about a deal, which operators read too: nobody's phone number or address in it. */
export const impersonalText = (max: number) =>
  text(max).refine((given) => !holdsPersonalData(given), { params: { rule: 'personal-data', words: IMPERSONAL } });

/** A row's id; capitals are the same id. */
export const id = z.uuid().toLowerCase();

/** Words that an answer carries in both languages. */
export const bothLanguages = z.object({ ko: z.string(), en: z.string() });
