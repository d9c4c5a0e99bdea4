/** Who is an operator: invitations, and their end. */
import { listAdminUsers } from '../../../db/admin-users';
import { ROLES_BY_TWO } from '../../../workflows/domain/operator-requests';
import { OPERATOR_ROLES } from '../../../workflows/domain/operator-roles';
import type { ApiDeps } from '../../deps';
import { type Operation, openOperation, operatorOperation } from '../../http/operation';
import { Problem, type Words } from '../../http/problem';
import { refusedField } from '../../http/validate';
import { z } from '../../http/zod';
import { password } from '../../passwords';
import { give } from '../give';
import { accept, disable, invitationOf, inviteAs } from '../people';
import { handle, totpCode } from '../proofs';
import { changeRole, takenWords } from '../roles';
import { operatorText, why } from '../texts';
import { answerOf, ORDERED, refusalOf } from './ordered';

type Deps = Pick<ApiDeps, 'db' | 'keys' | 'wallClock' | 'engine'>;
const tag = 'admin-operators';
const MISSING: Words = { ko: '사유가 있어야 합니다.', en: 'It is missing: another operator reads it.' };
const token = z
  .string()
  .min(1)
  .max(128)
  .openapi({ description: 'Of the invitation; of two people both halves, `<first>.<second>`.' });

export function peopleOperations(deps: Deps): Operation[] {
  return [list(deps), inviting(deps), looking(deps), accepting(deps), disabling(deps), changing(deps)];
}

const list = ({ db }: Deps): Operation =>
  operatorOperation({
    ...{ method: 'get', path: '/v1/admin/operators', tag, operationId: 'listOperators', right: 'operators.manage' },
    summary: 'All operators',
    answers: {
      200: z.object({
        items: z.array(
          z.object({
            ...{ handle, role: z.enum(OPERATOR_ROLES), status: z.enum(['INVITED', 'ACTIVE', 'DISABLED']) },
            createdAt: z.iso.datetime(),
          }),
        ),
      }),
    },
    problems: [],
    async handle() {
      const all = await listAdminUsers(db);
      const items = all.map(({ handle, role, status, createdAt }) => ({
        ...{ handle, role, status, createdAt: createdAt.toISOString() },
      }));
      return { status: 200, body: { items } };
    },
  });

const inviting = ({ db, engine, wallClock }: Deps): Operation =>
  operatorOperation({
    ...{ method: 'post', path: '/v1/admin/invitations', tag, operationId: 'inviteOperator', right: 'operators.manage' },
    summary: 'Invite somebody to be an operator',
    description: 'Somebody who has not accepted yet is invited anew, and the token of before opens nothing any more.',
    body: z.strictObject({
      ...{ handle, role: z.enum(OPERATOR_ROLES) },
      reason: operatorText
        .optional()
        .openapi({ description: 'Why; required for a role that another operator approves.' }),
      allowedAddresses: z
        .array(z.union([z.cidrv4(), z.cidrv6()]))
        .min(1)
        .max(20)
        .optional()
        .openapi({ example: ['203.0.113.0/24'], description: 'Networks that they may call from; absent: any.' }),
    }),
    answers: {
      201: z.object({ token, expiresAt: z.iso.datetime() }),
      202: z.object({ token, requestId: z.uuid(), words: z.string() }).openapi({
        description: 'To a role that moves money: the first half of the token; who approves has the second.',
      }),
    },
    problems: ['handle-taken', 'not-now'],
    async handle({ operator, body, req }) {
      const { reason } = body;
      if (reason === undefined && ROLES_BY_TWO.includes(body.role)) throw refusedField(req, 'reason', MISSING);
      const deps = { db, engine: async () => engine };
      const made = await inviteAs(deps, operator, { ...body, reason: reason ?? '' }, wallClock());
      if (made.kind === 'requested') {
        const { token, requestId, words } = made;
        return { status: 202, body: { token, requestId, words } };
      }
      if (made.kind === 'refused')
        throw made.words === takenWords(body.handle) ? new Problem('handle-taken') : refusalOf(made);
      return { status: 201, body: { token: made.token, expiresAt: made.expiresAt.toISOString() } };
    },
  });

const looking = (deps: Deps): Operation =>
  openOperation({
    ...{ method: 'post', path: '/v1/admin/invitations/look', tag, operationId: 'lookAtInvitation' },
    summary: 'What an authenticator needs of whoever was invited',
    limit: 'operatorLoginsPerIp',
    body: z.strictObject({ token }),
    answers: {
      200: z.object({
        ...{ handle, secret: z.string(), uri: z.string() },
      }),
    },
    problems: ['unauthenticated', 'too-many-requests'],
    async handle({ body }) {
      const invited = await invitationOf(deps, body.token);
      if (!invited) throw new Problem('unauthenticated');
      const { handle, secret, uri } = invited;
      return { status: 200, body: { handle, secret, uri } };
    },
  });

const accepting = (deps: Deps): Operation =>
  openOperation({
    ...{ method: 'post', path: '/v1/admin/invitations/accept', tag, operationId: 'acceptInvitation' },
    summary: 'Become the operator who was invited',
    limit: 'operatorLoginsPerIp',
    body: z.strictObject({ token, password, totpCode }),
    answers: { 204: null },
    problems: ['unauthenticated', 'invalid-code', 'too-many-requests'],
    async handle({ body, req }) {
      const answer = await accept(deps, body);
      if (answer.kind === 'over') throw new Problem('unauthenticated');
      if (answer.kind === 'wrong-code') throw new Problem('invalid-code');
      if (answer.kind === 'bad-password') throw refusedField(req, 'password', answer.words);
      return { status: 204 };
    },
  });

const disabling = ({ db, wallClock }: Deps): Operation =>
  operatorOperation({
    ...{ method: 'post', path: '/v1/admin/operators/{handle}/disable', tag, operationId: 'disableOperator' },
    right: 'operators.manage',
    summary: 'End an operator, for good',
    description: 'Their sessions end at once; their handle is never another’s.',
    params: z.object({ handle }),
    body: z.strictObject(why),
    answers: { 204: null },
    problems: ['not-found'],
    async handle({ operator, params, body }) {
      const ended = await disable(db, params.handle, { actor: operator, now: wallClock(), reason: body.reason });
      if (ended.kind === 'refused') throw new Problem('not-found');
      return { status: 204 };
    },
  });

const changing = ({ db, engine }: Deps): Operation =>
  operatorOperation({
    ...{ method: 'post', path: '/v1/admin/operators/{handle}/role', tag, operationId: 'changeOperatorRole' },
    ...{ ...ORDERED, right: 'operators.manage' },
    summary: 'Ask for another role of an operator',
    description: 'Another operator approves it; it counts at once then, in the sessions that they have too.',
    params: z.object({ handle }),
    body: z.strictObject({ ...why, role: z.enum(OPERATOR_ROLES) }),
    async handle({ operator, params, body }) {
      const deps = { db, engine: async () => engine };
      return answerOf(await give(deps, operator, changeRole, { about: params, input: body }));
    },
  });
