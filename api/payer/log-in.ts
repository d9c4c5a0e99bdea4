/** Login, refresh, logout. Answers never tell whether an e-mail is known. */
import { hash, verify } from '@node-rs/argon2';
import { findUser, findUserByEmail } from '../../db/users';
import type { ApiDeps } from '../deps';
import type { Limiter } from '../http/middleware/rate-limit';
import { type Operation, openOperation, payerOperation } from '../http/operation';
import { Problem } from '../http/problem';
import { z } from '../http/zod';
import { email } from './identifiers';
import { hashOfIdentifier, openMember } from './member';
import { sessionBody, sessionSchema } from './session-body';
import type { Sessions } from './sessions';

const refreshToken = z.string().min(1).max(128);

/** Compared against when the e-mail is unknown, so that both cases take the same time. */
const dummyHash = hash('no password is this one');

interface LogInParts {
  readonly sessions: Sessions;
  readonly limit: Limiter;
}

export function logInOperations(deps: ApiDeps, parts: LogInParts): Operation[] {
  return [logIn(deps, parts), refresh(deps, parts), logOut(parts)];
}

const tag = 'auth';

function logIn({ db, keys }: ApiDeps, { sessions, limit }: LogInParts): Operation {
  return openOperation({
    method: 'post',
    path: '/v1/auth/login',
    tag,
    summary: 'Log in',
    body: z.strictObject({ email, password: z.string().min(1).max(128) }),
    answers: { 200: sessionSchema },
    problems: ['unauthenticated', 'too-many-requests'],
    async handle({ body, req }) {
      await limit('loginsPerIp', req.ip ?? '');
      await limit('loginsPerEmailAndIp', `${body.email}\0${req.ip}`);
      await limit('loginsPerEmail', body.email);
      const user = await findUserByEmail(db, hashOfIdentifier(keys, 'email', body.email));
      const matches = await verify(user?.passwordHash ?? (await dummyHash), body.password);
      if (!user || !matches) throw new Problem('unauthenticated');
      return { status: 200, body: sessionBody(await sessions.open(user.id), await openMember(keys, user)) };
    },
  });
}

function refresh({ db, keys }: ApiDeps, { sessions }: LogInParts): Operation {
  return openOperation({
    method: 'post',
    path: '/v1/auth/refresh',
    tag,
    summary: 'Exchange the refresh token for new tokens',
    description: 'Each refresh token works once; using one twice ends its session.',
    body: z.strictObject({ refreshToken }),
    answers: { 200: sessionSchema },
    problems: ['unauthenticated'],
    async handle({ body }) {
      const renewed = await sessions.renew(body.refreshToken);
      const user = renewed && (await findUser(db, renewed.userId));
      if (!renewed || !user) throw new Problem('unauthenticated');
      return { status: 200, body: sessionBody(renewed, await openMember(keys, user)) };
    },
  });
}

function logOut({ sessions }: LogInParts): Operation {
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
