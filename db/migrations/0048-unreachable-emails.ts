/** Since when mails to a member's address come back, or are unwanted: news goes by another channel meanwhile. */
export const UNREACHABLE_EMAILS: readonly string[] = ['alter table users add email_unreachable_at timestamptz'];
