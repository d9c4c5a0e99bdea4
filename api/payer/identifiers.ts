/** How a payer is told apart, and what they prove it with, as each may be written in a request. */
import type { Words } from '../http/problem';
import { lengthAsSeen } from '../http/visible-text';
import { z } from '../http/zod';

const MOBILE = /^01[016789]\d{7,8}$/;
const NOT_A_PHONE: Words = {
  ko: '휴대폰 번호가 아닙니다. 예: 010-1234-5678',
  en: 'It is not a Korean mobile number, such as 010-1234-5678.',
};

/** `+82 (0)10-1234-5678` as `01012345678`: how phones and address books write one number is no difference. */
const toDomestic = (given: string): string =>
  given
    .normalize('NFKC')
    .replace(/[\s\p{Cf}\p{Pd}.()]/gu, '')
    .replace(/^(\+|00)820?/, '0');

/** A Korean mobile number; kept as digits that begin with 01. */
export const phone = z
  .string()
  .max(40)
  .overwrite(toDomestic)
  .refine((given) => MOBILE.test(given), { params: { rule: 'format', words: NOT_A_PHONE } })
  .openapi({
    example: '01012345678',
    description: 'A Korean mobile number; dashes, spaces, full-width digits and +82 are taken.',
  });

export const email = z.email().max(254).toLowerCase();

const PASSWORD = { min: 12, max: 128 };
/** In all: no password that was once taken may be too long for the log-in. */
const PASSWORD_UNITS_MAX = 2_000;
const LENGTH: Words = {
  ko: `비밀번호는 ${PASSWORD.min}자 이상 ${PASSWORD.max}자 이하로 정해 주세요.`,
  en: `A password has ${PASSWORD.min} to ${PASSWORD.max} characters.`,
};
const HALF_A_CHARACTER: Words = {
  ko: '비밀번호에 쓸 수 없는 문자가 있습니다.',
  en: 'The password holds half a character.',
};

/** As somebody types one that they have: one schema for every door. Composed, since keyboards take 한 apart or not. */
export const enteredPassword = z.string().min(1).max(PASSWORD_UNITS_MAX).normalize('NFC');

const hasRightLength = (given: string): boolean => {
  const length = lengthAsSeen(given);
  return length >= PASSWORD.min && length <= PASSWORD.max;
};

/** As somebody chooses one; `passwordFault` knows what else is refused. */
export const password = enteredPassword
  .refine(hasRightLength, { params: { rule: 'length', words: LENGTH } })
  .refine((given) => !/\p{Cs}/u.test(given), { params: { rule: 'characters', words: HALF_A_CHARACTER } })
  .openapi({
    minLength: PASSWORD.min,
    description:
      `${PASSWORD.min} to ${PASSWORD.max} characters as people count them; not the phone, the e-mail or the name, ` +
      'and none that everybody tries first.',
  });

/** From an SMS or a mail. */
export const code = z
  .string()
  .regex(/^\d{6}$/)
  .openapi({ description: 'Six digits that were sent; valid 3 minutes, once.' });
