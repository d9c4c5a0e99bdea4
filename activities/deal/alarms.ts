/** Money that no rule can settle: a person is told, in the transaction that ends the news of it. */
import type { Trx } from '../../db/connection';
import { raise } from '../../db/operator-tasks';
import { closeNews, type NewsKey } from '../../db/provider-news';
import type { DealId } from '../../workflows/domain/ids';
import type { AlarmReason } from '../../workflows/domain/operator-tasks';

/** Opens the task and marks the events that led to it. */
export async function closeWithTask(trx: Trx, dealId: DealId, news: NewsKey, reason: AlarmReason): Promise<void> {
  await raise(trx, dealId, 'task', reason);
  await closeNews(trx, news);
}
