/**
 * The outbox of notices: a row is written in the transaction of the event it tells of, one for each channel, and sent
 * by the dispatcher. One event is told once on one channel, however often it is put in.
 */
import { v7 as uuid } from 'uuid';
import type { DealId } from '../workflows/domain/ids';
import { type Channel, dealNewsChannels, NOTICES, type NoticeTemplate } from '../workflows/domain/notices';
import type { Db } from './connection';
import { dealNewsChoiceOf } from './notification-choices';

/**
 * News of a deal, to its payer, by the channels of their choice. `event`: which of the deal's events it tells of, the
 * same however often it is told. `amount`: won sent, to be sent, or given back. `statementBy`: the day (`YYYY-MM-DD`,
 * KST) by which a refund is on the card statement.
 */
interface DealNotice {
  readonly template: 'deal-completed' | 'deal-failed' | 'deal-refunded' | 'fee-refunded';
  readonly event: string;
  readonly userId: string;
  readonly dealId: DealId;
  readonly params: { readonly dealNo: string; readonly amount: number; readonly statementBy?: string };
}

/** Codes by SMS. */
export type CodeTemplate = 'auth-code' | 'password-reset-code' | 'old-phone-code' | 'new-phone-code';
/** To an address of the notice's own: nobody's yet, or no longer this member's. All is encrypted for this id. */
interface PhoneNotice {
  readonly template: CodeTemplate | 'phone-changed';
  readonly id: string;
  readonly phoneEncrypted: string;
  readonly secretEncrypted?: string;
  /** It is for nobody, and never leaves: that it was put in takes as long as if it were. */
  readonly isForNobody?: boolean;
}
interface EmailNotice {
  readonly template: 'email-code' | 'email-changed';
  readonly id: string;
  readonly emailEncrypted: string;
  readonly secretEncrypted?: string;
}

/**
 * To a member, at the address when it leaves; one who has left is told too. `email-taken` is told once a KST day,
 * however often it is put in.
 */
interface MemberNotice {
  readonly template: 'password-changed' | 'log-in-changed' | 'membership-ended' | 'email-taken';
  readonly userId: string;
}

type Notice = DealNotice | PhoneNotice | EmailNotice | MemberNotice;

/** Puts a notice into the outbox; it leaves when the transaction commits. */
export async function enqueueNotice(db: Db, notice: Notice): Promise<void> {
  const rows = 'dealId' in notice ? await rowsOfDealNews(db, notice) : [rowOf(db, notice)];
  await db('notices').insert(rows).onConflict(['event', 'channel']).ignore();
}

async function rowsOfDealNews(db: Db, { template, event, userId, dealId, params }: DealNotice): Promise<object[]> {
  const row = { template, event: `${template}:${event}`, user_id: userId, deal_id: dealId };
  const channels = dealNewsChannels(await dealNewsChoiceOf(db, userId));
  return channels.map((channel) => ({ ...row, id: uuid(), channel, params: JSON.stringify(params) }));
}

function rowOf(db: Db, notice: PhoneNotice | EmailNotice | MemberNotice): object {
  const { template } = notice;
  const row = { template, channel: NOTICES[template][0] };
  if ('userId' in notice) {
    const { userId } = notice;
    const today = db.raw(`? || (now() at time zone 'Asia/Seoul')::date`, [`${template}:${userId}:`]);
    const id = uuid();
    return { ...row, id, event: template === 'email-taken' ? today : id, user_id: userId };
  }
  const own =
    'phoneEncrypted' in notice
      ? { phone_encrypted: notice.phoneEncrypted }
      : { email_encrypted: notice.emailEncrypted };
  const held = { ...own, secret_encrypted: notice.secretEncrypted ?? null };
  const isForNobody = 'isForNobody' in notice && notice.isForNobody === true;
  return { ...row, ...(isForNobody ? { failed_at: db.raw('now()') } : held), id: notice.id, event: notice.id };
}

/** A notice to send now, and where to. `attempts` counts this one. */
export interface DueNotice {
  readonly id: string;
  readonly template: NoticeTemplate;
  readonly params: Readonly<Record<string, unknown>>;
  readonly secretEncrypted: string | null;
  /** The member it is for; null: the address is the notice's own. */
  readonly userId: string | null;
  readonly addressEncrypted: string | null;
  readonly attempts: number;
}

/** Where an address lies, in the row of the notice and in that of the member alike. */
const ADDRESSES = { sms: 'phone_encrypted', email: 'email_encrypted' } as const satisfies Partial<
  Record<Channel, string>
>;
/** A channel that notices leave by. */
export type SendingChannel = keyof typeof ADDRESSES;

const CLAIM = `
  update notices n set attempts = n.attempts + 1, next_attempt_at = now() + :leaseMs * interval '1 ms'
  from (select id from notices
        where channel = :channel and sent_at is null and failed_at is null and next_attempt_at <= now()
        order by next_attempt_at limit :most for update skip locked) due
  where n.id = due.id
  returning n.id, n.template, n.params, n.secret_encrypted as "secretEncrypted", n.attempts,
    case when n.:address: is null then n.user_id end as "userId",
    coalesce(n.:address:, (select u.:address: from users u where u.id = n.user_id)) as "addressEncrypted"`;

/**
 * Takes up to `most` due notices of the channel for `leaseMs`; nobody else gets them meanwhile, and one whose taker
 * dies is due again after it. Due times are the database's, so that all workers agree.
 */
export async function claimNotices(
  db: Db,
  { channel, most, leaseMs }: { channel: SendingChannel; most: number; leaseMs: number },
): Promise<DueNotice[]> {
  const bindings = { channel, most, leaseMs, address: ADDRESSES[channel] };
  const { rows } = await db.raw<{ rows: DueNotice[] }>(CLAIM, bindings);
  return rows;
}

/** What a notice that has left, or never will, no longer holds: its secret, and the address that was its own. */
export const FORGOTTEN = { secret_encrypted: null, phone_encrypted: null, email_encrypted: null } as const;

export async function markNoticeSent(db: Db, id: string): Promise<void> {
  await db('notices')
    .where({ id })
    .update({ sent_at: db.raw('now()'), ...FORGOTTEN });
}

/** Not sent: due again after `retryInMs`, or never (null). */
export async function markNoticeUnsent(db: Db, id: string, retryInMs: number | null): Promise<void> {
  await db('notices')
    .where({ id })
    .update(
      retryInMs === null
        ? { failed_at: db.raw('now()'), ...FORGOTTEN }
        : { next_attempt_at: db.raw(`now() + ? * interval '1 ms'`, [retryInMs]) },
    );
}

/** Takes back that it was tried: it is due again after `retryInMs`, and has as many tries as before. */
export async function giveTryBack(db: Db, id: string, retryInMs: number): Promise<void> {
  const at = db.raw(`now() + ? * interval '1 ms'`, [retryInMs]);
  await db('notices')
    .where({ id, sent_at: null, failed_at: null })
    .update({ next_attempt_at: at })
    .decrement('attempts');
}

/** Puts the event of a deal's news that does not get through by e-mail into the outbox of SMS, once. */
export async function tellBySmsToo(db: Db, id: string): Promise<void> {
  await db.raw(
    `insert into notices (id, template, event, channel, user_id, deal_id, params)
     select gen_random_uuid(), template, event, 'sms', user_id, deal_id, params from notices
     where id = ? and deal_id is not null
     on conflict (event, channel) do nothing`,
    [id],
  );
}
