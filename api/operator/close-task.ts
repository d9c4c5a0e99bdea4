/** An alarm or task is settled. It is closed beside the workflow of its deal, which is told when it held it back. */
import { lockDeal, recordAction } from '../../db/deals';
import { endDoubts } from '../../db/doubts';
import { closeTasks, openSince } from '../../db/operator-tasks';
import { closeNews, doubtNews, settleDoubted } from '../../db/provider-news';
import { findDeal } from '../../db/views/operator-deals';
import { DOUBT_ENDS, doubtRow, doubtsTold } from '../../workflows/domain/doubts';
import { doubtBeyondOperators } from '../../workflows/domain/operator-actions';
import { TASK_REASONS, type TaskReason } from '../../workflows/domain/operator-tasks';
import { z } from '../http/zod';
import { actorOf, type DealOrder, done, lookAtDeal, noSuchDeal, type Order, refused } from './order';
import { why } from './texts';
import { wake } from './wake';

const input = z.strictObject({ ...why, task: z.enum(TASK_REASONS) });
interface TaskToClose {
  readonly task: TaskReason;
  readonly reason: string;
}

const notOpen = (task: TaskReason) => refused('not-found', `no open task "${task}"; see "stuck"`);

/** Closes a task of one deal, and with it the doubts that it told of: what they barred goes on. */
export const closeTask: DealOrder<TaskToClose> = {
  ...{ name: 'close-task', right: 'tasks.close', input, look: lookAtDeal },
  async carryOut(deps, { operator, dealNo }, { task, reason }) {
    const { db } = deps;
    const found = await findDeal(db, dealNo);
    if (!found) return noSuchDeal(dealNo);
    const told = doubtsTold(task);
    const lasting = doubtBeyondOperators(task);
    if (lasting)
      return refused(
        'not-now',
        `"${task}" ends only when ${doubtRow(lasting)
          .endedBy.map((by) => DOUBT_ENDS[by])
          .join(', or ')}`,
      );
    const answer = await db.transaction(async (trx) => {
      const deal = await lockDeal(trx, found.id);
      const raisedAt = await openSince(trx, deal.id, task);
      if (!raisedAt) return notOpen(task);
      await closeTasks(trx, deal.id, [task]);
      await settleDoubted(trx, dealNo, told);
      await endDoubts(trx, deal.id, { kinds: told }, 'operator');
      if (task === 'late-news-unanswered') {
        // What the provider told, and could not confirm, holds nothing back any more; what came since is news.
        await closeNews(trx, { dealNo, receivedBefore: raisedAt });
        await endDoubts(trx, deal.id, { kinds: ['transfer-claimed'] }, 'operator');
        await doubtNews(trx, { dealNo, leg: 'transfer' });
      }
      await recordAction(trx, deal, 'close-task', { actor: actorOf({ operator }), reason: `${task}: ${reason}` });
      return deal;
    });
    if (!('status' in answer)) return answer;
    if (answer.waitingReason === 'operator-needed') await wake(deps, [found.id]);
    return done(`${dealNo}: ${task} closed`);
  },
};

/** Closes a task of the whole system; who and why are kept in its detail, since no deal tells of it. */
export const closeSystemTask: Order<TaskToClose> = {
  ...{ name: 'close-task', right: 'tasks.close', input },
  look: async (_db, _by, { task }) => ({ kind: 'system-task', id: task, state: null }),
  async carryOut({ db }, { operator }, { task, reason }) {
    const closed = await closeTasks(db, null, [task], `closed by ${operator}: ${reason}`);
    return closed === 0 ? notOpen(task) : done(`${task} closed`);
  },
};
