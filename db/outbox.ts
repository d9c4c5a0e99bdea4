/**
 * What leaves the outbox of notices (db/notices.ts), and what became of it. The carrier is called only for a notice
 * that is marked as asked for, so that an answer that nobody heard is known to be lost: the row itself says it. Due
 * times are the database's, so that all workers agree.
 */
import {
  type Channel,
  CODE_LIFE_S,
  MAY_WAIT,
  type NoticeEndReason,
  type NoticeTemplate,
} from '../workflows/domain/notices';
import { BY_DAY } from '../workflows/domain/quiet-hours';
import type { Language } from '../workflows/domain/words/words';
import type { Db, Trx } from './connection';

/** A notice to send now, and where to. `attempts` counts this one. */
export interface DueNotice {
  readonly id: string;
  readonly template: NoticeTemplate;
  readonly params: Readonly<Record<string, unknown>>;
  readonly language: Language;
  readonly secretEncrypted: string | null;
  /** The member it is for; null: the address is the notice's own. */
  readonly userId: string | null;
  readonly addressEncrypted: string | null;
  readonly attempts: number;
  /** When the carrier was asked to take it and nobody heard the answer; null: it surely has not taken it. */
  readonly askedAt: Date | null;
  /** Now, by the database's clock. */
  readonly takenAt: Date;
  /** It tells of trouble with a deal that has ended since, as its payer was told, or is. */
  readonly isOvertaken: boolean;
}

/** Where an address lies, in the row of the notice and in that of the member alike; null: at neither. */
const ADDRESSES: Readonly<Record<Channel, string | null>> = {
  sms: 'phone_encrypted',
  email: 'email_encrypted',
  push: null,
  alimtalk: 'phone_encrypted',
};

/** Each has places of its own in each channel: no news is in the way of a code, nor what can wait in that of news. */
export const NOTICE_QUEUES = ['codes', 'news', 'can-wait'] as const;
export type NoticeQueue = (typeof NOTICE_QUEUES)[number];
/** In the words of the index `notices_news_due` (migration 0049): of another list news would wait again. */
const WAITING = `(${MAY_WAIT.map((template) => `'${template}'`).join(', ')})`;
const IN_QUEUE: Readonly<Record<NoticeQueue, string>> = {
  codes: 'code_issue is not null',
  news: `code_issue is null and template not in ${WAITING}`,
  // Whenever it was put in, and however often it was tried, it leaves by day.
  'can-wait': `code_issue is null and template in ${WAITING}
    and extract(hour from now() at time zone 'Asia/Seoul') between ${BY_DAY.from} and ${BY_DAY.until - 1}`,
};
const OPEN = 'sent_at is null and failed_at is null';
/** What a notice that has left, or never will, no longer holds: its secret, and the address that was its own. */
export const FORGOTTEN = { secret_encrypted: null, phone_encrypted: null, email_encrypted: null } as const;

const addressOf = (column: string | null): string =>
  column === null
    ? 'n.user_id as "userId", null as "addressEncrypted"'
    : `case when n.${column} is null then n.user_id end as "userId",
       coalesce(n.${column}, (select u.${column} from users u where u.id = n.user_id)) as "addressEncrypted"`;

/** Its deal's end came after the event that it tells of: by whatever channel, and however late, it is old. */
const OVERTAKEN = `n.template = 'deal-failed' and exists (
    select 1 from notices o where o.deal_id = n.deal_id and o.template in ('deal-completed', 'deal-refunded')
    group by o.event
    having min(o.created_at) > (select min(f.created_at) from notices f where f.event = n.event))`;

const claimOf = (queue: NoticeQueue, channel: Channel): string => `
  update notices n set attempts = n.attempts + 1, next_attempt_at = now() + :leaseMs * interval '1 ms',
    asked_at = coalesce(n.asked_at, now())
  from (select id, asked_at from notices
        where channel = :channel and ${IN_QUEUE[queue]} and ${OPEN} and next_attempt_at <= now()
        order by next_attempt_at limit :most for update skip locked) due
  where n.id = due.id
  returning n.id, n.template, n.params, n.language, n.secret_encrypted as "secretEncrypted", n.attempts,
    due.asked_at as "askedAt", now() as "takenAt", ${OVERTAKEN} as "isOvertaken",
    ${addressOf(ADDRESSES[channel])}`;

/**
 * Takes up to `most` due notices of the channel's queue for `leaseMs`; nobody else gets them meanwhile, and one whose
 * taker dies is due again after it. Codes: end those that must not leave (`endDeadCodes`) right before.
 */
export async function claimNotices(
  db: Db,
  queue: NoticeQueue,
  { channel, most, leaseMs }: { channel: Channel; most: number; leaseMs: number },
): Promise<DueNotice[]> {
  const { rows } = await db.raw<{ rows: DueNotice[] }>(claimOf(queue, channel), { channel, most, leaseMs });
  return rows;
}

