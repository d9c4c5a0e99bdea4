/** Operators as people: their handle, role and what they prove themselves with. Sessions are admin-sessions.ts. */
import type { OperatorRole } from '../workflows/domain/operator-roles';
import type { Db, Trx } from './connection';

type OperatorStatus = 'INVITED' | 'ACTIVE' | 'DISABLED';

/** An operator as the row has them. */
export interface AdminUser {
  readonly id: string;
  readonly handle: string;
  readonly role: OperatorRole;
  readonly status: OperatorStatus;
  /** Null unless ACTIVE. */
  readonly passwordHash: string | null;
  /** Null before an invitation is looked at, and when DISABLED. */
  readonly totpSecretEncrypted: string | null;
  /** Of the last code that was taken; 0: none was. */
  readonly totpLastStep: number;
  readonly createdAt: Date;
  /** Counts what became of them: a role, an invitation, a password. */
  readonly version: number;
}

interface Row {
  id: string;
  handle: string;
  role: OperatorRole;
  status: OperatorStatus;
  password_hash: string | null;
  totp_secret_encrypted: string | null;
  totp_last_step: string;
  invite_hash: string | null;
  invite_expires_at: Date | null;
  created_at: Date;
  version: number;
}

const fromRow = (row: Row): AdminUser => ({
  id: row.id,
  handle: row.handle,
  role: row.role,
  status: row.status,
  passwordHash: row.password_hash,
  totpSecretEncrypted: row.totp_secret_encrypted,
  totpLastStep: Number(row.totp_last_step),
  createdAt: row.created_at,
  version: row.version,
});

export async function findAdminUser(db: Db, handle: string): Promise<AdminUser | undefined> {
  const row = await db<Row>('admin_users').where({ handle }).first();
  return row && fromRow(row);
}

/** All of them, by handle. */
export const listAdminUsers = async (db: Db): Promise<AdminUser[]> =>
  (await db<Row>('admin_users').orderBy('handle')).map(fromRow);

interface Invitation {
  readonly id: string;
  readonly handle: string;
  readonly role: OperatorRole;
  /** Of the token; whoever has it becomes this operator. */
  readonly inviteHash: string;
  readonly expiresAt: Date;
  /** Null: by a command on the server. */
  readonly invitedBy: string | null;
  /** Networks, `10.0.0.0/8`; null: from anywhere. */
  readonly allowedAddresses: readonly string[] | null;
  /** To a role that two people give: the request of it, which is done. */
  readonly request?: string;
  /** Somebody at the server alone hands it over, where operators were: for a day it is no second person's. */
  readonly ofServer?: boolean;
}

/** Who held the whole token: `invitedBy`, unless two people invite under a request. No role given later changes it. */
const handsOf = (invitedBy: string | null, request: string | undefined) => ({
  ...{ invited_by: invitedBy, invited_by_two: request !== undefined },
});

const invitationColumns = ({ inviteHash, expiresAt, invitedBy, role, allowedAddresses, request }: Invitation) => ({
  ...{ role, invite_hash: inviteHash, invite_expires_at: expiresAt },
  ...handsOf(invitedBy, request),
  ...{ allowed_addresses: allowedAddresses as string[] | null, request_id: request ?? null },
  ...(request && { server_reset_at: null }),
});

/**
 * Invites somebody, or invites them anew while they have not accepted, which ends the invitation of before. False: the
 * handle is, or was, another operator's.
 */
export async function inviteAdminUser(db: Db, given: Invitation): Promise<boolean> {
  const columns = { ...invitationColumns(given), ...(given.ofServer && { server_reset_at: db.raw('now()') }) };
  const anew = { ...columns, totp_secret_encrypted: null, version: db.raw('version + 1') };
  const again = await db('admin_users').where({ handle: given.handle, status: 'INVITED' }).update(anew);
  if (again === 1) return true;
  // Not caught as an error, which would end the transaction of the caller.
  const made = await db('admin_users')
    .insert({ id: given.id, handle: given.handle, ...columns })
    .onConflict()
    .ignore()
    .returning('id');
  return made.length === 1;
}

/** Who is an admin, is invited to be one, or was one. Nobody else makes one until the transaction ends. */
export async function adminsEver(trx: Trx): Promise<Pick<AdminUser, 'handle' | 'status'>[]> {
  await trx.raw('lock table admin_users in share row exclusive mode');
  return trx<Row>('admin_users').where({ role: 'admin' }).select('handle', 'status');
}

/** Whose invitation this is, unless it is over. */
export async function findInvited(db: Db, inviteHash: string, now: Date): Promise<AdminUser | undefined> {
  const row = await db<Row>('admin_users')
    .where({ invite_hash: inviteHash, status: 'INVITED' })
    .where('invite_expires_at', '>', now)
    .first();
  return row && fromRow(row);
}

