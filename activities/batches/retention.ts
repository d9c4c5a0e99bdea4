/** Personal data is destroyed when its term has ended; the database judges, and proves it (docs/personal-data.md). */
import type { Db } from '../../db/connection';
import { closeTasks, raise } from '../../db/operator-tasks';
import { destroyDue, destroyedIn } from '../../db/retention/destroy';
import type { Log } from '../../infra/log';
import type { RetentionActivities } from '../../workflows/batches/ports';

interface RetentionDeps {
  readonly db: Db;
  /** A pool for one run, which closes it: of a user that may take on the role of retention. */
  readonly openRetentionDb: () => Db;
  readonly heartbeat: () => void;
  readonly log: Log;
}

/** Of what the database said; characters. */
const REASON_MAX = 500;

/** `destroyPersonalData` over PostgreSQL, and what operators are told of it. */
export function retentionActivities({ db, openRetentionDb, heartbeat, log }: RetentionDeps): RetentionActivities {
  return {
    async destroyPersonalData({ run }) {
      const own = openRetentionDb();
      try {
        await destroyDue(own, run, heartbeat);
      } finally {
        await own.destroy();
      }
      const rules = await destroyedIn(db, run);
      for (const { rule, emptied, held } of rules)
        if (emptied + held > 0) log.info({ rule, emptied, held }, 'personal data has reached the end of its term');
      await closeTasks(db, null, ['retention-failed']);
      return { rules };
    },

    async tellRetentionFailed({ reason }) {
      await raise(db, null, 'task', 'retention-failed', reason.slice(0, REASON_MAX));
      log.error({ reason }, 'personal data whose term has ended could not all be destroyed');
    },
  };
}
