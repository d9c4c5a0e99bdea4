/** Operators' orders about one deal, each with its preview: one operation an order, so that bodies are typed. */
import type { Db } from '../../../db/connection';
import { factsOf, findAdminDeal } from '../../../db/views/admin-deal';
import { dealStanding, findDeal } from '../../../db/views/operator-deals';
import { ACCOUNTS, JOURNAL_KINDS } from '../../../workflows/domain/ledger';
import { OPERATOR_ACTIONS, type OperatorAction } from '../../../workflows/domain/operator-actions';
import { holdsRight, OPERATOR_RIGHTS } from '../../../workflows/domain/operator-roles';
import { type OrderPreview, previewOf } from '../../../workflows/domain/order-preview';
import { noticeMessage, variablesOf } from '../../../workflows/domain/words/notice-texts';
import { LANGUAGES } from '../../../workflows/domain/words/words';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { Problem } from '../../http/problem';
import { z } from '../../http/zod';
import { DEAL_ORDERS } from '../deal-orders';
import { whyNotEvidence } from '../evidence';
import { needsTwo } from '../give';
import { nameInPath } from '../texts';
import { moneyOf } from './deal-money';
import { won } from './list-route';
import { IF_MATCH, ORDERED, ordered, requireVersion } from './ordered';

type Deps = Pick<ApiDeps, 'db' | 'engine'>;

const tag = 'admin-orders';
const params = z.object({ dealNo: nameInPath(40) });

const previewSchema = z
  .object({
    allowed: z.boolean(),
    because: z.string().nullable().openapi({ description: 'Why it would be refused; null: it would be taken.' }),
    needsSecondPerson: z.boolean(),
    journals: z
      .array(
        z.object({
          kind: z.enum(JOURNAL_KINDS),
          entries: z.array(z.object({ account: z.enum(ACCOUNTS), amount: won })),
        }),
      )
      .nullable()
      .openapi({
        description:
          'What would be booked if the provider does as it is asked; a debit is positive. Null: it needs `money.read`.',
      }),
    message: z
      .object({ template: z.string(), text: z.string() })
      .nullable()
      .openapi({ description: 'What the payer would be told, as an SMS says it; `M월 D일`: a day not known yet.' }),
    next: z.string().openapi({ example: 'the recipient is paid' }),
  })
  .openapi('AdminOrderPreview');

/** `correct-account` as `CorrectAccount`. */
const pascal = (name: string): string => name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** An order, and its preview, for each that there is. */
export const dealOrderOperations = (deps: Deps): Operation[] =>
  OPERATOR_ACTIONS.flatMap((name) => [ordering(deps, name), previewing(deps, name)]);

function ordering(deps: Deps, name: OperatorAction): Operation {
  const order = DEAL_ORDERS[name];
  return operatorOperation({
    ...{ method: 'post', path: `/v1/admin/deals/{dealNo}/orders/${name}`, tag, operationId: `order${pascal(name)}` },
    ...{ ...ORDERED, right: order.right, params, body: order.input, headers: IF_MATCH },
    problems: [...ORDERED.problems, 'version-mismatch'],
    summary: sentence(OPERATOR_RIGHTS[order.right]),
    async handle({ operator, params: about, body: input, req }) {
      requireVersion(req, await dealStanding(deps.db, about.dealNo));
      return ordered(deps, order, { operator, about, input, req });
    },
  });
}

function previewing({ db }: Deps, name: OperatorAction): Operation {
  const order = DEAL_ORDERS[name];
  return operatorOperation({
    ...{ method: 'post', path: `/v1/admin/deals/{dealNo}/orders/${name}/preview`, tag },
    ...{ operationId: `preview${pascal(name)}`, right: 'deals.read', params, body: order.input },
    summary: `What the order ${name} would do now; nothing is done`,
    answers: { 200: previewSchema },
    problems: ['not-found'],
    async handle({ operator, params: { dealNo }, body }) {
      const preview = await previewNow(db, dealNo, name, body);
      const lacks = holdsRight(operator.role, order.right) ? null : `it needs the right ${order.right}`;
      const subject = await order.look(db, { dealNo, operator: operator.handle }, body);
      const file = await whyNotEvidence(db, subject, body);
      const because = preview.because ?? lacks ?? file?.words ?? null;
      return {
        status: 200,
        body: {
          ...{ allowed: because === null, because, needsSecondPerson: needsTwo(order, subject) },
          journals: holdsRight(operator.role, 'money.read') ? preview.journals : null,
          ...{ message: messageOf(dealNo, preview), next: preview.next },
        },
      };
    },
  });
}

async function previewNow(db: Db, dealNo: string, name: OperatorAction, input: unknown): Promise<OrderPreview> {
  const deal = await findDeal(db, dealNo);
  const whole = deal && (await findAdminDeal(db, deal.id));
  if (!whole) throw new Problem('not-found');
  return previewOf(name, { facts: factsOf(whole), money: moneyOf(whole) }, input);
}

function messageOf(dealNo: string, { notice }: OrderPreview) {
  if (!notice) return null;
  const { template, amount } = notice;
  const params = { dealNo, amount, ...(variablesOf(template).includes('statementBy') && { statementBy: null }) };
  const told = { language: LANGUAGES[0], params, secret: null, host: '' };
  return { template, text: noticeMessage(template, 'sms', told).text };
}
