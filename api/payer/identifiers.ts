/** How a payer is told apart, and what they prove it with, as each may be written in a request. */
import type { Words } from '../http/problem';
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

/** From an SMS or a mail. */
export const code = z
  .string()
  .regex(/^\d{6}$/)
  .openapi({ description: 'Six digits that were sent; valid 3 minutes, once.' });
