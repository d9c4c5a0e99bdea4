/**
 * Payers. Who they are is kept as ciphertext only; a phone and an e-mail are found by their keyed hash (spec §10),
 * which the caller makes.
 */
import type { Knex } from 'knex';
import type { Language } from '../workflows/domain/words/words';
import { type Db, isUniqueViolation, type Trx } from './connection';
import { type Hashes, hasHash, hashColumns } from './hash-keys';

/** A secret that is looked for: its ciphertext, and the keyed hashes that find it. */
export interface Sealed {
  readonly encrypted: string;
  readonly hashes: Hashes;
}

interface NewUser {
  readonly id: string;
  readonly phone: Sealed;
  /** Of the address in lower case. */
  readonly email: Sealed;
  readonly nameEncrypted: string;
  readonly passwordHash: string;
}

/** A payer as the row has it. */
export interface User {
  readonly id: string;
  readonly phoneEncrypted: string;
  readonly emailEncrypted: string;
  readonly emailHashes: Hashes;
  /** Null: nobody has proven yet that it is this payer's. */
  readonly emailVerifiedAt: Date | null;
  readonly nameEncrypted: string;
  readonly passwordHash: string;
  readonly grade: string;
  /** When all sessions were ended last, but for one that may have been kept. */
  readonly sessionsEnded: { readonly at: Date; readonly except: string | null } | null;
  readonly createdAt: Date;
  /** When their name was verified to be a real person's; null: it is what they said. */
  readonly identityVerifiedAt: Date | null;
  /** What they read. */
  readonly language: Language;
}

interface Row {
  id: string;
  phone_encrypted: string;
  email_encrypted: string;
  email_hash: string | null;
  email_hash_even: string | null;
  email_verified_at: Date | null;
  email_unreachable_at: Date | null;
  name_encrypted: string;
  password_hash: string;
  grade: string;
  sessions_ended_at: Date | null;
  session_kept: string | null;
  created_at: Date;
  identity_verified_at: Date | null;
  language: Language;
}

const fromRow = (row: Row): User => ({
  id: row.id,
  phoneEncrypted: row.phone_encrypted,
  emailEncrypted: row.email_encrypted,
  emailHashes: { odd: row.email_hash, even: row.email_hash_even },
  emailVerifiedAt: row.email_verified_at,
  nameEncrypted: row.name_encrypted,
  passwordHash: row.password_hash,
  grade: row.grade,
  sessionsEnded: row.sessions_ended_at && { at: row.sessions_ended_at, except: row.session_kept },
  createdAt: row.created_at,
  identityVerifiedAt: row.identity_verified_at,
  language: row.language,
});

/** Adds a payer of the default grade, a member since `at`; undefined when the phone or the e-mail is another's. */
export async function addUser(db: Db, user: NewUser, at: Date): Promise<User | undefined> {
  const rows = await db<Row>('users')
    .insert({
      id: user.id,
      phone_encrypted: user.phone.encrypted,
      ...hashColumns('phone_hash', user.phone.hashes),
      email_encrypted: user.email.encrypted,
      ...hashColumns('email_hash', user.email.hashes),
      name_encrypted: user.nameEncrypted,
      password_hash: user.passwordHash,
      created_at: at,
    })
    .onConflict()
    .ignore()
    .returning('*');
  return rows[0] && fromRow(rows[0]);
}

/** The payer whose e-mail has one of these hashes. */
export const findUserByEmail = (db: Db, hashes: Hashes): Promise<User | undefined> =>
  findWhere(db, hasHash('email_hash', hashes));

/** The payer whose phone has one of these hashes. */
export const findUserByPhone = (db: Db, hashes: Hashes): Promise<User | undefined> =>
  findWhere(db, hasHash('phone_hash', hashes));

/** Whether there is a member of this id, or was. */
export const wasMember = async (db: Db, id: string): Promise<boolean> =>
  (await db('users').where({ id }).first('id')) !== undefined;

export const findUser = (db: Db, id: string): Promise<User | undefined> =>
  findWhere(db, (query) => void query.where({ id }));

