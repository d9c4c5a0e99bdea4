/** Events of the inbox whose type we act upon and whose claim could not be read: open, and without a claim. */
import type { EventReaders, ProviderEvent } from '../workflows/domain/provider-news';
import type { Db } from './connection';
import { columnsOf, doubtClaim, lockDealNo } from './webhook-events';

interface UnreadEvent {
  readonly provider: string;
  readonly eventId: string;
  readonly type: string;
  readonly body: Buffer;
}

/** A provider that garbles everything must not stop the sweep. */
const PAGE = 200;
/** By then the providers' own lists have told, night after night, whatever the event had to tell. */
const KEPT_OPEN = '8 days';

const unread = (db: Db) => db('pg_webhook_events').whereNull('processed_at').whereNull('leg');

/** This one, if it could not be read; undefined: it could, or is gone. */
export const findUnread = (
  db: Db,
  { provider, eventId }: Pick<UnreadEvent, 'provider' | 'eventId'>,
): Promise<UnreadEvent | undefined> =>
  unread(db).where({ provider, event_id: eventId }).first('provider', 'event_id as eventId', 'type', 'body');

/** The oldest of them. */
export function unreadEvents(db: Db): Promise<UnreadEvent[]> {
  return unread(db)
    .orderBy(['received_at', 'event_id'])
    .limit(PAGE)
    .select('provider', 'event_id as eventId', 'type', 'body');
}

/** What the event says by a better reader: the sweep takes it from here; one that says nothing of a deal is done. */
async function keepReading(db: Db, { provider, eventId }: UnreadEvent, event: ProviderEvent): Promise<void> {
  const { type, claim } = event;
  const said = claim ? { ...columnsOf(claim), next_wake_at: db.raw('now()') } : { processed_at: db.raw('now()') };
  await db.transaction(async (trx) => {
    if (claim) await lockDealNo(trx, claim.dealNo);
    const query = unread(trx).where({ provider, event_id: eventId });
    const updated = await query.update({ type, ...said });
    if (claim && updated === 1) await doubtClaim(trx, claim);
  });
}

/** Reads it by these readers; answers whether it says something now. */
export async function readAgain(db: Db, stored: UnreadEvent, readers: EventReaders): Promise<boolean> {
  const event = readers[stored.provider]?.(stored.body);
  if (!event || event.unread) return false;
  await keepReading(db, stored, event);
  return true;
}

/** Files those that have been open for long. Answers with how many are left, and names the oldest. */
export async function fileOldUnread(db: Db): Promise<{ readonly left: number; readonly oldest: string | null }> {
  await unread(db)
    .whereRaw(`received_at < now() - interval '${KEPT_OPEN}'`)
    .update({ processed_at: db.raw('now()') });
  const { rows } = await db.raw<{ rows: { left: number; oldest: string | null }[] }>(
    `select count(*)::int as left,
       (array_agg(provider || ' ' || type || ' ' || event_id order by received_at))[1] as oldest
     from pg_webhook_events where processed_at is null and leg is null`,
  );
  return rows[0] ?? { left: 0, oldest: null };
}
