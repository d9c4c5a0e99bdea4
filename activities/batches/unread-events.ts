/** Events that could not be read are read anew by the code of today, and told to a person until none is left. */
import type { Db } from '../../db/connection';
import { closeTasks, raise } from '../../db/operator-tasks';
import { fileOldUnread, readAgain, unreadEvents } from '../../db/unread-events';
import type { Log } from '../../infra/log';
import type { EventReaders } from '../../workflows/domain/provider-news';

/** Before the sweep, which then finds what they claim. */
export async function readAnew(db: Db, readers: EventReaders, log: Log): Promise<void> {
  for (const stored of await unreadEvents(db)) await readAgain(db, stored, readers);
  const { left, oldest } = await fileOldUnread(db);
  if (left === 0) await closeTasks(db, null, ['event-unreadable']);
  else if (await raise(db, null, 'task', 'event-unreadable', `${left}, the oldest: ${oldest}`))
    log.error({ left }, 'events of providers cannot be read');
}
