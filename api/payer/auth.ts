/** Sign-up by SMS code, login, refresh, logout. Answers never tell whether a phone or an e-mail is known. */
import { hash, verify } from '@node-rs/argon2';
import { v7 as uuid } from 'uuid';
import { placeOf } from '../../db/encrypted-columns';
import { enqueueNotice } from '../../db/notices';
import { addUser, findUser, findUserByEmail, type User } from '../../db/users';
import type { ApiDeps } from '../deps';
import type { Limiter } from '../http/middleware/rate-limit';
import { type Operation, openOperation, payerOperation } from '../http/operation';
import { Problem } from '../http/problem';
import { text, z } from '../http/zod';
import { createCodes } from './codes';
import type { Sessions, Tokens } from './sessions';

const phone = z
  .string()
  .regex(/^01[016789]\d{7,8}$/)
  .openapi({ example: '01012345678' });
const email = z.email().max(254).toLowerCase();
const password = z.string().min(12).max(128);
const refreshToken = z.string().min(1).max(128);
const code = z
  .string()
  .regex(/^\d{6}$/)
  .openapi({ description: 'From the SMS; valid 3 minutes, once.' });
const name = text(50);

const userSchema = z
  .object({ id: z.uuid(), name: z.string(), email: z.string(), phone: z.string(), grade: z.string() })
  .openapi('User');
const session = z.object({ accessToken: z.string(), refreshToken: z.string(), user: userSchema }).openapi('Session');

/** Compared against when the e-mail is unknown, so that both cases take the same time. */
const dummyHash = hash('no password is this one');

interface AuthParts {
  readonly sessions: Sessions;
  readonly limit: Limiter;
}

export function authOperations(deps: ApiDeps, parts: AuthParts): Operation[] {
  return [requestCode(deps, parts), signUp(deps, parts), logIn(deps, parts), refresh(deps, parts), logOut(parts)];
}

const tag = 'auth';
const sessionBody = ({ accessToken, refreshToken }: Tokens, { id, name, email, phone, grade }: User) => ({
  accessToken,
  refreshToken,
  user: { id, name, email, phone, grade },
});

function requestCode({ db, keys, ...deps }: ApiDeps, { limit }: AuthParts): Operation {
  const codes = createCodes({ keys, ...deps });
  return openOperation({
    method: 'post',
    path: '/v1/auth/codes',
    tag,
    summary: 'Send a sign-up code by SMS',
    body: z.strictObject({ phone }),
    answers: { 202: null },
    problems: ['too-many-requests'],
    async handle({ body, req }) {
      await limit('codesPerIp', req.ip ?? '');
      await limit('codesPerPhone', body.phone);
      await limit('codesPerPhoneAndDay', body.phone);
      const id = uuid();
      const secretEncrypted = await keys.encrypt(await codes.issue(body.phone), placeOf('noticeSecret', id));
      await enqueueNotice(db, { template: 'auth-code', id, phone: body.phone, secretEncrypted });
      return { status: 202 };
    },
  });
}

function signUp({ db, keys, clock, ...deps }: ApiDeps, { sessions }: AuthParts): Operation {
  const codes = createCodes({ keys, ...deps });
  return openOperation({
    method: 'post',
    path: '/v1/auth/signup',
    tag,
    summary: 'Become a payer',
    body: z.strictObject({ phone, code, name, email, password }),
    answers: { 201: session },
    problems: ['invalid-code', 'already-registered'],
    async handle({ body }) {
      if (!(await codes.redeem(body.phone, body.code))) throw new Problem('invalid-code');
      const { code: _used, password, ...person } = body;
      const member = { id: uuid(), ...person, passwordHash: await hash(password) };
      const user = await addUser(db, member, clock());
      if (!user) throw new Problem('already-registered');
      return { status: 201, body: sessionBody(await sessions.open(user.id), user) };
    },
  });
}

function logIn({ db }: ApiDeps, { sessions, limit }: AuthParts): Operation {
  return openOperation({
    method: 'post',
    path: '/v1/auth/login',
    tag,
    summary: 'Log in',
    body: z.strictObject({ email, password: z.string().min(1).max(128) }),
    answers: { 200: session },
    problems: ['unauthenticated', 'too-many-requests'],
    async handle({ body, req }) {
      await limit('loginsPerIp', req.ip ?? '');
      await limit('loginsPerEmailAndIp', `${body.email}\0${req.ip}`);
      await limit('loginsPerEmail', body.email);
      const user = await findUserByEmail(db, body.email);
      const matches = await verify(user?.passwordHash ?? (await dummyHash), body.password);
      if (!user || !matches) throw new Problem('unauthenticated');
      return { status: 200, body: sessionBody(await sessions.open(user.id), user) };
    },
  });
}

function refresh({ db }: ApiDeps, { sessions }: AuthParts): Operation {
  return openOperation({
    method: 'post',
    path: '/v1/auth/refresh',
    tag,
    summary: 'Exchange the refresh token for new tokens',
    description: 'Each refresh token works once; using one twice ends its session.',
    body: z.strictObject({ refreshToken }),
    answers: { 200: session },
    problems: ['unauthenticated'],
    async handle({ body }) {
      const renewed = await sessions.renew(body.refreshToken);
      const user = renewed && (await findUser(db, renewed.userId));
      if (!renewed || !user) throw new Problem('unauthenticated');
      return { status: 200, body: sessionBody(renewed, user) };
    },
  });
}

function logOut({ sessions }: AuthParts): Operation {
  return payerOperation({
    method: 'post',
    path: '/v1/auth/logout',
    tag,
    summary: 'End the session',
    answers: { 204: null },
    problems: [],
    async handle({ payer }) {
      await sessions.close(payer.sessionId);
      return { status: 204 };
    },
  });
}
