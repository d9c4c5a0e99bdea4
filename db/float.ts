/** What the float has to cover, and the last look at it. */
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db } from './connection';

/**
 * The principal that may still have to leave the float, won: charges that are undecided or done, until the bank has said that it has
 * the transfer (from then on its balance lacks the money already). A deal that its payer cancelled, or whose refund has begun, is
 * never transferred again: the intents of both refuse it.
 */
export async function principalInFlight(db: Db): Promise<Won> {
  const { rows } = await db.raw<{ rows: { total: string }[] }>(
    `select coalesce(sum(d.principal), 0) as total from deals d
     where (d.status in ('PAID', 'TRANSFERRING', 'TRANSFER_FAILED')
         or (d.status = 'PENDING' and (d.confirmed_at is not null or d.cancel_requested_at is not null)))
       and (d.status <> 'PENDING' or exists (select 1 from payments p where p.deal_id = d.id and p.status = 'PENDING'))
       and (d.status not in ('PENDING', 'PAID') or d.cancel_requested_at is null)
       and not exists (select 1 from transfers t where t.deal_id = d.id and t.status = 'PROCESSING')
       and not exists (select 1 from refunds r join payments p on p.id = r.payment_id
         where r.deal_id = d.id and r.principal > 0 and r.status <> 'REJECTED' and not p.late)`,
  );
  return parseWon(rows[0]?.total ?? '0');
}

/** Keeps a reading; the bank answers again. */
export async function recordReading(db: Db, balance: Won, inFlight: Won, at: Date): Promise<void> {
  await db('float_watch')
    .insert({ id: 1, balance, in_flight: inFlight, read_at: at, unreadable_since: null })
    .onConflict('id')
    .merge();
}

/** Notes that the balance could not be read; answers since when that has been so. */
export async function recordUnreadable(db: Db, at: Date): Promise<Date> {
  const { rows } = await db.raw<{ rows: { since: Date }[] }>(
    `insert into float_watch (id, unreadable_since) values (1, :at)
     on conflict (id) do update set unreadable_since = coalesce(float_watch.unreadable_since, excluded.unreadable_since)
     returning unreadable_since as since`,
    { at },
  );
  const since = rows[0]?.since;
  if (!since) throw new Error('the float watch has no row');
  return since;
}
