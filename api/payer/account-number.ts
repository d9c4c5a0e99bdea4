/** Account numbers as people write them: with spaces or dashes, also in full width. */
import type { Words } from '../http/problem';
import { z } from '../http/zod';

const DIGITS = /^\d{10,14}$/;
/** Far more than anybody writes. */
const WRITTEN_MAX = 64;
const WORDS: Words = {
  ko: '계좌번호는 숫자 10–14자리예요.',
  en: 'An account number has 10 to 14 digits.',
};

/** The digits alone, 10 to 14. */
export const accountNumber = z
  .string()
  .max(WRITTEN_MAX)
  .transform((written) => written.normalize('NFKC').replace(/[\s\p{Pd}\u2212]/gu, ''))
  .refine((number) => DIGITS.test(number), { params: { words: WORDS } })
  .openapi({
    type: 'string',
    description: '10 to 14 digits; spaces and dashes between them say nothing.',
    example: '110-1234-5678901',
  });
