/** Proving who one is (본인확인, PASS): the app opens a link, and asks for the result when the member comes back. */
import { v7 as uuid } from 'uuid';
import { placeOf } from '../../db/encrypted-columns';
import { addVerification, findVerification } from '../../db/identities';
import { findUser } from '../../db/users';
import { taskQueuesOf } from '../../infra/temporal/client';
import { OPEN_IDENTITY_WORKFLOW, READ_IDENTITY_WORKFLOW } from '../../workflows/deal/messages';
import { IDENTITY_FAILURES } from '../../workflows/domain/words/codes';
import type { IdentityStanding } from '../../workflows/verify-identity-ports';
import type { ApiDeps } from '../deps';
import type { Limiter } from '../http/middleware/rate-limit';
import { type Operation, payerOperation } from '../http/operation';
import { Problem } from '../http/problem';
import { id, z } from '../http/zod';
import { enteredPassword } from '../passwords';
import { answerOfWorkflow } from '../short-workflow';
import { requirePassword } from './account-access';
import { openMember } from './member';

const OFF = {
  ko: '이 서비스에서는 본인확인을 하지 않습니다.',
  en: 'Identities are not checked here.',
};

const tag = 'users';
const link = z.object({
  verificationId: z.uuid(),
  url: z.url().openapi({ description: 'Where the member proves who they are: open it in the app or the browser.' }),
});
const proven = z.object({ verified: z.literal(true), name: z.string(), verifiedAt: z.iso.datetime() });

export function identityOperations(deps: ApiDeps, limit: Limiter): Operation[] {
  return [beginCheck(deps, limit), confirmCheck(deps)];
}

function requireOn({ config }: ApiDeps): void {
  if (config.identity === 'off') throw new Problem('not-found', { detail: OFF });
}

function beginCheck(deps: ApiDeps, limit: Limiter): Operation {
  const { db, keys, clock } = deps;
  return payerOperation({
    method: 'post',
    path: '/v1/users/me/identity',
    tag,
    operationId: 'beginIdentityCheck',
    summary: 'Begin to prove who you are',
    limit: 'identityChecksPerPayer',
    description:
      'With the password: whoever borrows a session binds no person to it. Again, too, when a name changed by law. ' +
      '404 where identities are not checked.',
    body: z.strictObject({ password: enteredPassword }),
    answers: { 201: link },
    problems: ['not-found', 'wrong-password', 'identity-unavailable'],
    async handle({ payer, body }) {
      requireOn(deps);
      const { id: userId } = await requirePassword(deps, limit, payer, body.password);
      const verificationId = uuid();
      await addVerification(db, verificationId, userId, clock());
      const workflowId = `identity-open-${verificationId}`;
      await ask<void>(deps, OPEN_IDENTITY_WORKFLOW, workflowId, verificationId);
      const urlEncrypted = (await findVerification(db, verificationId, userId))?.urlEncrypted;
      if (!urlEncrypted) throw new Problem('identity-unavailable'); // another check was begun meanwhile
      const url = await keys.decrypt(urlEncrypted, placeOf('identityUrl', verificationId));
      return { status: 201, body: { verificationId, url } };
    },
  });
}

function confirmCheck(deps: ApiDeps): Operation {
  const { db, keys } = deps;
  return payerOperation({
    method: 'post',
    path: '/v1/users/me/identity/confirm',
    tag,
    operationId: 'confirmIdentity',
    summary: 'Ask for the result',
    limit: 'identityReadsPerPayer',
    description: 'The verified name becomes yours. `identity-pending` while you have not finished: ask again.',
    body: z.strictObject({ verificationId: id }),
    answers: { 200: proven },
    problems: [
      ...(['not-found', 'identity-pending', 'person-known', 'person-differs'] as const),
      ...(['identity-failed', 'identity-unavailable'] as const),
    ],
    async handle({ payer: { userId }, body: { verificationId } }) {
      requireOn(deps);
      if (!(await findVerification(db, verificationId, userId))) throw new Problem('not-found');
      const workflowId = `identity-read-${verificationId}`;
      const standing = await ask<IdentityStanding>(deps, READ_IDENTITY_WORKFLOW, workflowId, verificationId);
      if (standing.kind === 'pending') throw new Problem('identity-pending');
      if (standing.kind === 'failed') throw failed(standing.code);
      const user = await findUser(db, userId);
      if (!user?.identityVerifiedAt) throw new Problem('unauthenticated'); // withdrew meanwhile
      const { name } = await openMember(keys, user);
      return { status: 200, body: { verified: true, name, verifiedAt: user.identityVerifiedAt.toISOString() } };
    },
  });
}

/** Asked twice at once it is one run; asked later it is another. */
function ask<T>({ temporal, config }: ApiDeps, type: string, workflowId: string, verificationId: string): Promise<T> {
  const taskQueue = taskQueuesOf(config.temporal.taskQueue).deals;
  const args: [string] = [verificationId];
  const options = { workflowId, taskQueue, workflowIdConflictPolicy: 'USE_EXISTING', args } as const;
  const run = () => temporal.workflow.execute<(id: string) => Promise<T>>(type, options);
  return answerOfWorkflow(temporal, run, 'identity-unavailable');
}

/** Ours have a code of their own; the provider's are one, with its reason in words. */
function failed(code: string): Problem {
  if (code === 'person-known' || code === 'person-differs') return new Problem(code);
  const detail = IDENTITY_FAILURES[code];
  return new Problem('identity-failed', { ...(detail && { detail }), extra: { reason: code } });
}
