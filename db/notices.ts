/**
 * What goes into the outbox of notices: a row is written in the transaction of the event it tells of, one for each
 * channel, and sent by the dispatcher (db/outbox.ts). One event is told once on one channel, however often it is put
 * in.
 */
import { v7 as uuid } from 'uuid';
import type { DealId } from '../workflows/domain/ids';
import { dealNewsChannels, NOTICES, type NoticeTemplate, reachingChannels } from '../workflows/domain/notices';
import { leavesAt } from '../workflows/domain/quiet-hours';
import type { NoticeParams } from '../workflows/domain/words/notice-texts';
import { LANGUAGES, type Language } from '../workflows/domain/words/words';
import type { Db } from './connection';
import { dealNewsChoiceOf } from './notification-choices';
import { serverTime } from './server-time';

/**
 * News of a deal, to its payer, by the channels of their choice. `event`: which of the deal's events it tells of, the
 * same however often it is told. `amount`: won sent, to be sent, or given back. `statementBy`: the day (`YYYY-MM-DD`,
 * KST) by which a refund is on the card statement.
 */
interface NewsOf<T extends NoticeTemplate> {
  readonly template: T;
  readonly event: string;
  readonly userId: string;
  readonly dealId: DealId;
  readonly params: NoticeParams<T>;
}
type DealNotice = NewsOf<'deal-completed' | 'deal-failed'> | NewsOf<'deal-refunded' | 'fee-refunded'>;

/** Codes by SMS. */
export type CodeTemplate = 'auth-code' | 'password-reset-code' | 'old-phone-code' | 'new-phone-code';
/** A code, encrypted for the notice, and by what it is known which of several is the newest (`createCodes`). */
interface Code {
  readonly encrypted: string;
  readonly hash: string;
  readonly issue: string;
}
/** To an address of the notice's own: nobody's yet, or no longer this member's. All is encrypted for this id. */
interface PhoneNotice {
  readonly template: CodeTemplate | 'phone-changed';
  readonly id: string;
  readonly phoneEncrypted: string;
  readonly code?: Code;
  /** It is for nobody, and never leaves: that it was put in takes as long as if it were. */
  readonly isForNobody?: boolean;
  /** Of whoever reads it; default: the first of LANGUAGES. */
  readonly language?: Language;
}
interface EmailNotice {
  readonly template: 'email-code' | 'email-changed';
  readonly id: string;
  readonly emailEncrypted: string;
  readonly code?: Code;
  readonly language?: Language;
}

/**
 * To a member, at the address when it leaves; one who has left is told too. `email-taken` is told once a KST day,
 * however often it is put in.
 */
interface MemberNotice {
  readonly template: 'password-changed' | 'log-in-changed' | 'membership-ended' | 'email-taken';
  readonly userId: string;
}

/** About a member's card, by the first channel of their choice that reaches; `event`: as of a deal's news. */
interface CardNews<T extends NoticeTemplate> {
  readonly template: T;
  readonly event: string;
  readonly userId: string;
  readonly params: NoticeParams<T>;
}
type CardNotice = CardNews<'card-expiring'> | CardNews<'card-declining'>;

type Notice = CardNotice | DealNotice | PhoneNotice | EmailNotice | MemberNotice;

/** Puts a notice into the outbox; it leaves when the transaction commits. */
export async function enqueueNotice(db: Db, notice: Notice): Promise<void> {
  const rows = 'params' in notice ? await rowsOfNews(db, notice) : [rowOf(db, notice)];
  await db('notices').insert(rows).onConflict(['event', 'channel']).ignore();
}

async function rowsOfNews(db: Db, notice: DealNotice | CardNotice): Promise<object[]> {
  const { template, event, userId, params } = notice;
  const choice = await dealNewsChoiceOf(db, userId);
  const { language } = choice;
  const row = { template, event: `${template}:${event}`, user_id: userId, language, params: JSON.stringify(params) };
  const reaching = dealNewsChannels(choice);
  if ('dealId' in notice) return reaching.map((channel) => ({ ...row, id: uuid(), channel, deal_id: notice.dealId }));
  const leaves = leavesAt(template, await serverTime(db));
  return reaching.slice(0, 1).map((channel) => ({ ...row, id: uuid(), channel, next_attempt_at: leaves }));
}

function rowOf(db: Db, notice: PhoneNotice | EmailNotice | MemberNotice): object {
  const { template } = notice;
  const row = { template, channel: NOTICES[template][0] };
  if ('userId' in notice) {
    const { userId } = notice;
    const today = db.raw(`? || (now() at time zone 'Asia/Seoul')::date`, [`${template}:${userId}:`]);
    const id = uuid();
    const language = db('users').where({ id: userId }).select('language');
    return { ...row, id, event: template === 'email-taken' ? today : id, user_id: userId, language };
  }
  const { id, language = LANGUAGES[0] } = notice;
  const own =
    'phoneEncrypted' in notice
      ? { phone_encrypted: notice.phoneEncrypted }
      : { email_encrypted: notice.emailEncrypted };
  const { code } = notice;
  const held = {
    ...own,
    ...(code && { secret_encrypted: code.encrypted, code_hash: code.hash, code_issue: code.issue }),
  };
  const isForNobody = 'isForNobody' in notice && notice.isForNobody === true;
  const ended = { failed_at: db.raw('now()'), ended_reason: 'for-nobody' };
  return { ...row, ...(isForNobody ? ended : held), id, event: id, language };
}

/**
 * Puts what a notice tells of into the outbox of the next channel that leads to its member, the first that has not had
 * it; answers false when there is none. Each channel still has it once.
 */
export async function tellByNextChannel(db: Db, id: string): Promise<boolean> {
  const notice = await db('notices')
    .where({ id })
    .first('template', 'event', 'user_id', 'deal_id', 'params', 'language');
  if (!notice?.user_id) return false;
  const had: string[] = await db('notices').where({ event: notice.event }).pluck('channel');
  const may: readonly string[] = NOTICES[notice.template as keyof typeof NOTICES];
  const reaching = reachingChannels(await dealNewsChoiceOf(db, notice.user_id));
  const channel = reaching.find((one) => may.includes(one) && !had.includes(one));
  if (channel === undefined) return false;
  const leaves = leavesAt(notice.template, await serverTime(db));
  const row = { ...notice, id: uuid(), channel, params: JSON.stringify(notice.params), next_attempt_at: leaves };
  await db('notices').insert(row).onConflict(['event', 'channel']).ignore();
  return true;
}

/** Whether what the notice tells of has left by another channel, and did not come back. */
export async function isTold(db: Db, id: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `select 1 from notices n join notices o on o.event = n.event and o.id <> n.id
     where n.id = :id and o.sent_at is not null and o.delivery is distinct from 'undelivered' limit 1`,
    { id },
  );
  return rows.length > 0;
}
