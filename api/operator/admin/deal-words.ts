/** Of a deal, for operators: why it waits, and what they may order now. */
import type { AdminDeal } from '../../../db/views/admin-deals';
import { DEAL_STATES, WAIT_REASONS } from '../../../workflows/domain/deal-state';
import { DOUBTS, type DoubtKind } from '../../../workflows/domain/doubts';
import { type DealFacts, OPERATOR_ACTIONS, whyNotAction } from '../../../workflows/domain/operator-actions';
import {
  type ActingRole,
  holdsRight,
  OPERATOR_RIGHTS,
  type OperatorRight,
} from '../../../workflows/domain/operator-roles';
import { TASK_REASONS } from '../../../workflows/domain/operator-tasks';
import { runbookOf } from '../../../workflows/domain/operator-waits';
import { WAIT_WORDS } from '../../../workflows/domain/words/deal';
import { bothLanguages, z } from '../../http/zod';
import { DEAL_ORDERS } from '../deal-orders';
import { instant, won } from './list-route';
import { maskedAccount } from './masks';

const waiting = z
  .object({
    ...{ reason: z.enum(WAIT_REASONS), words: bothLanguages, since: instant },
    nextMoveAt: instant.nullable().openapi({ description: 'When it moves by itself; null: not before somebody acts.' }),
    runbook: z.string().openapi({ example: 'docs/operations.md#wait-risk-review' }),
  })
  .nullable();

export const dealSchema = z
  .object({
    ...{ id: z.uuid(), dealNo: z.string(), status: z.enum(DEAL_STATES), version: z.int(), category: z.string() },
    ...{ principal: won, fee: won, total: won, memberId: z.uuid(), recipientId: z.uuid(), bankCode: z.string() },
    account: z.string().openapi({ example: '***-****-1234' }),
    ...{ waiting, createdAt: instant, completedAt: instant.nullable() },
    tasks: z.array(z.enum(TASK_REASONS)).openapi({ description: 'Open alarms and tasks.' }),
    doubts: z.array(z.enum(Object.keys(DOUBTS) as DoubtKind[])).openapi({ description: 'Open ones.' }),
  })
  .openapi('AdminDeal');

/**
 * A deal as it is answered: nothing of it is personal but the account, which is masked. `runbook`: the address of
 * docs/operations.md.
 */
export function toDeal<D extends AdminDeal>(
  runbook: string,
  { accountLast4, waitingReason, waitingSince, nextMoveAt, ...shown }: D,
) {
  const wait = waitingReason && {
    ...{ reason: waitingReason, words: WAIT_WORDS[waitingReason], since: waitingSince, nextMoveAt },
    runbook: runbookOf(runbook, waitingReason),
  };
  return { ...shown, account: maskedAccount(accountLast4), waiting: wait };
}

export const actionSchema = z.object({
  name: z.enum(OPERATOR_ACTIONS),
  allowed: z.boolean(),
  because: z.string().nullable().openapi({ description: 'Why not; null: it is allowed.' }),
  right: z.enum(Object.keys(OPERATOR_RIGHTS) as OperatorRight[]).openapi({ description: 'What it needs.' }),
});

/** Every order with whether this operator may give it now. The workflow judges by the same rules when it comes. */
export const actionsFor = (role: ActingRole, facts: DealFacts): z.output<typeof actionSchema>[] =>
  OPERATOR_ACTIONS.map((name) => {
    const right = DEAL_ORDERS[name].right;
    const because = whyNotAction(name, facts) ?? (holdsRight(role, right) ? null : `it needs the right ${right}`);
    return { name, allowed: because === null, because, right };
  });
