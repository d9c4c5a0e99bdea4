/** Recipients of a payer (table bank_accounts): a name and an account, the number encrypted. */
import type { Db } from './connection';
import { type Page, type PageRequest, pageOf } from './cursor';

export interface Recipient {
  readonly id: string;
  readonly bankCode: string;
  readonly accountLast4: string;
  readonly holderName: string;
  readonly createdAt: Date;
}

export interface NewRecipient {
  readonly id: string;
  readonly userId: string;
  readonly bankCode: string;
  readonly accountNumberEncrypted: string;
  readonly accountHash: string;
  readonly accountLast4: string;
  readonly holderName: string;
}

interface Row {
  id: string;
  bank_code: string;
  account_last4: string;
  holder_name: string;
  created_at: Date;
}

const fromRow = (row: Row): Recipient => ({
  id: row.id,
  bankCode: row.bank_code,
  accountLast4: row.account_last4,
  holderName: row.holder_name,
  createdAt: row.created_at,
});

/** Adds an account that nobody has verified yet. */
export async function addRecipient(db: Db, recipient: NewRecipient): Promise<void> {
  await db('bank_accounts').insert({
    id: recipient.id,
    user_id: recipient.userId,
    bank_code: recipient.bankCode,
    account_number_encrypted: recipient.accountNumberEncrypted,
    account_hash: recipient.accountHash,
    account_last4: recipient.accountLast4,
    holder_name: recipient.holderName,
  });
}

/** The payer's verified recipients, newest first. */
export async function listRecipients(db: Db, userId: string, page: PageRequest): Promise<Page<Recipient>> {
  const query = db('bank_accounts')
    .select('id', 'bank_code', 'account_last4', 'holder_name', 'created_at')
    .whereNotNull('verified_at')
    .whereNull('deleted_at');
  return pageOf(query, { ...page, table: 'bank_accounts', userId }, fromRow);
}
