/** Recipients of a payer (table bank_accounts): a name and an account, the number encrypted. */
import type { AccountAnswer } from '../workflows/domain/providers';
import type { Db } from './connection';
import { type Page, type PageRequest, pageOf } from './cursor';

export interface Recipient {
  readonly id: string;
  readonly bankCode: string;
  readonly accountLast4: string;
  readonly holderName: string;
  readonly createdAt: Date;
}

interface NewRecipient {
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

/** The account behind a recipient. */
export interface Account {
  readonly bankCode: string;
  readonly accountNumberEncrypted: string;
  /** Keyed: equal accounts have equal hashes. */
  readonly accountHash: string;
  readonly holderName: string;
  readonly verifiedAt: Date | null;
  /** Why the bank refused it. */
  readonly verifyCode: string | null;
  /** Whose account it is instead, by the bank. */
  readonly bankHolderName: string | null;
}

interface AccountRow {
  id: string;
  user_id: string;
  bank_code: string;
  account_number_encrypted: string;
  account_hash: string;
  holder_name: string;
  verified_at: Date | null;
  verify_code: string | null;
  bank_holder_name: string | null;
  deleted_at: Date | null;
}

const accountOf = (row: AccountRow): Account => ({
  bankCode: row.bank_code,
  accountNumberEncrypted: row.account_number_encrypted,
  accountHash: row.account_hash,
  holderName: row.holder_name,
  verifiedAt: row.verified_at,
  verifyCode: row.verify_code,
  bankHolderName: row.bank_holder_name,
});

/** The account of this id, also one that its payer has removed since. Throws when there is none. */
export async function readAccount(db: Db, id: string): Promise<Account> {
  const row = await db<AccountRow>('bank_accounts').where({ id }).first();
  if (!row) throw new Error(`no bank account ${id}`);
  return accountOf(row);
}

/** The account of this id, unless its payer has removed it; `userId`: only this payer's. */
export async function findAccount(db: Db, id: string, userId?: string): Promise<Account | undefined> {
  const mine = userId === undefined ? { id } : { id, user_id: userId };
  const row = await db<AccountRow>('bank_accounts').where(mine).whereNull('deleted_at').first();
  return row && accountOf(row);
}

/** Keeps the bank's first word about the account; a later one changes nothing. */
export async function keepVerdict(db: Db, id: string, answer: AccountAnswer, at: Date): Promise<void> {
  await db<AccountRow>('bank_accounts')
    .where({ id, verified_at: null, verify_code: null, bank_holder_name: null })
    .update(columnsOf(answer, at));
}

function columnsOf(answer: AccountAnswer, at: Date): Partial<AccountRow> {
  if (answer.kind === 'verified') return { verified_at: at };
  return answer.kind === 'rejected' ? { verify_code: answer.code } : { bank_holder_name: answer.holderName };
}
