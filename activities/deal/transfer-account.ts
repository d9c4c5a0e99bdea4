/** Where a transfer goes, and under whose name: both are the same at every send of a reference (spec §5). */
import { v7 as uuid } from 'uuid';
import type { Db } from '../../db/connection';
import { readDeal } from '../../db/deals';
import { placeOf } from '../../db/encrypted-columns';
import { readAccount } from '../../db/recipients';
import { lastTransfer, type Transfer } from '../../db/transfers';
import type { Keys } from '../../infra/keys/keys';
import type { TransferRequest } from '../../workflows/deal/ports';
import type { BankAccount } from '../../workflows/domain/providers';

interface AccountDeps {
  readonly db: Db;
  readonly keys: Keys;
}

/** A transfer's id and name, made before its row: nothing is encrypted while the deal is locked. */
export type NextTransfer = Pick<Transfer, 'id' | 'recipientId' | 'holderNameEncrypted'>;

/** What this attempt would be, to the account that the deal has now; null: it is there. */
export async function nextTransfer(
  { db, keys }: AccountDeps,
  { dealId, attempt }: Pick<TransferRequest, 'dealId' | 'attempt'>,
): Promise<NextTransfer | null> {
  if (((await lastTransfer(db, dealId))?.attempt ?? 0) >= attempt) return null;
  const id = uuid();
  const { recipientId } = await readDeal(db, dealId);
  const { holderNameEncrypted } = await readAccount(db, recipientId);
  const name = await keys.decrypt(holderNameEncrypted, placeOf('holderName', recipientId));
  return { id, recipientId, holderNameEncrypted: await keys.encrypt(name, placeOf('sentHolderName', id)) };
}

/** The account in the clear. Its payer may have given it another name since: the bank would call that a mismatch. */
export async function accountOf({ db, keys }: AccountDeps, transfer: Transfer): Promise<BankAccount> {
  const { id, recipientId, holderNameEncrypted: sent } = transfer;
  const { bankCode, accountNumberEncrypted, holderNameEncrypted } = await readAccount(db, recipientId);
  const [accountNumber, holderName] = await Promise.all([
    keys.decrypt(accountNumberEncrypted, placeOf('accountNumber', recipientId)),
    sent === null
      ? keys.decrypt(holderNameEncrypted, placeOf('holderName', recipientId))
      : keys.decrypt(sent, placeOf('sentHolderName', id)),
  ]);
  return { bankCode, accountNumber, holderName };
}
