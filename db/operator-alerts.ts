/**
 * The outbox of alerts of operators: triggers of the database write a row with the task or the request it tells of
 * (migration 0047). Of one kind one message leaves at a time: whoever claims the kind sends all that waits of it.
 */
import type { AlertKind, OperatorAlert } from '../workflows/domain/operator-alerts';
import type { Db } from './connection';

const WAITS = 'sent_at is null and dropped_at is null';

interface ClaimedKind extends AlertKind {
  /** This one included. */
  readonly attempts: number;
}

const CLAIM = `
update operator_alert_kinds k set next_at = now() + :leaseMs * interval '1 ms', attempts = k.attempts + 1
from (select what, reason from operator_alert_kinds k
      where next_at <= now() and exists (select 1 from operator_alerts a
        where a.what = k.what and a.reason = k.reason and ${WAITS})
      order by next_at limit 1 for update skip locked) due
where k.what = due.what and k.reason = due.reason
returning k.what, k.reason, k.attempts`;

/** Takes a kind that has something to tell, and may, for `leaseMs`; undefined: there is none. */
export async function claimAlertKind(db: Db, leaseMs: number): Promise<ClaimedKind | undefined> {
  await db.raw(`insert into operator_alert_kinds (what, reason)
    select distinct what, reason from operator_alerts where ${WAITS} on conflict do nothing`);
  const { rows } = await db.raw<{ rows: ClaimedKind[] }>(CLAIM, { leaseMs });
  return rows[0];
}

interface WaitingAlert extends OperatorAlert {
  readonly id: string;
}

/** What waits of this kind, oldest first; so many at most. */
export async function waitingAlerts(db: Db, { what, reason }: AlertKind, most: number): Promise<WaitingAlert[]> {
  const { rows } = await db.raw<{ rows: WaitingAlert[] }>(
    `select a.id, a.about, a.deal_id as "dealId", d.deal_no as "dealNo"
     from operator_alerts a left join deals d on d.id = a.deal_id
     where a.what = :what and a.reason = :reason and ${WAITS} order by a.id limit :most`,
    { what, reason, most },
  );
  return rows;
}

/** They are told; what comes of this kind within `pauseMs` is told together after it. */
export async function markAlertsSent(
  db: Db,
  { what, reason }: AlertKind,
  ids: readonly string[],
  pauseMs: number,
): Promise<void> {
  await db.transaction(async (trx) => {
    await trx('operator_alerts')
      .whereIn('id', [...ids])
      .update({ sent_at: trx.raw('now()') });
    await trx('operator_alert_kinds')
      .where({ what, reason })
      .update({ attempts: 0, next_at: trx.raw(`now() + ? * interval '1 ms'`, [pauseMs]) });
  });
}

/** Nobody was told: this kind is tried again after so long. */
export async function postponeAlertKind(db: Db, { what, reason }: AlertKind, retryInMs: number): Promise<void> {
  const at = db.raw(`now() + ? * interval '1 ms'`, [retryInMs]);
  await db('operator_alert_kinds').where({ what, reason }).update({ next_at: at });
}

/** Ends what has waited so long, untold: nobody has said where to tell it. */
export async function dropAlerts(db: Db, waitedMs: number): Promise<void> {
  await db('operator_alerts')
    .whereRaw(`${WAITS} and created_at <= now() - ? * interval '1 ms'`, [waitedMs])
    .update({ dropped_at: db.raw('now()') });
}
