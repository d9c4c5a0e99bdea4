/** Deals over all payers, and one deal whole: what an operator reads before deciding. */
import { type AdminDealWhole, factsOf, findAdminDeal } from '../../../db/views/admin-deal';
import { adminDeals } from '../../../db/views/admin-deals';
import { DEAL_STATES, WAIT_REASONS } from '../../../workflows/domain/deal-state';
import { type ActingRole, holdsRight, type OperatorRight } from '../../../workflows/domain/operator-roles';
import { taskNamed } from '../../../workflows/domain/operator-tasks';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { Problem } from '../../http/problem';
import { id, z } from '../../http/zod';
import { breakSchema, journalSchema } from './books';
import { actionSchema, actionsFor, dealSchema, toDeal } from './deal-words';
import { chargebackSchema, paymentSchema, refundSchema, toTransfer, transferSchema } from './legs';
import { days, flag, instant, instantsOf, isOn, listOperation, won } from './list-route';
import { maskedHolder, maskedMemberName } from './opening';
import { workflowUrlOf } from './temporal-web';
import { decisionSchema, doubtSchema, eventSchema, noticeSchema, taskSchema } from './watch';

const wonText = z.coerce
  .number()
  .int()
  .nonnegative()
  .optional()
  .openapi({ description: 'Of the principal, whole KRW.' });
const listed = <S extends z.ZodType>(item: S, most: number) =>
  z.preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(item).max(most).optional());
const states = listed(z.enum(DEAL_STATES), DEAL_STATES.length).openapi({
  ...{ type: 'array', items: { type: 'string', enum: [...DEAL_STATES] } },
});
const waits = listed(z.enum(WAIT_REASONS), WAIT_REASONS.length).openapi({
  ...{ type: 'array', items: { type: 'string', enum: [...WAIT_REASONS] } },
  description: 'Waiting for any of these; the longest wait first.',
});

/** Of a part that has a right of its own. */
const unseen = (right: OperatorRight) => `Null: it needs the right \`${right}\`.`;
const leg = z.enum(['charge', 'transfer', 'refund']);
const wholeSchema = z
  .object({
    deal: dealSchema.extend({
      ...{ feeBps: z.int(), expiresAt: instant, confirmedAt: instant.nullable(), memoChanged: z.boolean() },
      ...{ cancelRequestedAt: instant.nullable(), reviewDueAt: instant.nullable(), releasedAt: instant.nullable() },
      failingSince: instant.nullable(),
      payerName: z.string().nullable().openapi({ example: '박*제' }),
      holderName: z.string().nullable().openapi({ example: '이*취' }),
    }),
    actions: z.array(actionSchema),
    temporalUrl: z.url().openapi({ description: 'Its workflow in Temporal Web.' }),
    timeline: z.array(
      z.object({
        ...{ at: instant, version: z.int().nullable(), from: z.enum(DEAL_STATES).nullable(), to: z.enum(DEAL_STATES) },
        ...{ actor: z.string(), cause: z.string(), note: z.string().nullable() },
      }),
    ),
    payments: z.array(paymentSchema),
    transfers: z.array(transferSchema),
    refunds: z.array(refundSchema),
    chargebacks: z.array(chargebackSchema),
    journals: z
      .array(
        journalSchema.extend({
          recipientPayable: won.openapi({ description: 'What the deal owes its recipient after it; negative: owed.' }),
        }),
      )
      .nullable()
      .openapi({ description: unseen('money.read') }),
    sends: z.array(
      z.object({ leg, key: z.string(), sentAt: instant, answer: z.string().nullable(), unknown: z.boolean() }),
    ),
    rulings: z.array(
      z.object({
        ...{ leg, attempt: z.int(), verdict: z.enum(['done', 'failed']), evidence: z.string(), evidenceAt: instant },
        ...{ standing: z.string(), why: z.string().nullable(), actor: z.string(), reason: z.string() },
        decidedAt: instant.nullable(),
      }),
    ),
    doubts: z.array(doubtSchema),
    tasks: z.array(taskSchema.extend({ meaning: z.string().nullable(), toDo: z.string().nullable() })),
    breaks: z
      .array(breakSchema)
      .nullable()
      .openapi({ description: unseen('money.read') }),
    decisions: z
      .array(decisionSchema)
      .nullable()
      .openapi({ description: unseen('risk.read') }),
    notices: z.array(noticeSchema),
    events: z.array(eventSchema),
  })
  .openapi('AdminDealWhole');

