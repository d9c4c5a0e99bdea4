/** A member's password: changed by whoever knows it, set anew by whoever has the phone. */

import { verify } from '@node-rs/argon2';
import type { Request } from 'express';
import { removeDevices } from '../../db/devices';
import { enqueueNotice } from '../../db/notices';
import { changePassword, findUserByPhone, type User } from '../../db/users';
import type { ApiDeps } from '../deps';
import { CLIENT_HEADER } from '../http/browser';
import { type Operation, openOperation, payerOperation } from '../http/operation';
import { Problem, type Words } from '../http/problem';
import { refusedField } from '../http/validate';
import { z } from '../http/zod';
import { lookUpHashes } from '../look-up-hashes';
import { enteredPassword, hashPassword, password } from '../passwords';
import { type AccountParts, changeAndEndSessions, requirePassword } from './account-access';
import { countStrangersCode, countTry, sendCode } from './account-codes';
import { createCodes } from './codes';
import { code, phone } from './identifiers';
import { openMember } from './member';
import { requireGoodPassword } from './password-rules';
import { answerWithSession, sessionSchema } from './session-body';

export function passwordOperations(deps: ApiDeps, parts: AccountParts): Operation[] {
  return [change(deps, parts), requestReset(deps, parts), confirmReset(deps, parts)];
}

const SAME: Words = {
  ko: '지금 쓰는 비밀번호와 다른 비밀번호를 정해 주세요.',
  en: 'It is the password that you have: choose another.',
};

/** Refuses, in words, what is no new password for this member. */
async function requireNewPassword({ keys }: ApiDeps, req: Request, user: User, newPassword: string): Promise<void> {
  requireGoodPassword(req, 'newPassword', newPassword, await openMember(keys, user));
  if (await verify(user.passwordHash, newPassword)) throw refusedField(req, 'newPassword', SAME);
}

function change(deps: ApiDeps, { sessions, limit }: AccountParts): Operation {
  return payerOperation({
    method: 'post',
    path: '/v1/users/me/password',
    tag: 'account',
    operationId: 'changePassword',
    summary: 'Change the password',
    description: 'Ends every other session, and tells the member by SMS.',
    body: z.strictObject({ currentPassword: enteredPassword, newPassword: password }),
    answers: { 204: null },
    problems: ['wrong-password'],
    async handle({ payer, body, req }) {
      const user = await requirePassword(deps, limit, payer, body.currentPassword);
      await requireNewPassword(deps, req, user, body.newPassword);
      const passwordHash = await hashPassword(body.newPassword);
      const ending = { userId: user.id, exceptSessionId: payer.sessionId };
      await changeAndEndSessions({ ...deps, sessions }, ending, async (trx) => {
        if (!(await changePassword(trx, user, passwordHash))) throw new Problem('wrong-password');
        await enqueueNotice(trx, { template: 'password-changed', userId: user.id });
      });
      return { status: 204 };
    },
  });
}

function requestReset(deps: ApiDeps, { limit }: AccountParts): Operation {
  return openOperation({
    method: 'post',
    path: '/v1/auth/password-resets',
    tag: 'auth',
    operationId: 'requestPasswordReset',
    summary: 'Send a code by SMS to set the password anew',
    limit: 'codesPerIp',
    description: 'The answer is the same whether a member has the phone; only a member gets an SMS.',
    body: z.strictObject({ phone }),
    answers: { 202: null },
    problems: ['too-many-requests'],
    async handle({ body, req }) {
      await countStrangersCode(limit, req, body.phone);
      const user = await findUserByPhone(deps.db, await lookUpHashes(deps, 'phone', body.phone));
      const to = { phone: body.phone, send: user !== undefined, language: user?.language };
      await sendCode(deps, { purpose: 'password-reset', ...to });
      return { status: 202 };
    },
  });
}

function confirmReset(deps: ApiDeps, { sessions, limit }: AccountParts): Operation {
  const codes = createCodes(deps);
  return openOperation({
    method: 'post',
    path: '/v1/auth/password-resets/confirm',
    tag: 'auth',
    operationId: 'resetPassword',
    summary: 'Set the password anew with the code',
    description:
      'Ends every session, forgets every device, tells the member by SMS, and opens a session here: whoever has the ' +
      'phone is not kept out by those who guess. A refused password leaves the code valid.',
    body: z.strictObject({ phone, code, newPassword: password }),
    limit: 'provesPerIp',
    headers: CLIENT_HEADER,
    answers: { 200: sessionSchema },
    problems: ['invalid-code'],
    async handle({ body, req, res }) {
      await countTry(limit, req, body.phone);
      const proof = await codes.prove('password-reset', body.phone, body.code);
      const user = proof && (await findUserByPhone(deps.db, await lookUpHashes(deps, 'phone', body.phone)));
      if (!user) throw new Problem('invalid-code');
      await requireNewPassword(deps, req, user, body.newPassword);
      const passwordHash = await hashPassword(body.newPassword);
      await changeAndEndSessions({ ...deps, sessions }, { userId: user.id }, async (trx) => {
        if (!(await changePassword(trx, user, passwordHash))) throw new Problem('invalid-code');
        await removeDevices(trx, user.id, deps.clock());
        await enqueueNotice(trx, { template: 'password-changed', userId: user.id });
      });
      await codes.redeem('password-reset', body.phone, body.code);
      const member = await openMember(deps.keys, user);
      return answerWithSession(deps, sessions, { req, res }, member, { status: 200, passwordHash });
    },
  });
}
