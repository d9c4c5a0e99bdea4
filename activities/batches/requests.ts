/** Requests of operators that nobody decided in time are ended; those that were approved and hang are told. */
import type { Db } from '../../db/connection';
import { expireRequests, requestsNotCarriedOut } from '../../db/operator-requests';
import { closeTasks, raise } from '../../db/operator-tasks';
import type { Log } from '../../infra/log';

const TASK = 'request-not-carried-out';

/** Safe to repeat. */
export async function lookAfterRequests(db: Db, log: Log): Promise<void> {
  await db.transaction((trx) => expireRequests(trx));
  const hanging = await requestsNotCarriedOut(db);
  if (hanging.length === 0) await closeTasks(db, null, [TASK]);
  else if (await raise(db, null, 'task', TASK, hanging.join(', ')))
    log.warn({ requests: hanging }, 'requests were approved, and are not carried out');
}
