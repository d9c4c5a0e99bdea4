/** The outbox of notices: a row is written in the transaction of the event it tells of, and sent by the dispatcher. */
import { v7 as uuid } from 'uuid';
import type { DealId } from '../workflows/domain/ids';
import type { Db } from './connection';

/**
 * News of a deal, to its payer. `amount`: won sent, to be sent, or given back. `statementBy`: the day (`YYYY-MM-DD`,
 * KST) by which a refund is on the card statement.
 */
interface DealNotice {
  readonly template: 'deal-completed' | 'deal-failed' | 'deal-refunded' | 'fee-refunded';
  readonly userId: string;
  readonly dealId: DealId;
  readonly params: { readonly dealNo: string; readonly amount: number; readonly statementBy?: string };
}

/** To a phone of its own, which need not be a member's yet, or any longer. Phone and code are encrypted for this id. */
interface PhoneNotice {
  readonly id: string;
  readonly phoneEncrypted: string;
}
export type CodeTemplate = 'auth-code' | 'password-reset-code' | 'old-phone-code' | 'new-phone-code';
interface CodeNotice extends PhoneNotice {
  readonly template: CodeTemplate;
  readonly secretEncrypted: string;
}
/** To the phone that was a member's until now. */
interface PhoneChangedNotice extends PhoneNotice {
  readonly template: 'phone-changed';
}

/** News of the account, to its member; one who has left is told too. */
interface AccountNotice {
  readonly template: 'password-changed' | 'membership-ended';
  readonly userId: string;
}
type Notice = DealNotice | CodeNotice | PhoneChangedNotice | AccountNotice;

/** Puts a notice into the outbox; it leaves when the transaction commits. */
export async function enqueueNotice(db: Db, notice: Notice): Promise<void> {
  await db('notices').insert({ id: uuid(), template: notice.template, ...columnsOf(notice) });
}

function columnsOf(notice: Notice): Record<string, string> {
  if ('dealId' in notice)
    return { user_id: notice.userId, deal_id: notice.dealId, params: JSON.stringify(notice.params) };
  if ('userId' in notice) return { user_id: notice.userId };
  const { id, phoneEncrypted } = notice;
  return {
    id,
    phone_encrypted: phoneEncrypted,
    ...('secretEncrypted' in notice && { secret_encrypted: notice.secretEncrypted }),
  };
}

/** A notice to send now, and where to. `attempts` counts this one. */
export interface DueNotice {
  readonly id: string;
  readonly template: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly secretEncrypted: string | null;
  /** The member it is for; null: the phone is the notice's own. */
  readonly userId: string | null;
  readonly phoneEncrypted: string;
  readonly attempts: number;
}

const CLAIM = `
  update notices n set attempts = n.attempts + 1, next_attempt_at = now() + :leaseMs * interval '1 ms'
  from (select id from notices where sent_at is null and failed_at is null and next_attempt_at <= now()
        order by next_attempt_at limit :most for update skip locked) due
  where n.id = due.id
  returning n.id, n.template, n.params, n.secret_encrypted as "secretEncrypted", n.attempts,
    n.user_id as "userId",
    coalesce(n.phone_encrypted, (select phone_encrypted from users where users.id = n.user_id)) as "phoneEncrypted"`;

/**
 * Takes up to `most` due notices for `leaseMs`; nobody else gets them meanwhile, and one whose taker dies is due again
 * after it. Due times are the database's, so that all workers agree.
 */
export async function claimNotices(db: Db, most: number, leaseMs: number): Promise<DueNotice[]> {
  const { rows } = await db.raw<{ rows: DueNotice[] }>(CLAIM, { most, leaseMs });
  return rows;
}

/** Sent: the secret is forgotten. */
export async function markNoticeSent(db: Db, id: string): Promise<void> {
  await db('notices').where({ id }).update({ sent_at: db.fn.now(), secret_encrypted: null });
}

/** Not sent: due again after `retryInMs`, or never (null), and then the secret is forgotten too. */
export async function markNoticeUnsent(db: Db, id: string, retryInMs: number | null): Promise<void> {
  await db('notices')
    .where({ id })
    .update(
      retryInMs === null
        ? { failed_at: db.fn.now(), secret_encrypted: null }
        : { next_attempt_at: db.raw(`now() + ? * interval '1 ms'`, [retryInMs]) },
    );
}
