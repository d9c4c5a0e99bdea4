/** The webhook inbox, as the money activities see it: an event is news until a transaction agrees with it. */
import type { Db } from './connection';

export interface NewsKey {
  readonly dealNo: string;
  readonly leg: 'charge' | 'transfer' | 'refund';
  /** The attempt it tells of; absent for refunds. */
  readonly attempt?: number;
  /** Only events of these types; absent: all, since the provider itself was asked. */
  readonly types?: readonly string[];
}

/** Marks stored events as dealt with. An event that says otherwise than the result stays open, and the sweep wakes the deal. */
export async function closeNews(db: Db, { dealNo, leg, attempt, types }: NewsKey): Promise<void> {
  const open = db('pg_webhook_events').where({ deal_no: dealNo, leg }).whereNull('processed_at');
  if (attempt !== undefined) open.where({ attempt });
  if (types) open.whereIn('type', types);
  await open.update({ processed_at: db.fn.now() });
}
