/** What keeps the principal from being sent. */
import type { DealId } from '../workflows/domain/ids';
import type { Db } from './connection';
import type { Transfer } from './transfers';

/**
 * Operators stopped transfers, or the charge may be taken back, or was given back by somebody else, or the recipient has the money of a
 * transfer that was called failed: nothing is paid out before a person has looked.
 */
const HELD_BACK = `exists (
  select 1 from stop_switches where leg = 'transfer'
  union all select 1 from chargebacks where deal_id = :dealId and status <> 'WON'
  union all select 1 from operator_tasks where deal_id = :dealId and closed_at is null
    and reason in ('paid-after-failure', 'refund-not-ours'))`;

/** Whether nothing may be paid out for this deal now. */
export async function isHeldBack(db: Db, dealId: DealId): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { held: boolean }[] }>(`select ${HELD_BACK} as held`, { dealId });
  return rows[0]?.held ?? true;
}

/**
 * Whether this reference may be sent once more; it is noted before it is. Not while the deal is held back, nor while news of another
 * attempt waits: that one may have paid.
 */
export async function markSentAgain(db: Db, { id, dealId, attempt }: Transfer, at: Date): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `update transfers set last_sent_at = :at where id = :id and status = 'PENDING' and not ${HELD_BACK}
       and not exists (select 1 from pg_webhook_events e join deals d on d.deal_no = e.deal_no
         where d.id = :dealId and e.leg = 'transfer' and e.attempt <> :attempt and e.processed_at is null)`,
    { id, dealId, attempt, at },
  );
  return rowCount === 1;
}
