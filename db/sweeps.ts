/** Set-based steps of the batches. */
import type { DealId } from '../workflows/domain/ids';
import type { Db } from './connection';
import { ENDED_BY_A_MOVE } from './deals';
import { EVENT_COLUMNS, type EventRow, eventOf, type InboxEvent } from './webhook-events';

const PAGE = 500;

/**
 * Expires quotes that were never confirmed, one guarded UPDATE a page: a confirm that set `confirmed_at` first wins
 * (spec §4). The one place that moves a deal outside its workflow, which such a quote does not have.
 */
export async function expireQuotes(db: Db, at: Date): Promise<number> {
  let expired = 0;
  for (let page = PAGE; page === PAGE; expired += page) {
    const { rows } = await db.raw(
      `with due as (select id, version from deals
         where status = 'PENDING' and confirmed_at is null and cancel_requested_at is null and expires_at < :at
         order by expires_at limit :page for update skip locked),
       events as (insert into deal_events (deal_id, deal_version, from_state, to_state, actor, cause, at)
         select id, version + 1, 'PENDING', 'CANCELLED', 'system', 'quote-expired', :at from due),
       told as (update operator_tasks set closed_at = :at where deal_id in (select id from due) and closed_at is null
         and reason = any(:ended))
       update deals set status = 'CANCELLED', version = deals.version + 1, waiting_reason = null, waiting_since = null,
         next_move_at = null
       from due where deals.id = due.id returning deals.id`,
      { at, page: PAGE, ended: ENDED_BY_A_MOVE },
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

/**
 * Webhook events that nobody has dealt with for 30 s, and then after waits that begin with `firstMs` and double up to
 * `maxMs`, so that an answer which stays away does not fill a deal's history. The claim is the wait, of all that is
 * open about the leg: one question answers it. The next run takes the others.
 */
export async function claimOpenEvents(
  db: Db,
  { firstMs, maxMs }: { firstMs: number; maxMs: number },
): Promise<InboxEvent[]> {
  const { rows } = await db.raw<{ rows: EventRow[] }>(
    `with claimed as (
       update pg_webhook_events set wakes = wakes + 1,
         next_wake_at = now() + interval '1 ms' * least(:maxMs, :firstMs * 2 ^ least(wakes, 30))
       where (provider, event_id) in (select provider, event_id from pg_webhook_events
         where processed_at is null and leg is not null and next_wake_at < now()
         order by next_wake_at limit :page for update skip locked)
       returning ${EVENT_COLUMNS.join(', ')}, wakes, next_wake_at),
     legs as (select deal_no, leg, attempt, max(wakes) as wakes, max(next_wake_at) as next_wake_at
       from claimed group by 1, 2, 3),
     siblings as (
       update pg_webhook_events e set wakes = legs.wakes, next_wake_at = legs.next_wake_at from legs
       where (e.deal_no, e.leg, e.attempt) = (legs.deal_no, legs.leg, legs.attempt) and e.processed_at is null
         and not exists (select 1 from claimed c where c.provider = e.provider and c.event_id = e.event_id))
     select ${EVENT_COLUMNS.join(', ')} from claimed`,
    { page: PAGE, firstMs, maxMs },
  );
  return rows.map(eventOf);
}

/** A workflow owns the deal until it ends; the words are those of the index `deals_open`. */
const OPEN = `(status in ('PAID', 'TRANSFERRING', 'TRANSFER_FAILED')
  or (status = 'PENDING' and (confirmed_at is not null or cancel_requested_at is not null)))`;
/** Money that a deal still has to give back, whatever its state. */
const OWING = `(select deal_id from refunds where status = 'PENDING'
  union select deal_id from payments where late and status = 'PAID')`;
const PAGE_OF_RUNS = 200;

/**
 * Deals that must have a running workflow and were not touched for `idleMs`, in pages by id; pass the last id of the
 * page before. Most of them rightly wait: whether the workflow runs, only Temporal knows.
 */
export async function idleOpenDeals(db: Db, idleMs: number, after: DealId | null): Promise<DealId[]> {
  const idle = `updated_at < now() - :idleMs * interval '1 ms' and (:after::uuid is null or id > :after::uuid)`;
  const { rows } = await db.raw<{ rows: { id: DealId }[] }>(
    `(select id from deals where ${OPEN} and ${idle} order by id limit :page)
     union (select id from deals where id in ${OWING} and ${idle} order by id limit :page)
     order by id limit :page`,
    { idleMs, after, page: PAGE_OF_RUNS },
  );
  return rows.map(({ id }) => id);
}

/**
 * Open deals that should have moved `lateMs` ago and did not: they say of nothing that they wait for it, or its time is
 * over at `at`. In pages by id; pass the last id of the page before.
 */
export async function lateDeals(db: Db, lateMs: number, at: Date, after: DealId | null): Promise<DealId[]> {
  const { rows } = await db.raw<{ rows: { id: DealId }[] }>(
    `select id from deals where ${OPEN} and updated_at < now() - :lateMs * interval '1 ms'
       and (waiting_reason is null or next_move_at < :at::timestamptz - :lateMs * interval '1 ms')
       and (:after::uuid is null or id > :after::uuid) order by id limit :page`,
    { at, lateMs, after, page: PAGE_OF_RUNS },
  );
  return rows.map(({ id }) => id);
}

/** Deals whose workflow was found stuck, and is not known to go on. */
export function stuckDeals(db: Db): Promise<DealId[]> {
  return db('operator_tasks').where({ reason: 'workflow-stuck', closed_at: null }).orderBy('deal_id').pluck('deal_id');
}

/** Whether the deal must have a running workflow. */
export async function mustRun(db: Db, dealId: DealId): Promise<boolean> {
  const { rows } = await db.raw(`select 1 from deals where id = :dealId and (${OPEN} or id in ${OWING})`, { dealId });
  return rows.length > 0;
}

/**
 * Deals whose payer's cancel is in the database while nothing is undecided and nothing happens: the update that brought
 * it may have died with the server (spec §4). Their workflow needs only look; one that a doubt holds back after it
 * heard the cancel is left to its own looks.
 */
export async function unheardCancels(db: Db, at: Date): Promise<DealId[]> {
  const { rows } = await db.raw<{ rows: { id: DealId }[] }>(
    `select id from deals where ${OPEN} and status in ('PENDING', 'PAID')
       and cancel_requested_at < :at::timestamptz - interval '1 minute'
       and (waiting_reason is distinct from 'operator-needed'
         or cancel_requested_at > :at::timestamptz - interval '10 minutes')
       and not exists (select 1 from payments where deal_id = deals.id and status = 'PENDING')
       and not exists (select 1 from refunds where deal_id = deals.id and status = 'PENDING')
     order by cancel_requested_at limit :page`,
    { at, page: PAGE_OF_RUNS },
  );
  return rows.map(({ id }) => id);
}

/** Opens the task of deals that a person has been paying by hand for an hour; answers with how many there were. */
export async function raiseLongByHand(db: Db, at: Date): Promise<number> {
  const { rows } = await db.raw(
    `insert into operator_tasks (deal_id, severity, reason)
     select id, 'task', waiting_reason from deals
     where waiting_reason = 'paying-by-hand' and waiting_since < :at::timestamptz - interval '1 hour'
     for no key update skip locked
     on conflict do nothing returning id`,
    { at },
  );
  return rows.length;
}

/**
 * Opens the task `overdue` for deals that were charged, or whose transfer came back, a day ago and have not ended,
 * unless a person has been told of them already. A deal that is being moved just now is left to the next sweep: its
 * move closes what was told before. Answers with how many there were.
 */
export async function raiseOverdue(db: Db, at: Date): Promise<number> {
  const { rows } = await db.raw(
    `insert into operator_tasks (deal_id, severity, reason)
     select d.id, 'task', 'overdue' from deals d
     join payments p on p.deal_id = d.id and p.status in ('PAID', 'PARTIALLY_REFUNDED') and not p.late
     where ${OPEN.replaceAll('status', 'd.status')}
       and case when d.completed_at is null then p.decided_at else d.failing_since end
         < :at::timestamptz - interval '24 hours'
       and not exists (select 1 from operator_tasks o
         where o.deal_id = d.id and o.closed_at is null and o.severity = 'task')
     for no key update of d skip locked
     on conflict do nothing returning id`,
    { at },
  );
  return rows.length;
}
