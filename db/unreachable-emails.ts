/** Members whose mails come back, or who have called one of them unwanted. */
import type { Db } from './connection';

/** The address that the mail went to: one that was verified since may be another, and is known to work. */
const MARK = `
  update users u set email_unreachable_at = now(), version = u.version + 1
  from notices n
  where n.id = :id and u.id = n.user_id and u.email_unreachable_at is null
    and (u.email_verified_at is null or u.email_verified_at <= n.sent_at)`;

/** Notes that the address of the member to whom this mail went is of no use, until one is verified. */
export async function markEmailUnreachable(db: Db, noticeId: string): Promise<void> {
  await db.raw(MARK, { id: noticeId });
}
