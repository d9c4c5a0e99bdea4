/** Sign-up by SMS code. Answers never tell whether a phone or an e-mail is known. */
import { hash } from '@node-rs/argon2';
import { v7 as uuid } from 'uuid';
import { placeOf } from '../../db/encrypted-columns';
import { enqueueNotice } from '../../db/notices';
import { addUser } from '../../db/users';
import type { ApiDeps } from '../deps';
import { CLIENT_HEADER } from '../http/browser';
import type { Limiter } from '../http/middleware/rate-limit';
import { type Operation, openOperation } from '../http/operation';
import { Problem } from '../http/problem';
import { text, z } from '../http/zod';
import { createCodes } from './codes';
import { email, password, phone } from './identifiers';
import { sealIdentifier } from './member';
import { answerWithSession, sessionSchema } from './session-body';
import type { Sessions } from './sessions';

const code = z
  .string()
  .regex(/^\d{6}$/)
  .openapi({ description: 'From the SMS; valid 3 minutes, once.' });
const name = text(50);

interface SignUpParts {
  readonly sessions: Sessions;
  readonly limit: Limiter;
}

export function signUpOperations(deps: ApiDeps, parts: SignUpParts): Operation[] {
  return [requestCode(deps, parts), signUp(deps, parts)];
}

const tag = 'auth';

function requestCode({ db, keys, ...deps }: ApiDeps, { limit }: SignUpParts): Operation {
  const codes = createCodes({ keys, ...deps });
  return openOperation({
    method: 'post',
    path: '/v1/auth/codes',
    tag,
    summary: 'Send a sign-up code by SMS',
    limit: 'codesPerIp',
    body: z.strictObject({ phone }),
    answers: { 202: null },
    problems: ['too-many-requests'],
    async handle({ body }) {
      await limit('codesPerPhone', body.phone);
      await limit('codesPerPhoneAndDay', body.phone);
      await limit('codesInAll', '');
      const id = uuid();
      const phoneEncrypted = await keys.encrypt(body.phone, placeOf('noticePhone', id));
      const secretEncrypted = await keys.encrypt(await codes.issue('sign-up', body.phone), placeOf('noticeSecret', id));
      await enqueueNotice(db, { template: 'auth-code', id, phoneEncrypted, secretEncrypted });
      return { status: 202 };
    },
  });
}

function signUp({ db, keys, clock, ...deps }: ApiDeps, { sessions }: SignUpParts): Operation {
  const codes = createCodes({ keys, ...deps });
  return openOperation({
    method: 'post',
    path: '/v1/auth/signup',
    tag,
    summary: 'Become a payer',
    body: z.strictObject({ phone, code, name, email, password }),
    answers: { 201: sessionSchema },
    problems: ['invalid-code', 'already-registered'],
    headers: CLIENT_HEADER,
    async handle({ body, req, res }) {
      if (!(await codes.redeem('sign-up', body.phone, body.code))) throw new Problem('invalid-code');
      const { phone, email, name } = body;
      const id = uuid();
      const member = {
        id,
        phone: await sealIdentifier(keys, 'phone', id, phone),
        email: await sealIdentifier(keys, 'email', id, email),
        nameEncrypted: await keys.encrypt(name, placeOf('name', id)),
        passwordHash: await hash(body.password),
      };
      const user = await addUser(db, member, clock());
      if (!user) throw new Problem('already-registered');
      const proven = { status: 201, passwordHash: member.passwordHash } as const;
      const shown = { id, grade: user.grade, phone, email, name };
      return answerWithSession({ db, keys, clock }, sessions, { req, res }, shown, proven);
    },
  });
}
