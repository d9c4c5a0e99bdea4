/** Which passwords are refused although they are long enough: those that a stranger tries first. */
import { hash } from '@node-rs/argon2';
import type { Request } from 'express';
import type { Words } from '../http/problem';
import { refusedField } from '../http/validate';
import { COMMON_PASSWORDS } from './common-passwords';
import type { Member } from './member';

type Owner = Pick<Member, 'phone' | 'email' | 'name'>;

const OWN: Words = {
  ko: '전화번호, 이메일, 이름은 비밀번호로 쓸 수 없습니다.',
  en: 'The phone, the e-mail or the name is no password.',
};
const COMMON: Words = {
  ko: '너무 흔한 비밀번호입니다. 다른 비밀번호를 정해 주세요.',
  en: 'It is one of the passwords that everybody tries first: choose another.',
};

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

/** Why it is refused; undefined: it is not. */
function passwordFault(password: string, { phone, email, name }: Owner): Words | undefined {
  const given = plain(password);
  const own = [phone, email, email.slice(0, email.lastIndexOf('@')), name].map(plain);
  if (own.some((word) => word !== '' && given === word)) return OWN;
  const isCommon = COMMON_PASSWORDS.has(given) || isRun(given);
  return isCommon || REPEATED.test(password.toLowerCase()) ? COMMON : undefined;
}

/** Refuses, in words, a password that this owner must not have. */
export function requireGoodPassword(req: Request, path: string, password: string, owner: Owner): void {
  const fault = passwordFault(password, owner);
  if (fault) throw refusedField(req, path, fault);
}

/** What is kept of a password (argon2id). */
export const hashPassword = (password: string): Promise<string> => hash(password);
