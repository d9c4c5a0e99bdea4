/** Whether notices that have left were delivered, as far as their carriers tell. */
import type { Channel, NoticeDelivery, NoticeTemplate } from '../workflows/domain/notices';
import type { Db, Trx } from './connection';

/** A notice that has left, and of which the carrier is to say whether it was delivered. */
export interface DueDelivery {
  readonly id: string;
  readonly template: NoticeTemplate;
  readonly messageId: string;
  /** Ms since it left. */
  readonly ageMs: number;
}

/** The next question comes after as long again as the notice is old, an hour at most. */
const CLAIM_DELIVERIES = `
  update notices n
  set delivery_due_at = now() + least(greatest(now() - n.sent_at, interval '1 minute'), interval '1 hour')
  from (select id from notices where channel = :channel and delivery_due_at <= now()
        order by delivery_due_at limit :most for update skip locked) due
  where n.id = due.id
  returning n.id, n.template, n.provider_message_id as "messageId",
    extract(epoch from now() - n.sent_at)::float8 * 1000 as "ageMs"`;

/** Takes up to `most` notices whose carrier is to be asked now; each is due again later, until it is noted. */
export async function claimDeliveries(db: Db, channel: Channel, most: number): Promise<DueDelivery[]> {
  const { rows } = await db.raw<{ rows: DueDelivery[] }>(CLAIM_DELIVERIES, { channel, most });
  return rows;
}

/** What became of it; answers false when that was known before. */
export async function noteDelivery(db: Db, id: string, delivery: NoticeDelivery): Promise<boolean> {
  return (await db('notices').where({ id, delivery: null }).update({ delivery, delivery_due_at: null })) === 1;
}

/** The notice that has left as this mail, its row locked. */
export async function noticeOfMail(
  trx: Trx,
  messageId: string,
): Promise<{ readonly id: string; readonly template: NoticeTemplate } | undefined> {
  const left = trx('notices').where({ provider_message_id: messageId, channel: 'email' });
  return left.forUpdate().first('id', 'template');
}

/** It came back, though it may have been delivered first; answers false when that was known. */
export async function noteReturned(trx: Trx, id: string): Promise<boolean> {
  const known = trx('notices').where({ id }).whereRaw(`delivery is distinct from 'undelivered'`);
  return (await known.update({ delivery: 'undelivered', delivery_due_at: null })) === 1;
}
