/** What two people give: the list of requests, one of them, and how another operator decides it. */
import { type AdminRequest, adminRequests, findAdminRequest } from '../../../db/views/admin-requests';
import { REQUEST_KINDS, REQUEST_STANDINGS } from '../../../workflows/domain/operator-requests';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { Problem } from '../../http/problem';
import { id, z } from '../../http/zod';
import { approve, reject, withdraw } from '../requests';
import { operatorText, why } from '../texts';
import { flag, instant, isOn, listOperation } from './list-route';
import { answerOf, ORDERED, orderedSchema } from './ordered';

type Deps = Pick<ApiDeps, 'db' | 'engine'>;
const tag = 'admin-requests';

const kind = z.enum(REQUEST_KINDS as [AdminRequest['kind'], ...AdminRequest['kind'][]]);
const standing = z.enum(REQUEST_STANDINGS as [AdminRequest['standing'], ...AdminRequest['standing'][]]);
const requestSchema = z
  .object({
    ...{ id: z.uuid(), kind, subjectKind: z.string(), subject: z.string(), dealNo: z.string().nullable() },
    input: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'What the order takes, without its reason; masked.' }),
    ...{ evidenceId: z.uuid().nullable(), reason: z.string(), maker: z.string().openapi({ example: 'operator:kim' }) },
    ...{ madeAt: instant, expiresAt: instant, standing, checker: z.string().nullable(), decidedAt: instant.nullable() },
    firstChecker: z
      .string()
      .nullable()
      .openapi({ description: 'Of what whoever broke the glass asks for: the first of the two who approve it.' }),
    ...{ decidedReason: z.string().nullable(), endedAt: instant.nullable(), outcome: z.string().nullable() },
  })
  .openapi('AdminRequest');

/** Reading, approving, rejecting and withdrawing requests; each is made by giving its order. */
export const adminRequestOperations = (deps: Deps): Operation[] => [
  list(deps),
  one(deps),
  approving(deps),
  rejecting(deps),
  withdrawing(deps),
];

const list = (deps: Deps): Operation =>
  listOperation(deps, {
    ...{
      path: 'requests',
      operationId: 'listRequests',
      summary: 'What waits for a second person, and what became of it',
    },
    description: 'With `open=true` the open ones, the oldest first; else all, newest first.',
    ...{ right: 'deals.read', listing: adminRequests, item: requestSchema },
    filters: {
      ...{ open: flag, standing: standing.optional(), kind: kind.optional() },
      ...{ maker: z.string().max(100).optional(), subject: z.string().max(300).optional() },
    },
    filterOf: ({ open, ...given }) => ({ ...given, open: isOn(open) }),
  });

const approvedSchema = orderedSchema
  .extend({
    token: z.string().nullable().openapi({
      description: 'Of an invitation: the second half of its token, shown once, for you to give to who was invited.',
    }),
  })
  .openapi('AdminApproved');

const named = { params: z.object({ id }) };

const one = ({ db }: Deps): Operation =>
  operatorOperation({
    ...{ method: 'get', path: '/v1/admin/requests/{id}', tag, operationId: 'getRequest', right: 'deals.read' },
    ...named,
    summary: 'One request',
    answers: { 200: requestSchema },
    problems: ['not-found'],
    async handle({ params }) {
      const found = await findAdminRequest(db, params.id);
      if (!found) throw new Problem('not-found');
      return { status: 200, body: found };
    },
  });

const ordering = ({ db, engine }: Deps) => ({ db, engine: async () => engine });

const approving = (deps: Deps): Operation =>
  operatorOperation({
    ...{ method: 'post', path: '/v1/admin/requests/{id}/approve', tag, operationId: 'approveRequest' },
    ...{ ...ORDERED, ...named, right: 'money.approve', answers: { 200: approvedSchema, 202: ORDERED.answers[202] } },
    summary: 'Approve what another operator asks for',
    description:
      'It is carried out at once; what whoever broke the glass asks for, when a second operator approves it (202 ' +
      '`requested` before). Approving it again goes on with it when nobody knows what became of it.',
    body: z.strictObject({ reason: operatorText.optional() }),
    async handle({ operator, params, body }) {
      const approved = await approve(ordering(deps), operator, params.id, body.reason);
      const answer = answerOf(approved);
      if (approved.kind !== 'done') return answer;
      return { ...answer, body: { ...(answer.body as object), token: approved.token ?? null } };
    },
  });

const rejecting = (deps: Deps): Operation =>
  operatorOperation({
    ...{ method: 'post', path: '/v1/admin/requests/{id}/reject', tag, operationId: 'rejectRequest' },
    ...{ ...ORDERED, ...named, right: 'money.approve' },
    summary: 'Say no to what another operator asks for',
    description: 'Also to what was approved and is not carried out yet: it never is, and the request is `REFUSED`.',
    body: z.strictObject(why),
    handle: async ({ operator, params, body }) => answerOf(await reject(deps, operator, params.id, body.reason)),
  });

const withdrawing = (deps: Deps): Operation =>
  operatorOperation({
    ...{ method: 'post', path: '/v1/admin/requests/{id}/withdraw', tag, operationId: 'withdrawRequest' },
    ...{ ...ORDERED, ...named, right: 'requests.make' },
    summary: 'Take back what you asked for',
    description: 'Also once it was approved and is not carried out yet: it never is, and the request is `REFUSED`.',
    body: z.strictObject({ reason: operatorText.optional() }),
    handle: async ({ operator, params, body }) => answerOf(await withdraw(deps, operator, params.id, body.reason)),
  });
