/** What of a payer's own is no password of theirs. */
import type { Request } from 'express';
import type { Words } from '../http/problem';
import { refusedField } from '../http/validate';
import { passwordFault } from '../passwords';
import type { Member } from './member';

type Owner = Pick<Member, 'phone' | 'email' | 'name'>;

const OWN: Words = {
  ko: '전화번호, 이메일, 이름은 비밀번호로 쓸 수 없습니다.',
  en: 'The phone, the e-mail or the name is no password.',
};

/** Refuses, in words, a password that this owner must not have. */
export function requireGoodPassword(req: Request, path: string, password: string, owner: Owner): void {
  const { phone, email, name } = owner;
  const texts = [phone, email, email.slice(0, email.lastIndexOf('@')), name];
  const fault = passwordFault(password, { texts, words: OWN });
  if (fault) throw refusedField(req, path, fault);
}
