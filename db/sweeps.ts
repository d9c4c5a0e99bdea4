/** Set-based steps of the batches. */
import type { DealId } from '../workflows/domain/ids';
import type { Provider } from '../workflows/domain/provider-news';
import type { Db } from './connection';

const PAGE = 500;

/**
 * Expires quotes that were never confirmed, one guarded UPDATE a page: a confirm that set `confirmed_at` first wins (spec §4).
 * The one place that moves a deal outside its workflow, which such a quote does not have.
 */
export async function expireQuotes(db: Db, at: Date): Promise<number> {
  let expired = 0;
  for (let page = PAGE; page === PAGE; expired += page) {
    const { rows } = await db.raw(
      `with due as (select id, version from deals
         where status = 'PENDING' and confirmed_at is null and cancel_requested_at is null and expires_at < :at
         order by expires_at limit :page for update skip locked),
       events as (insert into deal_events (deal_id, deal_version, from_state, to_state, actor, cause, at)
         select id, version + 1, 'PENDING', 'CANCELLED', 'system', 'quote expired', :at from due)
       update deals set status = 'CANCELLED', version = deals.version + 1, waiting_reason = null, waiting_since = null, next_move_at = null
       from due where deals.id = due.id returning deals.id`,
      { at, page: PAGE },
    );
    page = rows.length;
  }
  return expired;
}

/** Deals that wait for the retry batch, in pages by id; pass the last id of the page before. */
export async function retryDueDeals(db: Db, after: string | null): Promise<DealId[]> {
  const query = db('deals').where({ status: 'TRANSFER_FAILED', waiting_reason: 'retry-due' }).orderBy('id').limit(PAGE);
  if (after !== null) query.where('id', '>', after);
  return query.pluck('id');
}

export interface OpenEvent {
  readonly provider: Provider;
  readonly eventId: string;
  readonly body: string;
}

/**
 * Webhook events that nobody has dealt with for 30 s, and then after waits that double up to an hour, so that an answer which stays
 * away does not fill a deal's history. The claim is the wait: the next run takes the others.
 */
export async function claimOpenEvents(db: Db): Promise<OpenEvent[]> {
  const { rows } = await db.raw<{ rows: OpenEvent[] }>(
    `update pg_webhook_events set wakes = wakes + 1, next_wake_at = now() + least(interval '1 hour', interval '1 minute' * 2 ^ wakes)
     where (provider, event_id) in (select provider, event_id from pg_webhook_events
       where processed_at is null and next_wake_at < now() order by next_wake_at limit :page for update skip locked)
     returning provider, event_id as "eventId", body`,
    { page: PAGE },
  );
  return rows;
}
