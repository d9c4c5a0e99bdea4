/**
 * The hourly clean-up of what the dead left behind (spec §8). It frees and forgets; money and its keys it only reports
 * on.
 */
import type { Redis } from 'ioredis';
import { forgetOldLogInTries } from '../../db/admin-log-ins';
import type { Db } from '../../db/connection';
import { raise } from '../../db/operator-tasks';
import {
  emptyOperatorAnswers,
  endedDealsWithOpenJob,
  forgetCodeHashes,
  freeKeyLeases,
  type GivenUpAttempt,
  givenUpAttempts,
  giveUpNotices,
} from '../../db/stale-locks';
import type { Log } from '../../infra/log';
import type { BatchActivities } from '../../workflows/batches/ports';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { releaseReservation } from '../risk/counters';

interface StaleLockDeps {
  readonly db: Db;
  readonly redis: Redis;
  readonly clock: () => Date;
  readonly log: Log;
}

/** `freeStaleLocks` over PostgreSQL and Redis. */
export function staleLockActivities({ db, redis, clock, log }: StaleLockDeps): Pick<BatchActivities, 'freeStaleLocks'> {
  /** A release that a silent Redis did not hear would hold the payer's day until midnight. */
  async function releaseGivenUp(): Promise<number> {
    let released = 0;
    const at = clock();
    for (let after: GivenUpAttempt | null = null; ; ) {
      const page: GivenUpAttempt[] = await givenUpAttempts(db, kstDayOf(at), after);
      for (const attempt of page) released += (await releaseReservation(redis, attempt, log)) ? 1 : 0;
      after = page.at(-1) ?? null;
      if (after === null) return released;
    }
  }

  async function reportOpenJobs(): Promise<number> {
    const broken = await endedDealsWithOpenJob(db);
    for (const dealId of broken) {
      const isNew = await raise(db, dealId, 'task', 'transfer-job-open');
      if (isNew) log.error({ dealId }, 'a deal has ended, and its transfer job says it is under way');
    }
    return broken.length;
  }

  return {
    async freeStaleLocks() {
      await emptyOperatorAnswers(db);
      await forgetOldLogInTries(db);
      await forgetCodeHashes(db);
      return {
        keysFreed: await freeKeyLeases(db),
        noticesGivenUp: await giveUpNotices(db),
        reservationsReleased: await releaseGivenUp(),
        openJobs: await reportOpenJobs(),
      };
    },
  };
}
