/** The real-name check of a recipient's account (예금주 조회), by row id: no account number enters a workflow's history. */
import { ApplicationFailure } from '@temporalio/common';
import type { Db } from '../db/connection';
import { placeOf } from '../db/encrypted-columns';
import { type Account, findAccount, keepVerdict } from '../db/recipients';
import type { Keys } from '../infra/keys/key-file';
import type { TransferBank } from '../workflows/domain/providers';
import type { AccountActivities, VerifyOutcome } from '../workflows/verify-account-ports';

interface AccountDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly bank: Pick<TransferBank, 'verifyAccount'>;
  readonly clock: () => Date;
}

/** `verifyAccount` asks the bank once and keeps its first answer; run again, it answers from the row. */
export function accountActivities({ db, keys, bank, clock }: AccountDeps): AccountActivities {
  async function liveAccount(id: string): Promise<Account> {
    const account = await findAccount(db, id);
    if (!account) throw ApplicationFailure.nonRetryable(`no recipient ${id}`, 'NotFound');
    return account;
  }

  return {
    async verifyAccount(recipientId) {
      const account = await liveAccount(recipientId);
      const known = outcomeOf(account);
      if (known) return known;
      const { bankCode, accountNumberEncrypted, holderName } = account;
      const accountNumber = await keys.decrypt(accountNumberEncrypted, placeOf('accountNumber', recipientId));
      const answer = await bank.verifyAccount({ bankCode, accountNumber, holderName });
      await keepVerdict(db, recipientId, answer, clock());
      const kept = outcomeOf(await liveAccount(recipientId));
      if (!kept) throw new Error(`recipient ${recipientId}: the bank's answer was not kept`);
      return kept;
    },
  };
}

function outcomeOf({ verifiedAt, verifyCode: code, bankHolderName }: Account): VerifyOutcome | null {
  if (verifiedAt) return { kind: 'verified' };
  if (bankHolderName !== null) return { kind: 'differs' };
  return code === null ? null : { kind: 'rejected', code };
}
