/** Passwords of payers and operators: how they are written, which are refused, and what is kept of them. */
import { hash } from '@node-rs/argon2';
import { COMMON_PASSWORDS } from './common-passwords';
import type { Words } from './http/problem';
import { lengthAsSeen } from './http/visible-text';
import { z } from './http/zod';

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
const COMMON: Words = {
  ko: '너무 흔한 비밀번호입니다. 다른 비밀번호를 정해 주세요.',
  en: 'It is one of the passwords that everybody tries first: choose another.',
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
      `${PASSWORD.min} to ${PASSWORD.max} characters as people count them; nothing of one’s own, such as the phone ` +
      'or the name, and none that everybody tries first.',
  });

/** Capitals, spaces and punctuation make no other password of it. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

const ROWS = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  '1q2w3e4r5t6y7u8i9o0p',
];
const reversed = (text: string): string => [...text].reverse().join('');
const SEQUENCES = [...ROWS, ...ROWS.map(reversed)];
/** Less of a row may stand in a good password. */
const RUN_MIN = 8;
const isRun = (given: string): boolean =>
  given.length >= RUN_MIN && SEQUENCES.some((sequence) => sequence.includes(given));
/** One to four characters, again and again; of spaces and punctuation too. */
const REPEATED = /^(.{1,4}?)\1+.{0,3}$/su;

/** Whose words are no password of theirs, and how they are told. */
interface Own {
  readonly texts: readonly string[];
  readonly words: Words;
}

/** Why it is refused; undefined: it is not. */
export function passwordFault(password: string, own: Own): Words | undefined {
  const given = plain(password);
  if (own.texts.map(plain).some((word) => word !== '' && given === word)) return own.words;
  const isCommon = COMMON_PASSWORDS.has(given) || isRun(given);
  return isCommon || REPEATED.test(password.toLowerCase()) ? COMMON : undefined;
}

/** What is kept of a password (argon2id). */
export const hashPassword = (password: string): Promise<string> => hash(password);
