/** Login, refresh, logout. Answers never tell whether an e-mail is known. */
import { hash, verify } from '@node-rs/argon2';
import type { Request } from 'express';
import { findUser, findUserByEmail } from '../../db/users';
import type { ApiDeps } from '../deps';
import { CLIENT_HEADER, forget, isBrowser, keptIn } from '../http/browser';
import { addressOf } from '../http/client-address';
import type { Limiter } from '../http/middleware/rate-limit';
import { type Operation, openOperation, payerOperation } from '../http/operation';
import { languageOf, Problem } from '../http/problem';
import { validate } from '../http/validate';
import { z } from '../http/zod';
import { lookUpHashes } from '../look-up-hashes';
import { enteredPassword } from '../passwords';
import { hasEnded } from './account-access';
import { countLogIn, knownDevice } from './devices';
import { email } from './identifiers';
import { openMember } from './member';
import { answerWithSession, sessionBody, sessionSchema } from './session-body';
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

function logIn(deps: ApiDeps, { sessions, limit }: LogInParts): Operation {
  const { db, keys } = deps;
  return openOperation({
    method: 'post',
    path: '/v1/auth/login',
    tag,
    operationId: 'logIn',
    summary: 'Log in',
    description:
      'With the device token of an earlier log-in, or the cookie of it, the right password is heard whatever ' +
      'strangers tried meanwhile: such tries are counted for the device alone.',
    headers: CLIENT_HEADER,
    body: z.strictObject({
      email,
      password: enteredPassword,
      deviceToken: z.string().min(1).max(128).optional(),
    }),
    answers: { 200: sessionSchema },
    problems: ['unauthenticated', 'too-many-requests'],
    async handle({ body, req, res }) {
      const emailHashes = await lookUpHashes(deps, 'email', body.email);
      const token = body.deviceToken ?? (isBrowser(req) ? keptIn(req, 'deviceToken') : undefined);
      const device = token === undefined ? undefined : await knownDevice(deps, emailHashes, token);
      await countLogIn(limit, device, { email: body.email, address: addressOf(req) });
      const user = await findUserByEmail(db, emailHashes);
      const matches = await verify(user?.passwordHash ?? (await dummyHash), body.password);
      if (!user || !matches) throw new Problem('unauthenticated');
      const proven = { status: 200, passwordHash: user.passwordHash, device } as const;
      return answerWithSession(deps, sessions, { req, res }, await openMember(keys, user), proven);
    },
  });
}

function refresh({ db, keys }: ApiDeps, { sessions }: LogInParts): Operation {
  return openOperation({
    method: 'post',
    path: '/v1/auth/refresh',
    tag,
    operationId: 'refreshSession',
    summary: 'Exchange the refresh token for new tokens',
    description:
      'Send the newest refresh token. The one before it is answered for 20 s with the same next one, so that tabs ' +
      'that refresh at once, and a repeat after a lost answer, are safe; an older one ends the session.',
    headers: CLIENT_HEADER,
    body: z.strictObject({ refreshToken: refreshToken.optional() }).default({}),
    answers: { 200: sessionSchema },
    problems: ['unauthenticated', 'client-header-missing'],
    async handle({ body, req, res }) {
      const given = body.refreshToken ?? refreshCookieOf(req, body);
      const payer = await sessions.payerOfRefreshToken(given);
      const user = payer && (await findUser(db, payer.userId));
      if (!user || hasEnded(user, payer)) throw new Problem('unauthenticated');
      const member = await openMember(keys, user);
      const renewed = await sessions.renew(given); // last: what fails before it does not use the token up
      if (!renewed) throw new Problem('unauthenticated');
      return { status: 200, body: sessionBody({ req, res }, renewed, member) };
    },
  });
}

/** A browser that keeps none is logged out; anyone else should have sent one. */
function refreshCookieOf(req: Request, body: unknown): string {
  const kept = keptIn(req, 'refreshToken') ?? (isBrowser(req) ? '' : undefined);
  return kept ?? validate(z.strictObject({ refreshToken }), body, languageOf(req)).refreshToken;
}

function logOut({ sessions }: LogInParts): Operation {
  return payerOperation({
    method: 'post',
    path: '/v1/auth/logout',
    tag,
    operationId: 'logOut',
    summary: 'End the session',
    description: 'By the access token, or by the cookie of a browser, which forgets it. Its device stays known.',
    headers: CLIENT_HEADER,
    heardByCookie: true,
    answers: { 204: null },
    problems: ['client-header-missing'],
    async handle({ payer, req, res }) {
      await sessions.close(payer.userId, payer.sessionId);
      if (isBrowser(req)) forget(res, 'refreshToken');
      return { status: 204 };
    },
  });
}
