/** Personal data is destroyed when its term has ended; the database judges, and proves it (docs/personal-data.md). */
import type { Db } from '../../db/connection';
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

/** `destroyPersonalData` over PostgreSQL. */
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
      return { rules };
    },
  };
}
