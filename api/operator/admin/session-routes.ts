/** Operators log in and out over the API, and see who they are and what they may do. */
import { audit } from '../../../db/admin-audit';
import { endAdminSession, type Operator } from '../../../db/admin-sessions';
import {
  OPERATOR_RIGHTS,
  OPERATOR_ROLES,
  type OperatorRight,
  RIGHTS_OF,
} from '../../../workflows/domain/operator-roles';
import type { ApiDeps } from '../../deps';
import { plainAddressOf } from '../../http/client-address';
import { type Operation, openOperation, operatorOperation } from '../../http/operation';
import { Problem } from '../../http/problem';
import { z } from '../../http/zod';
import { enteredPassword } from '../../passwords';
import { logIn } from '../log-in';
import { handle, totpCode } from '../proofs';

const RIGHTS = Object.keys(OPERATOR_RIGHTS) as OperatorRight[];

const operatorSchema = z
  .object({
    handle,
    role: z.enum(OPERATOR_ROLES),
    rights: z.array(z.enum(RIGHTS)).openapi({ description: 'What the role may do (docs/operators.md).' }),
    endsAt: z.iso.datetime().openapi({ description: 'The session ends then; and 15 minutes after its last use.' }),
  })
  .openapi('Operator');

/** An operator as they see themselves. */
const operatorBody = ({ handle, role, endsAt }: Operator) => ({
  ...{ handle, role, rights: RIGHTS_OF[role], endsAt: endsAt.toISOString() },
});

const tag = 'admin-sessions';

export function adminSessionOperations(deps: Pick<ApiDeps, 'db' | 'keys' | 'wallClock'>): Operation[] {
  return [open(deps), end(deps), me()];
}

function open(deps: Pick<ApiDeps, 'db' | 'keys' | 'wallClock'>): Operation {
  return openOperation({
    method: 'post',
    path: '/v1/admin/sessions',
    tag,
    operationId: 'openAdminSession',
    summary: 'Log in as an operator',
    description:
      'A refusal does not tell what was wrong. After five wrong tries from one network it refuses everything from ' +
      'there for a minute, then for twice as long each time, up to an hour. A code of the authenticator counts once.',
    limit: 'operatorLoginsPerIp',
    body: z.strictObject({ handle, password: enteredPassword, totpCode }),
    answers: {
      201: z.object({
        token: z.string().openapi({ description: 'Sent as `Authorization: Bearer …`; it is shown once.' }),
        operator: operatorSchema,
      }),
    },
    problems: ['unauthenticated', 'too-many-requests'],
    async handle({ body, req }) {
      const opened = await logIn(deps, { place: 'api', address: plainAddressOf(req) }, body);
      if (!opened) throw new Problem('unauthenticated');
      return { status: 201, body: { token: opened.token, operator: operatorBody(opened.operator) } };
    },
  });
}

function end({ db, wallClock }: Pick<ApiDeps, 'db' | 'wallClock'>): Operation {
  return operatorOperation({
    method: 'delete',
    path: '/v1/admin/sessions/current',
    tag,
    operationId: 'endAdminSession',
    summary: 'Log out',
    right: 'self.use',
    answers: { 204: null },
    problems: [],
    async handle({ operator }) {
      await db.transaction(async (trx) => {
        await endAdminSession(trx, operator.sessionId, wallClock());
        const entry = { action: 'log-out', subjectKind: 'operator', subject: operator.handle } as const;
        await audit(trx, operator, { ...entry, outcome: 'done' });
      });
      return { status: 204 };
    },
  });
}

function me(): Operation {
  return operatorOperation({
    method: 'get',
    path: '/v1/admin/me',
    tag,
    operationId: 'getAdminMe',
    summary: 'Who one is, and what one may do',
    right: 'self.use',
    answers: { 200: operatorSchema },
    problems: [],
    handle: async ({ operator }) => ({ status: 200, body: operatorBody(operator) }),
  });
}