/** The payer's name as they say it; false when it was verified, which nobody changes by hand. */
export async function renameUser(db: Db, id: string, nameEncrypted: string): Promise<boolean> {
  const where = { id, identity_verified_at: null, deleted_at: null };
  return (await db('users').where(where).update({ name_encrypted: nameEncrypted }).increment('version')) > 0;
}

/** Sets the language that the payer reads, of their pages and of notices that are put in from now on. */
export async function chooseLanguage(db: Db, id: string, language: Language): Promise<void> {
  await db('users').where({ id, deleted_at: null }).update({ language }).increment('version');
}

/** Notes that the payer's sessions end at `at`, but for one: what Redis forgets of that is judged by this. */
export async function noteSessionsEnded(db: Db, id: string, at: Date, except: string | null): Promise<void> {
  await db('users').where({ id }).update({ sessions_ended_at: at, session_kept: except });
}

/** The payer, whose row nobody else changes until the transaction ends. */
export async function lockUser(trx: Trx, id: string): Promise<User | undefined> {
  const row = await trx<Row>('users').where({ id }).whereNull('deleted_at').forUpdate().first();
  return row && fromRow(row);
}

/** The payer's e-mail, proven at `at`; false, and nothing changed, when it is another's. The row is locked. */
export async function setVerifiedEmail(trx: Trx, id: string, email: Sealed, at: Date): Promise<boolean> {
  const hashes = hashColumns('email_hash', email.hashes);
  const proven = { email_encrypted: email.encrypted, ...hashes, email_verified_at: at, email_unreachable_at: null };
  try {
    // A savepoint: somebody may sign up with it this very moment, and only the index knows.
    await trx.transaction((inner) => inner<Row>('users').where({ id }).update(proven).increment('version'));
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return false;
  }
  return true;
}

async function findWhere(db: Db, where: (query: Knex.QueryBuilder) => void): Promise<User | undefined> {
  const row = await db<Row>('users').where(where).whereNull('deleted_at').first();
  return row && fromRow(row);
}

/** What of the two is a member's already, and whose; the phone, when both are. */
export async function takenOf(
  db: Db,
  { phone, email }: { readonly phone: Sealed; readonly email: Sealed },
): Promise<{ readonly taken: 'phone' | 'email'; readonly ownerId: string } | undefined> {
  const phoneOwner = await findUserByPhone(db, phone.hashes);
  if (phoneOwner) return { taken: 'phone', ownerId: phoneOwner.id };
  const emailOwner = await findUserByEmail(db, email.hashes);
  return emailOwner && { taken: 'email', ownerId: emailOwner.id };
}

/** Sets the payer's password, if it still is the one that was seen; false: it is not, or the payer has left. */
export async function changePassword(
  trx: Trx,
  { id, passwordHash: seen }: Pick<User, 'id' | 'passwordHash'>,
  passwordHash: string,
): Promise<boolean> {
  const changed = await trx<Row>('users')
    .where({ id, password_hash: seen })
    .whereNull('deleted_at')
    .update({ password_hash: passwordHash })
    .increment('version');
  return changed === 1;
}

/**
 * Sets the payer's phone, if it still is the one that was seen, with `more` in one transaction. `taken`: it is another
 * member's; `stale`: the payer has another phone meanwhile, or has left.
 */
export async function changePhone(
  db: Db,
  seen: Pick<User, 'id' | 'phoneEncrypted'>,
  phone: Sealed,
  more: (trx: Trx) => Promise<void>,
): Promise<'changed' | 'taken' | 'stale'> {
  try {
    return await db.transaction(async (trx) => {
      const changed = await trx<Row>('users')
        .where({ id: seen.id, phone_encrypted: seen.phoneEncrypted })
        .whereNull('deleted_at')
        .update({ phone_encrypted: phone.encrypted, ...hashColumns('phone_hash', phone.hashes) })
        .increment('version');
      if (changed !== 1) return 'stale';
      await more(trx);
      return 'changed';
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return 'taken';
  }
}