type Deps = Pick<ApiDeps, 'db' | 'keys' | 'config'>;

/** With what is owed to the recipient after each. */
function withPayable(journals: AdminDealWhole['journals']) {
  let owed = 0;
  return journals.map((journal) => {
    for (const { account, amount } of journal.entries) if (account === 'recipient_payable') owed += amount;
    return { ...journal, recipientPayable: owed };
  });
}

async function toWhole(deps: Deps, role: ActingRole, whole: AdminDealWhole) {
  const { feeBar: _fee, transferBar: _bar, isReviewed: _review, deal, ...parts } = whole;
  const seesMoney = holdsRight(role, 'money.read');
  const { payerNameEncrypted, holderNameEncrypted, ...shown } = toDeal(deps.config.desk.runbook, deal);
  const [payerName, holderName] = await Promise.all([
    maskedMemberName(deps, deal.memberId, payerNameEncrypted),
    maskedHolder(deps, deal.recipientId, holderNameEncrypted),
  ]);
  return {
    ...parts,
    deal: { ...shown, payerName, holderName },
    actions: actionsFor(role, factsOf(whole)),
    temporalUrl: workflowUrlOf(deps.config, deal.id),
    transfers: parts.transfers.map(toTransfer),
    journals: seesMoney ? withPayable(parts.journals) : null,
    breaks: seesMoney ? parts.breaks : null,
    decisions: holdsRight(role, 'risk.read') ? parts.decisions : null,
    tasks: parts.tasks.map((task) => {
      const told = taskNamed(task.reason);
      return { ...task, meaning: told?.meaning ?? null, toDo: told?.toDo ?? null };
    }),
  };
}

export function adminDealOperations(deps: Deps): Operation[] {
  return [
    listOperation(deps, {
      ...{ path: 'deals', operationId: 'listAdminDeals', summary: 'Deals over all payers, newest first' },
      ...{ right: 'deals.read', listing: adminDeals, item: dealSchema },
      toItem: (deal) => toDeal(deps.config.desk.runbook, deal),
      filters: {
        ...{ status: states, waiting: waits, ...days, amountFrom: wonText, amountTo: wonText },
        ...{ memberId: id.optional(), recipientId: id.optional(), doubted: flag, tasked: flag, returned: flag },
      },
      filterOf: ({ status, doubted, tasked, returned, from, to, ...given }) => ({
        ...{ ...given, states: status, ...instantsOf({ from, to }) },
        ...{ doubted: isOn(doubted), tasked: isOn(tasked), returned: isOn(returned) },
      }),
    }),
    operatorOperation({
      method: 'get',
      path: '/v1/admin/deals/{dealId}',
      tag: 'admin',
      operationId: 'getAdminDeal',
      summary: 'One deal whole: why it waits, its story, its money, and what may be ordered',
      right: 'deals.read',
      params: z.object({ dealId: id }),
      sends: ['ETag'],
      answers: { 200: wholeSchema },
      problems: ['not-found'],
      async handle({ params, operator }) {
        const whole = await findAdminDeal(deps.db, params.dealId);
        if (!whole) throw new Problem('not-found');
        const headers = { ETag: `"${whole.deal.version}"` };
        return { status: 200, body: await toWhole(deps, operator.role, whole), headers };
      },
    }),
  ];
}
