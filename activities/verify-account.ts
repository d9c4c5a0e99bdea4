/** The real-name check of a recipient's account (예금주 조회), by row id: no account number enters a workflow's history. */
import { ApplicationFailure } from '@temporalio/common';
import type { Db } from '../db/connection';
import { placeOf } from '../db/encrypted-columns';
import { type Account, keepRefusal, keepVerified, readAccount } from '../db/recipients';
import type { Keys } from '../infra/keys/keys';
import type { AccountAnswer, TransferBank } from '../workflows/domain/providers';
import type { AccountActivities, VerifyOutcome } from '../workflows/verify-account-ports';

interface AccountDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly bank: Pick<TransferBank, 'verifyAccount'>;
  readonly clock: () => Date;
}

/** `verifyAccount` asks the bank once and keeps its first answer; run again, it answers from the row. */
export function accountActivities({ db, keys, bank, clock }: AccountDeps): AccountActivities {
  /** What the bank says of it as it was given; the given name is the recipient's from now on. */
  async function ask(account: Account): Promise<void> {
    const { id, bankCode } = account;
    const [accountNumber, holderName] = await Promise.all([
      keys.decrypt(account.accountNumberEncrypted, placeOf('accountNumber', id)),
      keys.decrypt(account.holderNameEncrypted, placeOf('holderName', id)),
    ]);
    const answer = await bank.verifyAccount({ bankCode, accountNumber, holderName });
    await keep(account, holderName, answer);
  }

  async function keep(account: Account, holderName: string, answer: AccountAnswer): Promise<void> {
    const { id } = account;
    switch (answer.kind) {
      case 'verified':
        return keepVerified(db, account, (known) => keys.encrypt(holderName, placeOf('holderName', known)), clock());
      case 'rejected':
        return keepRefusal(db, id, { code: answer.code });
      case 'differs': {
        const place = placeOf('bankHolderName', id);
        return keepRefusal(db, id, { bankHolderNameEncrypted: await keys.encrypt(answer.holderName, place) });
      }
    }
  }

  return {
    async verifyAccount(recipientId) {
      const account = await readAccount(db, recipientId);
      const known = outcomeOf(account);
      if (known) return known;
      if (account.deletedAt) throw ApplicationFailure.nonRetryable(`no recipient ${recipientId}`, 'NotFound');
      await ask(account);
      const kept = outcomeOf(await readAccount(db, recipientId));
      if (!kept) throw new Error(`recipient ${recipientId}: the bank's answer was not kept`);
      return kept;
    },
  };
}

function outcomeOf({ verifiedAt, verifyCode: code, bankHolderNameEncrypted }: Account): VerifyOutcome | null {
  if (verifiedAt) return { kind: 'verified' };
  if (bankHolderNameEncrypted !== null) return { kind: 'differs' };
  return code === null ? null : { kind: 'rejected', code };
}