/** A code that never left, though it was tried. */
export interface DeadCode {
  readonly id: string;
  readonly template: NoticeTemplate;
  readonly reason: 'unknown' | 'expired';
}

const END_DEAD_CODES = `
  with dead as (
    select id, case
        when asked_at is not null then 'unknown'
        when exists (select 1 from notices m where m.code_hash = n.code_hash and m.code_issue > n.code_issue)
        then 'superseded' when created_at <= now() - :lifeS * interval '1 s' then 'expired' end as reason
    from notices n where channel = :channel and ${IN_QUEUE.codes} and ${OPEN}
      and (asked_at is null or next_attempt_at <= now()) -- others are on their way
    for update skip locked)
  update notices n set failed_at = now(), ended_reason = dead.reason, secret_encrypted = null, phone_encrypted = null,
    email_encrypted = null
  from dead where n.id = dead.id and dead.reason is not null
  returning n.id, n.template, n.ended_reason as reason, n.attempts`;

/**
 * Ends the codes of the channel that must not leave any more: those that have run out, those that a newer code made
 * void, and those whose carrier was asked by somebody who died. Answers with those that were tried.
 */
export async function endDeadCodes(db: Db, channel: Channel): Promise<DeadCode[]> {
  type Ended = (DeadCode | { readonly reason: 'superseded' }) & { readonly attempts: number };
  const { rows } = await db.raw<{ rows: Ended[] }>(END_DEAD_CODES, { channel, lifeS: CODE_LIFE_S });
  return rows.flatMap((ended) => (ended.attempts > 0 && ended.reason !== 'superseded' ? [ended] : []));
}

const later = (db: Db, ms: number) => db.raw(`now() + ? * interval '1 ms'`, [ms]);
/** What a notice was taken as. Whoever took it longer ago than the lease holds it no more: another may be at it. */
type Taken = Pick<DueNotice, 'id' | 'attempts'>;
const taken = (db: Db, { id, attempts }: Taken) =>
  db('notices').where({ id, attempts, sent_at: null, failed_at: null });

/** Locks it for what belongs together; answers false when it has ended, or another has taken it since. */
export async function lockTaken(trx: Trx, notice: Taken): Promise<boolean> {
  return (await taken(trx, notice).forUpdate().first('id')) !== undefined;
}

/**
 * It has left, which is so whoever has taken it since. `asksDeliveryInMs`: when the carrier is first asked what became
 * of it; null: it cannot tell.
 */
export async function markNoticeSent(
  db: Db,
  id: string,
  { messageId, asksDeliveryInMs }: { messageId: string | null; asksDeliveryInMs: number | null },
): Promise<void> {
  const isAsked = messageId !== null && asksDeliveryInMs !== null;
  await db('notices')
    .where({ id, sent_at: null, failed_at: null })
    .update({
      ...{ sent_at: db.raw('now()'), provider_message_id: messageId, ...FORGOTTEN },
      delivery_due_at: isAsked ? later(db, asksDeliveryInMs) : null,
    });
}

/** It ended without having left. */
export async function endNotice(db: Db, notice: Taken, reason: NoticeEndReason): Promise<void> {
  await taken(db, notice).update({ failed_at: db.raw('now()'), ended_reason: reason, ...FORGOTTEN });
}

/** Surely not taken by the carrier: it is tried again after `retryInMs`. */
export async function markNoticeNotTaken(db: Db, notice: Taken, retryInMs: number): Promise<void> {
  await taken(db, notice).update({ next_attempt_at: later(db, retryInMs), asked_at: null });
}

/** Perhaps taken: the carrier is asked after `askInMs`, and it is not sent before. */
export async function markNoticeUnknown(db: Db, notice: Taken, askInMs: number): Promise<void> {
  await taken(db, notice).update({ next_attempt_at: later(db, askInMs) });
}

/** Takes back that it was tried: it is due again after `retryInMs`, and stands as before. */
export async function giveTryBack(db: Db, notice: DueNotice, retryInMs: number): Promise<void> {
  await taken(db, notice)
    .update({ next_attempt_at: later(db, retryInMs), asked_at: notice.askedAt })
    .decrement('attempts');
}

/** Whether a notice of this kind waits that was tried so often. */
export async function isAnyFailing(
  db: Db,
  { channel, template, attempts }: { channel: Channel; template: NoticeTemplate; attempts: number },
): Promise<boolean> {
  const waiting = db('notices').where({ channel, template, sent_at: null, failed_at: null });
  return (await waiting.where('attempts', '>=', attempts).first('id')) !== undefined;
}
