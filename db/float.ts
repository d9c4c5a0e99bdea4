/** What the float has to cover, the last look at it, and what was charged since. */
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db, Trx } from './connection';

/**
 * What may still have to leave the float; `promised` marks the moment, so that nothing charged after it is overlooked.
 */
interface InFlight {
  readonly principal: Won;
  /** Of `float_watch`, as text: a running sum that is only compared. */
  readonly promised: string;
}

/**
 * The principal that may still have to leave the float, won: charges that are undecided or done, until the bank has
 * said that it has the transfer (from then on its balance lacks the money already). A deal that its payer cancelled, or
 * whose refund has begun, is never transferred again: the intents of both refuse it. One statement: a charge is in the
 * sum and in `promised`, or in neither.
 */
export async function sumInFlight(db: Db): Promise<InFlight> {
  const { rows } = await db.raw<{ rows: { total: string; promised: string }[] }>(
    `select coalesce(sum(d.principal), 0) as total, (select promised from float_watch) as promised from deals d
     where (d.status in ('PAID', 'TRANSFERRING', 'TRANSFER_FAILED')
         or (d.status = 'PENDING' and (d.confirmed_at is not null or d.cancel_requested_at is not null)))
       and (d.status <> 'PENDING' or exists (select 1 from payments p where p.deal_id = d.id and p.status = 'PENDING'))
       and (d.status not in ('PENDING', 'PAID') or d.cancel_requested_at is null)
       and not exists (select 1 from transfers t where t.deal_id = d.id and t.status = 'PROCESSING')
       and not exists (select 1 from refunds r join payments p on p.id = r.payment_id
         where r.deal_id = d.id and r.principal > 0 and r.status <> 'REJECTED' and not p.late)`,
  );
  const { total, promised } = theRow(rows);
  return { principal: parseWon(total), promised };
}

/** Keeps a reading; the bank answers again. */
export async function recordReading(db: Db, balance: Won, inFlight: InFlight, at: Date): Promise<void> {
  const { principal, promised } = inFlight;
  await db('float_watch').update({
    balance,
    in_flight: principal,
    promised_before: promised,
    read_at: at,
    unreadable_since: null,
  });
}

/** Notes that the balance could not be read; answers since when that has been so. */
export async function recordUnreadable(db: Db, at: Date): Promise<Date> {
  const { rows } = await db.raw<{ rows: { since: Date }[] }>(
    'update float_watch set unreadable_since = coalesce(unreadable_since, :at) returning unreadable_since as since',
    { at },
  );
  return theRow(rows).since;
}

/** Why a charge was refused: with its principal the balance would no longer cover what is in flight. */
interface Shortage {
  readonly balance: Won;
  /** By the last look, and charged since. */
  readonly inFlight: Won;
}

const CHARGED_SINCE = 'promised - promised_before';

const COVERED = `(balance is null or balance - in_flight - (${CHARGED_SINCE}) >= ?)`;

/**
 * What a charge for this principal lacks, as it looks now; null when it is covered, or when no balance was ever read.
 */
export async function findShortage(trx: Trx, principal: Won): Promise<Shortage | null> {
  const { rows } = await trx.raw<{ rows: { balance: string; inFlight: string }[] }>(
    `select balance, in_flight + ${CHARGED_SINCE} as "inFlight" from float_watch where not ${COVERED}`,
    [principal],
  );
  const [short] = rows;
  return short ? { balance: parseWon(short.balance), inFlight: parseWon(short.inFlight) } : null;
}

/**
 * Promises the principal of a charge that is about to begin out of the last balance read; false when others were faster
 * and it is no longer covered. The one row is locked until the transaction ends, and every charge waits for it: call it
 * last.
 */
export async function promisePrincipal(trx: Trx, principal: Won): Promise<boolean> {
  const promised = trx.raw('promised + ?', [principal]);
  return (await trx('float_watch').whereRaw(COVERED, [principal]).update({ promised })) > 0;
}

/** A charge was declined: its principal binds the float no longer. Call it once an attempt, and last. */
export async function takeBackPromise(trx: Trx, principal: Won): Promise<void> {
  await trx('float_watch').update({ promised: trx.raw('promised - ?', [principal]) });
}

function theRow<T>([row]: readonly T[]): T {
  if (!row) throw new Error('the float watch has no row');
  return row;
}
