/** Identity checks of members: each one is a row; what it proved is in the member's own row. */
import type { OwnFailure, ProviderFailure } from '../workflows/domain/identity-failures';
import type { Db, Trx } from './connection';

export interface IdentityVerification {
  readonly id: string;
  readonly userId: string;
  readonly status: 'PENDING' | 'VERIFIED' | 'FAILED';
  readonly code: string | null;
  /** Null until it is open, and once it is decided. */
  readonly urlEncrypted: string | null;
}

interface Row {
  id: string;
  user_id: string;
  status: IdentityVerification['status'];
  code: string | null;
  url_encrypted: string | null;
  decided_at: Date | null;
  created_at: Date;
}

const fromRow = (row: Row): IdentityVerification => ({
  id: row.id,
  userId: row.user_id,
  status: row.status,
  code: row.code,
  urlEncrypted: row.url_encrypted,
});

export async function addVerification(db: Db, id: string, userId: string, at: Date): Promise<void> {
  await db<Row>('identity_verifications').insert({ id, user_id: userId, created_at: at });
}

/** Undefined when there is none, or, with a `userId`, when it is another member's. */
export async function findVerification(db: Db, id: string, userId?: string): Promise<IdentityVerification | undefined> {
  const where = userId === undefined ? { id } : { id, user_id: userId };
  const row = await db<Row>('identity_verifications').where(where).first();
  return row && fromRow(row);
}

/** Keeps where the member proves who they are; the links of their earlier checks are erased. */
export async function keepLink(db: Db, { id, userId }: IdentityVerification, urlEncrypted: string): Promise<void> {
  await db.transaction(async (trx) => {
    await trx<Row>('identity_verifications')
      .where({ user_id: userId })
      .whereNot({ id })
      .whereNotNull('url_encrypted')
      .update({ url_encrypted: null });
    await trx<Row>('identity_verifications').where({ id, status: 'PENDING' }).update({ url_encrypted: urlEncrypted });
  });
}

/** The check came to nothing; a decided one stays as it is. */
export const failVerification = (db: Db, id: string, code: ProviderFailure | OwnFailure, at: Date): Promise<void> =>
  decide(db, id, { status: 'FAILED', code }, at);

/** A person whose identity was proven. */
interface Person {
  readonly nameEncrypted: string;
  /** Keyed, of the CI. */
  readonly ciHash: string;
}

/**
 * Makes the member known as this person, unless the person is another living member, or the member was another person
 * before: then the check fails. A decided one stays as it is.
 */
export async function acceptPerson(db: Db, id: string, person: Person, at: Date): Promise<void> {
  await db.transaction(async (trx) => {
    const check = await trx<Row>('identity_verifications').where({ id, status: 'PENDING' }).forUpdate().first();
    if (!check) return;
    const refusal = await refusalOf(trx, check.user_id, person.ciHash);
    if (refusal) return decide(trx, id, { status: 'FAILED', code: refusal }, at);
    // Of two members who prove to be one person at once, the index lets one in; the other is asked again and refused.
    await trx('users')
      .where({ id: check.user_id })
      .update({ name_encrypted: person.nameEncrypted, ci_hash: person.ciHash, identity_verified_at: at })
      .increment('version');
    return decide(trx, id, { status: 'VERIFIED', code: null }, at);
  });
}

async function refusalOf(trx: Trx, userId: string, ciHash: string): Promise<OwnFailure | null> {
  const own = await trx('users')
    .where({ id: userId, deleted_at: null })
    .forNoKeyUpdate()
    .first<{ ci_hash: string | null } | undefined>('ci_hash');
  if (!own) return 'person-differs'; // left meanwhile: nobody is let in as anybody
  if (own.ci_hash !== null && own.ci_hash !== ciHash) return 'person-differs';
  const other = await trx('users').where({ ci_hash: ciHash, deleted_at: null }).whereNot({ id: userId }).first('id');
  return other ? 'person-known' : null;
}

async function decide(db: Db, id: string, to: Pick<Row, 'status' | 'code'>, at: Date): Promise<void> {
  await db<Row>('identity_verifications')
    .where({ id, status: 'PENDING' })
    .update({ ...to, decided_at: at, url_encrypted: null });
}

/** Whether the member has proven who they are. */
export async function isIdentified(db: Db, userId: string): Promise<boolean> {
  const row = await db('users').where({ id: userId }).whereNotNull('identity_verified_at').first('id');
  return row !== undefined;
}
