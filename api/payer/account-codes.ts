/** Codes by SMS and mail, whatever they are for: the limits of a phone count all of its codes together. */
import type { Request } from 'express';
import { v7 as uuid } from 'uuid';
import { placeOf } from '../../db/encrypted-columns';
import { type CodeTemplate, enqueueNotice } from '../../db/notices';
import type { Language } from '../../workflows/domain/words/words';
import type { ApiDeps } from '../deps';
import { addressOf } from '../http/client-address';
import type { Limiter } from '../http/middleware/rate-limit';
import { type CodePurpose, createCodes } from './codes';

type SmsPurpose = Exclude<CodePurpose, 'email'>;
const TEMPLATES: Readonly<Record<SmsPurpose, CodeTemplate>> = {
  'sign-up': 'auth-code',
  'password-reset': 'password-reset-code',
  'old-phone': 'old-phone-code',
  'new-phone': 'new-phone-code',
};

interface CodeBySms {
  readonly purpose: SmsPurpose;
  readonly phone: string;
  /** What the code is for, beside the phone: it proves nothing else. Default: the phone alone. */
  readonly address?: string;
  /** False: the code is made, and nobody gets it, so that a stranger sees no difference. Default: true. */
  readonly send?: boolean;
  /** What its reader reads; absent: of nobody who is known. */
  readonly language?: Language | undefined;
}

interface CodeByMail {
  readonly purpose: 'email';
  readonly email: string;
  /** What the code is for, beside the e-mail: it proves nothing else. */
  readonly address: string;
  readonly language: Language;
}

/** Counts a code that a stranger enters, before it is looked at: who guesses is refused before the code is void. */
export async function countTry(limit: Limiter, req: Request, phone: string): Promise<void> {
  await limit('codeTriesHere', `${phone}\0${addressOf(req)}`);
}

/**
 * Counts a code that a stranger asks for by SMS. A phone gets few from one address, long before it has had enough from
 * all of them: whose it is should still get one.
 */
export async function countStrangersCode(limit: Limiter, req: Request, phone: string): Promise<void> {
  await limit('codesPerIpAndHour', addressOf(req));
  await limit('codesPerPhoneHere', `${phone}\0${addressOf(req)}`);
  await countCodes(limit, phone);
}

/** Counts the SMS that somebody asks for; `too-many-requests` when a phone, or everybody, has had enough. */
export async function countCodes(limit: Limiter, ...phones: readonly string[]): Promise<void> {
  for (const phone of phones) {
    await limit('codesPerPhone', phone);
    await limit('codesPerPhoneAndDay', phone);
    await limit('codesInAll', '');
  }
}

/** Makes a code and puts it into the outbox. Count it before. */
export async function sendCode(
  { db, keys, redis }: Pick<ApiDeps, 'db' | 'keys' | 'redis'>,
  to: CodeBySms | CodeByMail,
): Promise<void> {
  const id = uuid();
  const address = to.purpose === 'email' ? to.address : (to.address ?? to.phone);
  const { code, hash, issue } = await createCodes({ redis, keys }).issue(to.purpose, address);
  const sealed = { encrypted: await keys.encrypt(code, placeOf('noticeSecret', id)), hash, issue };
  const held = { id, code: sealed, ...(to.language && { language: to.language }) };
  if (to.purpose === 'email') {
    const emailEncrypted = await keys.encrypt(to.email, placeOf('noticeEmail', id));
    return enqueueNotice(db, { template: 'email-code', ...held, emailEncrypted });
  }
  const phoneEncrypted = await keys.encrypt(to.phone, placeOf('noticePhone', id));
  const isForNobody = !(to.send ?? true);
  return enqueueNotice(db, { template: TEMPLATES[to.purpose], ...held, phoneEncrypted, isForNobody });
}
