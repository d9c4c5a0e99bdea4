/** What keeps the principal from being sent. */
import type { DealId } from '../workflows/domain/ids';
import { type Held, reasonsHolding } from '../workflows/domain/operator-tasks';
import type { Db } from './connection';
import type { Transfer } from './transfers';

/** The bank has told that it paid another attempt that counts as failed, and that is not settled yet. */
const TOLD_OF_ANOTHER = `select 1 from deals d join pg_webhook_events e on e.deal_no = d.deal_no
    join transfers t on t.deal_id = d.id and t.attempt = e.attempt
    where d.id = :dealId and e.leg = 'transfer' and e.says = 'done' and e.processed_at is null
      and t.status = 'FAILED' and t.attempt <> :attempt`;

/** An open task that holds this back (workflows/domain/operator-tasks.ts). */
function openTaskHolding(what: Held): string {
  const reasons = reasonsHolding(what).map((reason) => `'${reason}'`);
  return `select 1 from operator_tasks
    where deal_id = :dealId and closed_at is null and reason in (${reasons.join(', ')})`;
}

/**
 * Operators stopped transfers, or the charge may be taken back, or was given back by somebody else, or the recipient
 * has, or may have, the money of a transfer that was called failed: nothing is paid out before that is settled.
 */
const HELD_BACK = `exists (
  select 1 from stop_switches where leg = 'transfer'
  union all select 1 from chargebacks where deal_id = :dealId and status <> 'WON'
  union all ${openTaskHolding('transfer')}
  union all ${TOLD_OF_ANOTHER})`;

/** Whether this attempt may not be made now. */
export async function isHeldBack(db: Db, dealId: DealId, attempt: number): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { held: boolean }[] }>(`select ${HELD_BACK} as held`, { dealId, attempt });
  return rows[0]?.held ?? true;
}

/**
 * Whether the recipient has, or may have, the money of a transfer that was called failed: then nothing is given back.
 */
export async function mayHaveBeenPaid(db: Db, dealId: DealId): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { paid: boolean }[] }>(
    `select exists (${openTaskHolding('refund')}
       union all ${TOLD_OF_ANOTHER}) as paid`,
    { dealId, attempt: 0 },
  );
  return rows[0]?.paid ?? true;
}

/** Whether this reference may be sent once more; it is noted before it is. */
export async function markSentAgain(db: Db, { id, dealId, attempt }: Transfer, at: Date): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `update transfers set last_sent_at = :at where id = :id and status = 'PENDING' and not ${HELD_BACK}`,
    { id, dealId, attempt, at },
  );
  return rowCount === 1;
}
