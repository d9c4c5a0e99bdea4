/**
 * The float watch (every minute): when the bank's balance could no longer cover the deals in flight, new charges stop
 * before a transfer fails for want of money. It lifts only its own stop, never an operator's. Between two looks each
 * charge's intent counts itself against the last one, and throws the same switch.
 */
import type { Db, Trx } from '../../db/connection';
import { findShortage, recordReading, recordUnreadable, sumInFlight } from '../../db/float';
import { closeTasks, raise } from '../../db/operator-tasks';
import { liftStop, stopLeg } from '../../db/stop-switches';
import type { Log } from '../../infra/log';
import type { FloatStanding, MinuteActivities } from '../../workflows/batches/ports';
import { type FloatReading, judgeFloat } from '../../workflows/domain/float';
import type { Won } from '../../workflows/domain/money';
import { ProviderError, type TransferBank } from '../../workflows/domain/providers';

interface FloatDeps {
  readonly db: Db;
  readonly bank: Pick<TransferBank, 'balance'>;
  readonly headroom: Won;
  readonly clock: () => Date;
  readonly log: Log;
}

/** The balance unread for so long: an alarm. Charges go on: a silent bank says nothing about the float. */
const UNREADABLE_ALARM_MS = 10 * 60_000;

/** `watchFloat` over PostgreSQL and the bank. */
export function floatActivities({ db, bank, headroom, clock, log }: FloatDeps): Pick<MinuteActivities, 'watchFloat'> {
  async function noteSilence(): Promise<FloatStanding> {
    const at = clock();
    const since = await recordUnreadable(db, at);
    if (at.getTime() - since.getTime() >= UNREADABLE_ALARM_MS) {
      const isNew = await raise(
        db,
        null,
        'alarm',
        'float-unknown',
        `the balance cannot be read since ${since.toISOString()}`,
      );
      if (isNew) log.error({ since }, 'the balance of the float cannot be read');
    }
    return 'unknown';
  }

  return {
    async watchFloat() {
      // In this order: a transfer that the bank takes in between is counted twice, which errs on the safe side.
      const inFlight = await sumInFlight(db);
      const balance = await bank.balance().catch((error: unknown) => {
        if (!(error instanceof ProviderError)) throw error;
        log.warn({ reason: error.message }, 'the balance of the float could not be read');
        return null;
      });
      if (balance === null) return noteSilence();
      const reading = { balance, inFlight: inFlight.principal, headroom };
      const standing = judgeFloat(reading);
      await db.transaction(async (trx) => {
        await closeTasks(trx, null, ['float-unknown']);
        if (standing === 'low') await stopCharges(trx, inWords(reading), log);
        if (standing === 'ample') await resumeCharges(trx, reading, log);
        await recordReading(trx, balance, inFlight, clock()); // last: every charge waits for its row
      });
      return standing;
    },
  };
}

const BY = { leg: 'charge', source: 'float', actor: 'system' } as const;
const inWords = ({ balance, inFlight, headroom }: FloatReading): string =>
  `balance ${balance} won, in flight ${inFlight} won, headroom ${headroom} won`;

async function stopCharges(trx: Trx, reason: string, log: Log): Promise<void> {
  await raise(trx, null, 'alarm', 'float-low', reason);
  if (await stopLeg(trx, { ...BY, reason })) log.error({ reason }, 'the float is low: new charges are stopped');
}

/**
 * Whether the float covers this charge too, as it looks now; its intent promises the principal at its end. If not,
 * charges are stopped at once, as the watch would do at its next look.
 */
export async function isCovered(trx: Trx, principal: Won, log: Log): Promise<boolean> {
  const shortage = await findShortage(trx, principal);
  if (shortage === null) return true;
  const { balance, inFlight } = shortage;
  await stopCharges(trx, `balance ${balance} won, in flight ${inFlight} won, a charge for ${principal} won`, log);
  return false;
}

async function resumeCharges(trx: Trx, reading: FloatReading, log: Log): Promise<void> {
  await closeTasks(trx, null, ['float-low']);
  if (await liftStop(trx, { ...BY, reason: inWords(reading) }))
    log.warn(reading, 'the float is ample again: charges go on');
}
