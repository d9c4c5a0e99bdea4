/**
 * Recipients of a payer (table bank_accounts): a name and an account. Number and names are ciphertext, which the caller
 * makes and opens. Of the rows that the bank has verified a payer has one an account; the others are never shown.
 */
import type { Db } from './connection';
import { type Page, type PageRequest, pageOf } from './cursor';
import { dropFavorite } from './favorites';
import { type Hashes, hashColumns } from './hash-keys';
import { lockUser } from './users';

export interface Recipient {
  readonly id: string;
  readonly bankCode: string;
  readonly accountLast4: string;
  readonly holderNameEncrypted: string;
  /** What the payer calls it. */
  readonly nicknameEncrypted: string | null;
  readonly favorite: boolean;
  readonly createdAt: Date;
}

interface NewRecipient {
  readonly id: string;
  readonly userId: string;
  readonly bankCode: string;
  readonly accountNumberEncrypted: string;
  readonly accountHashes: Hashes;
  readonly accountLast4: string;
  readonly holderNameEncrypted: string;
}

interface Row {
  id: string;
  bank_code: string;
  account_last4: string;
  holder_name_encrypted: string;
  nickname_encrypted: string | null;
  /** Among the favourites; null: it is none. */
  position: number | null;
  created_at: Date;
}

const fromRow = (row: Row): Recipient => ({
  id: row.id,
  bankCode: row.bank_code,
  accountLast4: row.account_last4,
  holderNameEncrypted: row.holder_name_encrypted,
  nicknameEncrypted: row.nickname_encrypted,
  favorite: row.position !== null,
  createdAt: row.created_at,
});

/** Adds an account that nobody has verified yet. */
export async function addRecipient(db: Db, recipient: NewRecipient): Promise<void> {
  await db('bank_accounts').insert({
    id: recipient.id,
    user_id: recipient.userId,
    bank_code: recipient.bankCode,
    account_number_encrypted: recipient.accountNumberEncrypted,
    ...hashColumns('account_hash', recipient.accountHashes),
    account_last4: recipient.accountLast4,
    holder_name_encrypted: recipient.holderNameEncrypted,
  });
}

/** Verified, and not removed. */
const living = (db: Db) => db('bank_accounts').whereNotNull('verified_at').whereNull('bank_accounts.deleted_at');

const shown = (db: Db) =>
  living(db)
    .leftJoin('favorite_accounts as f', (join) =>
      join.on('f.bank_account_id', 'bank_accounts.id').onNull('f.deleted_at'),
    )
    .select('bank_accounts.id', 'bank_code', 'account_last4', 'holder_name_encrypted', 'nickname_encrypted')
    .select('bank_accounts.created_at', 'f.position');

/**
 * The payer's recipients, newest first; `favorite` narrows: favourites are in the payer's own order, and a page
 * of them begins after a place: whichever recipient stood there may have left it since.
 */
export async function listRecipients(
  db: Db,
  userId: string,
  { favorite, ...page }: PageRequest & { favorite?: boolean | undefined },
): Promise<Page<Recipient>> {
  if (favorite) return listFavorites(db, userId, page);
  const query = shown(db);
  if (favorite === false) query.whereNull('f.position');
  return pageOf(query, { ...page, table: 'bank_accounts', userId }, fromRow);
}

async function listFavorites(db: Db, userId: string, { limit, after }: PageRequest): Promise<Page<Recipient>> {
  const query = shown(db)
    .where({ 'f.user_id': userId })
    .orderBy('f.position')
    .limit(limit + 1);
  if (after) query.where('f.position', '>', Number(after));
  const rows: Row[] = await query;
  const items = rows.slice(0, limit);
  return { items: items.map(fromRow), next: rows.length > limit ? `${items.at(-1)?.position}` : null };
}

/** The payer's recipient; undefined when there is none, it is another's, or the bank has not verified it. */
export async function findRecipient(db: Db, userId: string, id: string): Promise<Recipient | undefined> {
  const row: Row | undefined = await shown(db)
    .where({ 'bank_accounts.id': id, 'bank_accounts.user_id': userId })
    .first();
  return row && fromRow(row);
}

/**
 * What the payer calls recipients, those that were removed since too: deals have them still. The newest first, at most
 * `max`.
 */
export async function nicknamesOf(
  db: Db,
  userId: string,
  max: number,
): Promise<{ readonly id: string; readonly nicknameEncrypted: string }[]> {
  return db('bank_accounts')
    .where({ user_id: userId })
    .whereNotNull('nickname_encrypted')
    .orderBy('created_at', 'desc')
    .limit(max)
    .select('id', 'nickname_encrypted as nicknameEncrypted');
}

/** The payer's recipient whose account is that of this row, which may be the recipient itself. */
export async function findSameAccount(db: Db, userId: string, id: string): Promise<string | undefined> {
  const row = await living(db).where({ user_id: userId }).whereRaw(SAME_ACCOUNT, { id }).first('id');
  return row?.id;
}

/** A hash that both have is enough: every row has the one under the key that is live the longest. */
const SAME_ACCOUNT = `exists (select 1 from bank_accounts o where o.id = :id
  and (o.account_hash = bank_accounts.account_hash or o.account_hash_even = bank_accounts.account_hash_even))`;

