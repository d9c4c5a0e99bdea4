/** Work queues: how many, how old, and where the list is. Each is a list with its filter: the same query counts it. */
import type { Db } from '../../../db/connection';
import { adminBreaks } from '../../../db/views/admin-books';
import { adminDeals } from '../../../db/views/admin-deals';
import { type QueueStanding, standingOf } from '../../../db/views/admin-list';
import { adminChargebacks } from '../../../db/views/admin-money';
import { adminRequests } from '../../../db/views/admin-requests';
import { adminDoubts, adminEvents, adminNotices, adminTasks } from '../../../db/views/admin-watch';
import type { WaitReason } from '../../../workflows/domain/deal-state';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { z } from '../../http/zod';
import { instant } from './list-route';
import { waitingUrlOf } from './temporal-web';

interface Queue {
  /** The list, after `/v1/admin/`. */
  readonly href: string;
  /** The wait that it is of. */
  readonly waiting?: WaitReason;
  look(db: Db, at: Date): Promise<QueueStanding>;
}

const waitingFor = (reason: WaitReason): Queue => ({
  href: `deals?waiting=${reason}`,
  waiting: reason,
  look: (db, at) => standingOf(db, adminDeals, { waiting: [reason] }, at),
});

/** In the order of the console. */
export const QUEUES = {
  'risk-review': waitingFor('risk-review'),
  'charge-unknown': waitingFor('charge-unknown'),
  'transfer-unknown': waitingFor('transfer-unknown'),
  'refund-unknown': waitingFor('refund-unknown'),
  'operator-needed': waitingFor('operator-needed'),
  'paying-by-hand': waitingFor('paying-by-hand'),
  'retry-due': waitingFor('retry-due'),
  'bank-closed': waitingFor('bank-closed'),
  returned: {
    href: 'deals?returned=true',
    look: (db, at) => standingOf(db, adminDeals, { returned: true }, at),
  },
  doubts: { href: 'doubts?open=true', look: (db, at) => standingOf(db, adminDoubts, { open: true }, at) },
  chargebacks: {
    href: 'chargebacks?status=OPEN',
    look: (db, at) => standingOf(db, adminChargebacks, { status: 'OPEN' }, at),
  },
  breaks: { href: 'breaks?open=true', look: (db, at) => standingOf(db, adminBreaks, { open: true }, at) },
  alarms: {
    href: 'tasks?open=true&severity=alarm',
    look: (db, at) => standingOf(db, adminTasks, { open: true, severity: 'alarm' }, at),
  },
  tasks: {
    href: 'tasks?open=true&severity=task',
    look: (db, at) => standingOf(db, adminTasks, { open: true, severity: 'task' }, at),
  },
  requests: {
    href: 'requests?open=true',
    look: (db, at) => standingOf(db, adminRequests, { open: true }, at),
  },
  'webhook-events': {
    href: 'webhook-events?open=true',
    look: (db, at) => standingOf(db, adminEvents, { open: true }, at),
  },
  notices: {
    href: 'notices?standing=failing',
    look: (db, at) => standingOf(db, adminNotices, { standing: 'failing' }, at),
  },
} as const satisfies Readonly<Record<string, Queue>>;

const count = z.int();
const queueSchema = z
  .object({
    name: z.enum(Object.keys(QUEUES) as (keyof typeof QUEUES)[]),
    total: count.openapi({ description: 'At most 10,000.' }),
    totalIsCapped: z.boolean(),
    oldestSince: instant.nullable(),
    ages: z
      .object({ underHour: count, underDay: count, older: count })
      .openapi({ description: 'How many have waited for so long.' }),
    href: z.string().openapi({ description: 'Its list.', example: '/v1/admin/deals?waiting=risk-review' }),
    temporalUrl: z.string().nullable().openapi({ description: 'Its workflows in Temporal Web; null: it has none.' }),
  })
  .openapi('AdminQueue');

export function adminQueueOperations({ db, clock, config }: Pick<ApiDeps, 'db' | 'clock' | 'config'>): Operation[] {
  return [
    operatorOperation({
      method: 'get',
      path: '/v1/admin/queues',
      tag: 'admin',
      operationId: 'listQueues',
      summary: 'What waits for somebody: how many, and how old',
      right: 'deals.read',
      answers: { 200: z.object({ items: z.array(queueSchema) }) },
      problems: [],
      async handle() {
        const at = clock();
        // One after the other, of one moment: together they would take every connection of the process.
        const items = await db.transaction(
          async (trx) => {
            const counted: object[] = [];
            for (const [name, { href, waiting, look }] of Object.entries<Queue>(QUEUES)) {
              const temporalUrl = waiting === undefined ? null : waitingUrlOf(config, waiting);
              counted.push({ name, href: `/v1/admin/${href}`, temporalUrl, ...(await look(trx, at)) });
            }
            return counted;
          },
          { isolationLevel: 'repeatable read', readOnly: true },
        );
        return { status: 200, body: { items } };
      },
    }),
  ];
}
