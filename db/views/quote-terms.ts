/** What a deal of a payer would be quoted by. */
import { gradeOf } from '../../workflows/domain/grades';
import type { Db } from '../connection';
import { gradesOn } from '../grades';

/** What a quote depends on: the payer's fee rate, and the recipient's bank if the payer has it and it is verified. */
interface QuoteTerms {
  readonly feeBps: number;
  readonly recipient: 'unknown' | 'unverified' | { readonly bankCode: string };
}

interface TermsRow {
  grade: string;
  bank_code: string | null;
  verified_at: Date | null;
}

/** The terms of the instant's KST day; undefined when there is no such payer. `recipientId` null: of nobody. */
export async function quoteTermsOf(
  db: Db,
  userId: string,
  recipientId: string | null,
  at: Date,
): Promise<QuoteTerms | undefined> {
  const row: TermsRow | undefined = await db('users')
    .leftJoin('bank_accounts', (join) =>
      join
        .on('bank_accounts.user_id', 'users.id')
        .andOn('bank_accounts.id', db.raw('?::uuid', [recipientId]))
        .andOnNull('bank_accounts.deleted_at'),
    )
    .where('users.id', userId)
    .whereNull('users.deleted_at')
    .first('users.grade', 'bank_accounts.bank_code', 'bank_accounts.verified_at');
  if (!row) return undefined;
  const { feeBps } = gradeOf(await gradesOn(db, at), row.grade);
  if (row.bank_code === null) return { feeBps, recipient: 'unknown' };
  return { feeBps, recipient: row.verified_at ? { bankCode: row.bank_code } : 'unverified' };
}
