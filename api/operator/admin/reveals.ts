/** One masked field in the clear, with a reason; each is audited: who, whose, which field, never what it says. */
import { audit } from '../../../db/admin-audit';
import { placeOf } from '../../../db/encrypted-columns';
import {
  fieldsOf,
  findField,
  REVEAL_ACTION,
  revealsBetween,
  SUBJECT_KINDS,
  type SubjectKind,
} from '../../../db/views/admin-reveals';
import { kstDayStart } from '../../../workflows/domain/bank-calendar';
import { HANDLE } from '../../../workflows/domain/operator-roles';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { Problem, type Words } from '../../http/problem';
import { impersonalText, z } from '../../http/zod';
import { instant } from './list-route';

const ID_MAX = 300;
const REASON_MAX = 500;
const FIELDS = [...new Set(SUBJECT_KINDS.flatMap(fieldsOf))];
const NOT_OF_IT: Words = { ko: '그 대상에는 없는 항목입니다.', en: 'It has no such field.' };
const NOT_AN_ID: Words = { ko: '대상을 가리키는 번호가 아닙니다.', en: 'It is the id of no such subject.' };

/** A row's id; of a webhook event `<provider>/<event id>`, of an operator the handle. */
function isIdOf(kind: SubjectKind, given: string): boolean {
  if (kind === 'webhook-event') return /^[a-z][a-z0-9-]*\/./.test(given);
  return kind === 'operator' ? HANDLE.test(given) : z.uuid().safeParse(given).success;
}

const asked = z
  .strictObject({
    subject: z.strictObject({ kind: z.enum(SUBJECT_KINDS), id: z.string().min(1).max(ID_MAX) }),
    field: z.enum(FIELDS),
    reason: impersonalText(REASON_MAX),
  })
  .refine(({ subject: { kind, id } }) => isIdOf(kind, id), { path: ['subject'], params: { words: NOT_AN_ID } })
  .refine(({ subject: { kind }, field }) => fieldsOf(kind).includes(field), {
    ...{ path: ['field'], params: { words: NOT_OF_IT } },
  });

const revealed = z.object({
  value: z.string().nullable().openapi({ description: 'Null: there is none, or its term is over.' }),
});
const reportSchema = z.object({
  month: z.string(),
  items: z.array(
    z.object({
      operator: z.string(),
      memberId: z.uuid().nullable(),
      times: z.int(),
      fields: z.array(z.string()).openapi({ example: ['member.phone'] }),
      lastAt: instant,
    }),
  ),
});

const NOT_A_MONTH: Words = { ko: '달은 2026-03처럼 적어 주세요.', en: 'Write a month as 2026-03.' };
const month = z
  .string()
  .refine((given) => /^20\d\d-(0[1-9]|1[0-2])$/.test(given), { params: { words: NOT_A_MONTH } })
  .openapi({ example: '2026-03', description: 'A month of Korea.' });

/** The first day of the month after. */
function monthAfter(given: string): string {
  const [year = 0, number = 0] = given.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
}

const tag = 'admin';

export function adminRevealOperations(deps: Pick<ApiDeps, 'db' | 'keys'>): Operation[] {
  return [
    operatorOperation({
      ...{ method: 'post', path: '/v1/admin/reveals', tag, operationId: 'revealField', right: 'personal.reveal' },
      summary: 'One masked field in the clear',
      description: 'It is audited who saw whose field and why, and counted by month.',
      limit: 'revealsPerOperator',
      body: asked,
      bodyExample: {
        subject: { kind: 'member', id: '01980f3a-5c2e-7d41-9b7a-3f6f0c1d2e84' },
        ...{ field: 'phone', reason: 'ticket 4711: the payer asked to be called back' },
      },
      answers: { 200: revealed },
      problems: ['not-found'],
      async handle({ operator, body: { subject, field, reason }, res }) {
        const { kind } = subject;
        // As the row has it: its secrets are sealed to this very id.
        const id = kind === 'webhook-event' ? subject.id : subject.id.toLowerCase();
        const found = await findField(deps.db, { kind, id, field });
        if (!found) throw new Problem('not-found');
        const { value, secret, memberId } = found;
        const text = value === null || secret === null ? value : await deps.keys.decrypt(value, placeOf(secret, id));
        // Nothing is shown that is not in the audit.
        await audit(deps.db, operator, {
          ...{ action: REVEAL_ACTION, subjectKind: kind, subject: id, reason, outcome: 'done' },
          ...{ after: { field, memberId }, requestId: res.locals.requestId },
        });
        return { status: 200, body: { value: text } };
      },
    }),
    operatorOperation({
      ...{ method: 'get', path: '/v1/admin/reveals/report', tag, operationId: 'reportReveals', right: 'audit.read' },
      summary: 'Who saw whose fields how often in a month',
      query: z.strictObject({ month }),
      answers: { 200: reportSchema },
      problems: [],
      async handle({ query }) {
        const since = kstDayStart(`${query.month}-01`);
        const items = await revealsBetween(deps.db, since, kstDayStart(monthAfter(query.month)));
        return { status: 200, body: { month: query.month, items } };
      },
    }),
  ];
}