/** Whether two rows are of one account. */
export async function isSameAccount(db: Db, one: string, other: string): Promise<boolean> {
  return (await db('bank_accounts').where({ id: one }).whereRaw(SAME_ACCOUNT, { id: other }).first('id')) !== undefined;
}

/** What the payer calls it from now on, null: nothing; false when there is no such recipient of the payer. */
export async function renameRecipient(
  db: Db,
  userId: string,
  id: string,
  nicknameEncrypted: string | null,
): Promise<boolean> {
  const mine = living(db).where({ id, user_id: userId });
  return (await mine.update({ nickname_encrypted: nicknameEncrypted }).increment('version')) === 1;
}

/**
 * Takes it off the payer's lists; deals keep their account, those that are not confirmed yet too. False: no such
 * recipient of the payer.
 */
export async function removeRecipient(db: Db, userId: string, id: string, at: Date): Promise<boolean> {
  return db.transaction(async (trx) => {
    await lockUser(trx, userId);
    const removed = await living(trx).where({ id, user_id: userId }).update({ deleted_at: at }).increment('version');
    if (removed === 1) await dropFavorite(trx, userId, id, at);
    return removed === 1;
  });
}

/** The account behind a recipient. */
export interface Account {
  readonly id: string;
  readonly userId: string;
  readonly bankCode: string;
  readonly accountNumberEncrypted: string;
  readonly holderNameEncrypted: string;
  readonly verifiedAt: Date | null;
  /** Why the bank refused it. */
  readonly verifyCode: string | null;
  /** Whose account it is instead, by the bank. */
  readonly bankHolderNameEncrypted: string | null;
  readonly deletedAt: Date | null;
}

interface AccountRow {
  id: string;
  user_id: string;
  bank_code: string;
  account_number_encrypted: string;
  holder_name_encrypted: string;
  verified_at: Date | null;
  verify_code: string | null;
  bank_holder_name_encrypted: string | null;
  deleted_at: Date | null;
}

const accountOf = (row: AccountRow): Account => ({
  id: row.id,
  userId: row.user_id,
  bankCode: row.bank_code,
  accountNumberEncrypted: row.account_number_encrypted,
  holderNameEncrypted: row.holder_name_encrypted,
  verifiedAt: row.verified_at,
  verifyCode: row.verify_code,
  bankHolderNameEncrypted: row.bank_holder_name_encrypted,
  deletedAt: row.deleted_at,
});

/** Not destroyed. */
const whole = (db: Db) => db<AccountRow>('bank_accounts').whereNull('emptied_at');

/** The account of this id, also one that its payer has removed since. Throws when there is none, or none any more. */
export async function readAccount(db: Db, id: string): Promise<Account> {
  const row = await whole(db).where({ id }).first();
  if (!row) throw new Error(`no bank account ${id}`);
  return accountOf(row);
}

/** The account of this id, unless its payer has removed it; `userId`: only this payer's. */
export async function findAccount(db: Db, id: string, userId?: string): Promise<Account | undefined> {
  const mine = userId === undefined ? { id } : { id, user_id: userId };
  const row = await whole(db).where(mine).whereNull('deleted_at').first();
  return row && accountOf(row);
}

/** What the bank said of an account that cannot be taken as it was given. */
type Refusal = { readonly code: string } | { readonly bankHolderNameEncrypted: string };

/** The bank's first word about the account is kept; a later one changes nothing. */
const unjudged = (db: Db, id: string) =>
  whole(db).where({ id, verified_at: null, verify_code: null, bank_holder_name_encrypted: null });

export async function keepRefusal(db: Db, id: string, refusal: Refusal): Promise<void> {
  const said =
    'code' in refusal ? { verify_code: refusal.code } : { bank_holder_name_encrypted: refusal.bankHolderNameEncrypted };
  await unjudged(db, id).update(said);
}

/**
 * The bank has verified the account: it is the payer's recipient from now on. When the payer has one with this account
 * already that one stays, under the name that was given now (`rename` encrypts it for that row), and this row is none.
 * Two at once are one after the other: the payer's row is locked, and nothing is encrypted meanwhile.
 */
export async function keepVerified(
  db: Db,
  { id, userId }: Pick<Account, 'id' | 'userId'>,
  rename: (known: string) => Promise<string>,
  at: Date,
): Promise<void> {
  for (let isKept = false; !isKept; ) {
    const known = await otherOf(db, { id, userId });
    const name = known && { holder_name_encrypted: await rename(known) };
    isKept = await db.transaction(async (trx) => {
      await lockUser(trx, userId);
      if ((await otherOf(trx, { id, userId })) !== known) return false;
      const verified = { verified_at: at, ...(known !== undefined && { deleted_at: at }) };
      const kept = await unjudged(trx, id).whereNull('deleted_at').update(verified);
      if (kept === 1 && name) await trx('bank_accounts').where({ id: known }).update(name).increment('version');
      return true;
    });
  }
}

async function otherOf(db: Db, { id, userId }: Pick<Account, 'id' | 'userId'>) {
  const others = living(db).where({ user_id: userId }).whereNot({ id });
  const row = await others.whereRaw(SAME_ACCOUNT, { id }).first('id');
  return row?.id as string | undefined;
}
