/** The real-name check of a recipient's account (예금주 조회), by row id: no account number enters a workflow's history. */
import { ApplicationFailure } from '@temporalio/common';
import type { Db } from '../db/connection';
import type { Keys } from '../infra/keys/key-file';
import type { TransferBank } from '../workflows/domain/providers';
import type { AccountActivities, VerifyOutcome } from '../workflows/verify-account-ports';

interface Row {
  bank_code: string;
  account_number_encrypted: string;
  holder_name: string;
  verified_at: Date | null;
  verify_code: string | null;
}

export interface AccountDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly bank: Pick<TransferBank, 'verifyAccount'>;
  readonly clock: () => Date;
}

/** `verifyAccount` asks the bank once and keeps its first answer; run again, it answers from the row. */
export function accountActivities({ db, keys, bank, clock }: AccountDeps): AccountActivities {
  async function readRow(id: string): Promise<Row> {
    const row = await db<Row & { id: string; deleted_at: Date | null }>('bank_accounts')
      .where({ id, deleted_at: null })
      .first();
    if (!row) throw ApplicationFailure.nonRetryable(`no recipient ${id}`, 'NotFound');
    return row;
  }

  return {
    async verifyAccount(recipientId) {
      const row = await readRow(recipientId);
      const known = outcomeOf(row);
      if (known) return known;
      const place = { table: 'bank_accounts', row: recipientId, column: 'account_number_encrypted' };
      const accountNumber = await keys.decrypt(row.account_number_encrypted, place);
      const answer = await bank.verifyAccount({
        bankCode: row.bank_code,
        accountNumber,
        holderName: row.holder_name,
      });
      await db('bank_accounts')
        .where({ id: recipientId, verified_at: null, verify_code: null })
        .update(answer.kind === 'verified' ? { verified_at: clock() } : { verify_code: answer.code });
      return outcomeOf(await readRow(recipientId)) ?? answer;
    },
  };
}

function outcomeOf({ verified_at: verifiedAt, verify_code: code }: Row): VerifyOutcome | null {
  if (verifiedAt) return { kind: 'verified' };
  return code === null ? null : { kind: 'rejected', code };
}