/** Keeps the secret of the invited one's codes, if there is none yet; answers with the one that is kept. */
export async function keepTotpSecret(db: Db, id: string, encrypted: string): Promise<string | undefined> {
  await db('admin_users')
    .where({ id, status: 'INVITED' })
    .whereNull('totp_secret_encrypted')
    .update({ totp_secret_encrypted: encrypted });
  const row = await db<Row>('admin_users').where({ id, status: 'INVITED' }).first('totp_secret_encrypted');
  return row?.totp_secret_encrypted ?? undefined;
}

/** The invited one is an operator now; false: the invitation was used, or is over. `step`: of the code. */
export async function acceptInvitation(
  db: Db,
  { inviteHash, passwordHash, step, now }: { inviteHash: string; passwordHash: string; step: number; now: Date },
): Promise<boolean> {
  const accepted = await db('admin_users')
    .where({ invite_hash: inviteHash, status: 'INVITED' })
    .where('invite_expires_at', '>', now)
    .update({
      ...{ status: 'ACTIVE', password_hash: passwordHash, totp_last_step: step },
      ...{ invite_hash: null, invite_expires_at: null, version: db.raw('version + 1') },
    });
  return accepted === 1;
}

/** Gives an operator another role, under the request of it that is done. Throws where there is none such. */
export async function changeAdminRole(
  trx: Trx,
  { handle, role, request }: { readonly handle: string; readonly role: OperatorRole; readonly request: string },
): Promise<void> {
  const changed = await trx('admin_users')
    .where({ handle, status: 'ACTIVE' })
    .update({ role, request_id: request, version: trx.raw('version + 1') });
  if (changed !== 1) throw new Error(`there is no operator ${handle}`);
}

/** Uses a code up; false: it, or a later one, was used, or the operator is none any more. */
export async function useTotpStep(db: Db, id: string, step: number): Promise<boolean> {
  const used = await db('admin_users')
    .where({ id, status: 'ACTIVE' })
    .where('totp_last_step', '<', step)
    .update({ totp_last_step: step });
  return used === 1;
}

/**
 * Takes away what the operator proves themselves with, and what they have open: they are invited anew, with the role
 * that they have. False: there is no such operator (of this role, if one is named), or they are disabled.
 */
export async function resetAdminUser(
  trx: Trx,
  { handle, role, inviteHash, expiresAt, invitedBy, now, request }: Reset,
): Promise<boolean> {
  const [row] = await trx('admin_users')
    .where({ handle, ...(role && { role }) })
    .whereNot({ status: 'DISABLED' })
    .update({
      ...{ status: 'INVITED', password_hash: null, totp_secret_encrypted: null },
      ...{ invite_hash: inviteHash, invite_expires_at: expiresAt, version: trx.raw('version + 1') },
      ...(request && { request_id: request, server_reset_at: null }),
      ...(invitedBy === null && { server_reset_at: trx.raw('now()') }),
      ...handsOf(invitedBy, request),
    })
    .returning<{ id: string }[]>('id');
  if (row) await endSessionsOf(trx, row.id, now);
  return row !== undefined;
}
interface Reset extends Pick<Invitation, 'handle' | 'inviteHash' | 'expiresAt' | 'invitedBy' | 'request'> {
  readonly role: OperatorRole | undefined;
  readonly now: Date;
}

/** Sets the operator's password, if it still is the one that was seen, and ends their sessions but for this one. */
export async function changeAdminPassword(
  trx: Trx,
  { id, passwordHash: seen }: Pick<AdminUser, 'id' | 'passwordHash'>,
  given: { readonly passwordHash: string; readonly exceptSession: string; readonly now: Date },
): Promise<boolean> {
  const { passwordHash, exceptSession, now } = given;
  const changed = await trx('admin_users')
    .where({ id, status: 'ACTIVE', password_hash: seen })
    .update({ password_hash: passwordHash, version: trx.raw('version + 1') });
  if (changed === 1) await endSessionsOf(trx, id, now, exceptSession);
  return changed === 1;
}

async function endSessionsOf(trx: Trx, operatorId: string, now: Date, except?: string): Promise<void> {
  const open = trx('admin_sessions').where({ operator_id: operatorId }).whereNull('ended_at');
  if (except !== undefined) open.whereNot({ id: except });
  await open.update({ ended_at: now });
}

/** Disables the operator and ends what they have open; false: there is none, or they are disabled already. */
export async function disableAdminUser(trx: Trx, handle: string, now: Date): Promise<boolean> {
  const [row] = await trx('admin_users')
    .where({ handle })
    .whereNot({ status: 'DISABLED' })
    .update({
      ...{ status: 'DISABLED', password_hash: null, totp_secret_encrypted: null },
      ...{ invite_hash: null, invite_expires_at: null, version: trx.raw('version + 1') },
    })
    .returning<{ id: string }[]>('id');
  if (!row) return false;
  await endSessionsOf(trx, row.id, now);
  return true;
}
