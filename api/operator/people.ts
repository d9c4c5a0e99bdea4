/** Who becomes an operator, and who is one no longer. Roles are given with an invitation. */
import { randomUUID } from 'node:crypto';
import { type AuditActor, audit } from '../../db/admin-audit';
import type { Operator } from '../../db/admin-sessions';
import {
  acceptInvitation,
  adminsEver,
  disableAdminUser,
  findAdminUser,
  findInvited,
  inviteAdminUser,
  keepTotpSecret,
  resetAdminUser,
} from '../../db/admin-users';
import type { Db, Trx } from '../../db/connection';
import { placeOf } from '../../db/encrypted-columns';
import { raiseOneMore } from '../../db/operator-tasks';
import { ROLES_BY_TWO } from '../../workflows/domain/operator-requests';
import type { OperatorRole } from '../../workflows/domain/operator-roles';
import { maskedAddresses } from '../../workflows/domain/personal-data';
import type { ApiDeps } from '../deps';
import type { Words } from '../http/problem';
import { hashPassword, passwordFault } from '../passwords';
import { give } from './give';
import { type OperatorDeps, type Refusal, refused } from './order';
import { INVITED_MS, inviteByTwo, takenWords } from './roles';
import { hashOfInvitation, hashOfToken, newInviteToken } from './tokens';
import { newTotpSecret, totpStepOf, totpUri } from './totp';

/** Beside the commands of the server: the first admin, and the second, who then approves the others' roles. */
const ADMINS_BY_COMMAND = 2;

interface Invited {
  readonly handle: string;
  readonly role: OperatorRole;
  readonly allowedAddresses?: readonly string[] | undefined;
}

interface By {
  readonly actor: AuditActor;
  /** The operator who invites; null: a command on the server. */
  readonly invitedBy: string | null;
  readonly now: Date;
  /** By that command, when every admin of before is gone: others than admins may be there. */
  readonly ofServer?: boolean;
}

type Made = { readonly kind: 'done'; readonly token: string; readonly expiresAt: Date } | Refusal;

const taken = (handle: string): Refusal => refused('not-now', takenWords(handle));

/** Invites somebody to be an operator; the token is shown once, and whoever has it accepts. */
export async function invite(db: Db, given: Invited, { actor, invitedBy, now, ofServer }: By): Promise<Made> {
  const { handle, role, allowedAddresses = null } = given;
  const token = newInviteToken();
  const expiresAt = new Date(now.getTime() + INVITED_MS);
  return db.transaction(async (trx) => {
    const row = {
      id: randomUUID(),
      inviteHash: hashOfToken(token),
      expiresAt,
      invitedBy,
      ...(ofServer && { ofServer }),
    };
    if (!(await inviteAdminUser(trx, { ...row, handle, role, allowedAddresses }))) return taken(handle);
    const networks = allowedAddresses && maskedAddresses(allowedAddresses);
    const entry = { action: 'invite', subjectKind: 'operator', subject: handle, outcome: 'done' } as const;
    await audit(trx, actor, { ...entry, after: { role, allowedAddresses: networks } });
    return { kind: 'done', token, expiresAt };
  });
}

/** `token`: its first half. */
type Asked = { readonly kind: 'requested'; readonly requestId: string; readonly token: string; readonly words: string };

/**
 * An operator invites: to a role that moves money another one has to approve it, who has the second half of the token
 * then. Of an operator who holds `operators.manage`.
 */
export async function inviteAs(
  deps: OperatorDeps,
  operator: Operator,
  { reason, ...given }: Invited & { readonly reason: string },
  now: Date,
): Promise<Made | Asked> {
  const { handle, ...rest } = given;
  if (!ROLES_BY_TWO.includes(given.role))
    return invite(deps.db, given, { actor: operator, invitedBy: operator.id, now });
  const token = newInviteToken();
  const input = { ...rest, reason, inviteHash: hashOfToken(token) };
  const answer = await give(deps, operator, inviteByTwo, { about: { handle }, input });
  if (answer.kind === 'done') throw new Error('an invitation of two people was made by one');
  return answer.kind === 'requested' ? { ...answer, token } : answer;
}

/**
 * By a command on the server: the first two admins ever, and none later, unless none is left. While neither has
 * accepted, either is invited anew: a token that was lost is nobody's to replace else. Beside another admin, or after
 * one, every operator is told.
 */
export async function createAdmin(db: Db, handle: string, by: Pick<By, 'actor' | 'now'>): Promise<Made> {
  return db.transaction(async (trx) => {
    const admins = await adminsEver(trx);
    const isAnew = admins.every(({ status }) => status === 'INVITED') && admins.some((one) => one.handle === handle);
    const isAnyLeft = admins.some(({ status }) => status !== 'DISABLED');
    if (admins.length >= ADMINS_BY_COMMAND && isAnyLeft && !isAnew)
      return refused('not-now', 'there are, or were, two admins: one who is left invites the next');
    const isBeside = admins.some(({ status }) => status !== 'INVITED');
    if (isBeside) await tellOfServer(trx, by, `${handle} is invited to be an admin`);
    const ofServer = admins.length > 0 && !isAnyLeft;
    return invite(trx, { handle, role: 'admin' }, { ...by, invitedBy: null, ofServer });
  });
}

/** Every operator is told who got round a log-in, and how. */
function tellOfServer(trx: Trx, { actor, now }: Pick<By, 'actor' | 'now'>, what: string): Promise<void> {
  const by = 'actor' in actor ? actor.actor : actor.handle;
  return raiseOneMore(trx, 'task', 'break-glass-used', `${now.toISOString()} ${by}, ${what}`);
}

/** Disables an operator for good: they are out at once. */
export async function disable(
  db: Db,
  handle: string,
  { actor, now, reason }: Pick<By, 'actor' | 'now'> & { reason: string },
) {
  return db.transaction(async (trx) => {
    if (!(await disableAdminUser(trx, handle, now))) return refused('not-found', `there is no operator ${handle}`);
    await audit(trx, actor, { action: 'disable', subjectKind: 'operator', subject: handle, reason, outcome: 'done' });
    return { kind: 'done' as const };
  });
}

/**
 * For an operator who has lost what they prove themselves with: they are invited anew, and are none until they accept.
 * Every operator is told. Who holds a role of two people (`inviteByTwo`) is not reset so by an operator. By a command
 * on the server (`invitedBy` null) admins alone: they do it for the others.
 */
export async function reset(
  db: Db,
  handle: string,
  { actor, invitedBy, now, reason }: By & { readonly reason: string },
): Promise<Made> {
  const token = newInviteToken();
  const expiresAt = new Date(now.getTime() + INVITED_MS);
  const role = invitedBy === null ? 'admin' : undefined;
  return db.transaction(async (trx) => {
    const user = invitedBy === null ? undefined : await findAdminUser(trx, handle);
    if (user && ROLES_BY_TWO.includes(user.role))
      return refused('not-now', `${handle} is ${user.role}: two people invite them anew, by "invite"`);
    const ofRole = role ?? user?.role; // another role that they have meanwhile is not reset
    const anew = { handle, role: ofRole, inviteHash: hashOfToken(token), expiresAt, invitedBy, now };
    if (!(await resetAdminUser(trx, anew))) return refused('not-found', `there is no ${role ?? 'operator'} ${handle}`);
    const entry = { action: 'reset-authenticator', subjectKind: 'operator', subject: handle } as const;
    await audit(trx, actor, { ...entry, reason, outcome: 'done' });
    await tellOfServer(trx, { actor, now }, `for ${handle}: ${reason}`);
    return { kind: 'done', token, expiresAt };
  });
}

type Keeping = Pick<ApiDeps, 'db' | 'keys' | 'wallClock'>;

/** What an authenticator needs of whoever holds the token; undefined: it was used, is over, or is none. */
export async function invitationOf(
  { db, keys, wallClock }: Keeping,
  token: string,
): Promise<
  { readonly id: string; readonly handle: string; readonly secret: string; readonly uri: string } | undefined
> {
  const invited = await findInvited(db, hashOfInvitation(token), wallClock());
  if (!invited) return undefined;
  const { id, handle } = invited;
  const place = placeOf('totpSecret', id);
  const kept = await keepTotpSecret(db, id, await keys.encrypt(newTotpSecret(), place));
  if (kept === undefined) return undefined;
  const secret = await keys.decrypt(kept, place);
  return { id, handle, secret, uri: totpUri(handle, secret) };
}

const OWN: Words = { ko: '자기 이름은 비밀번호로 쓸 수 없습니다.', en: 'The handle is no password.' };

/** Why an operator's new password is refused; undefined: it is not. */
export const operatorPasswordFault = (handle: string, password: string): Words | undefined =>
  passwordFault(password, { texts: [handle], words: OWN });

type Accepted =
  | { readonly kind: 'done'; readonly handle: string }
  | { readonly kind: 'over' | 'wrong-code' }
  | { readonly kind: 'bad-password'; readonly words: Words };

/** Makes the holder of the token the operator who was invited, once. */
export async function accept(
  deps: Keeping,
  { token, password, totpCode }: { readonly token: string; readonly password: string; readonly totpCode: string },
): Promise<Accepted> {
  const { db, wallClock } = deps;
  const invited = await invitationOf(deps, token);
  if (!invited) return { kind: 'over' };
  const { id, handle } = invited;
  const words = operatorPasswordFault(handle, password);
  if (words) return { kind: 'bad-password', words };
  const step = totpStepOf(invited.secret, totpCode, wallClock());
  if (step === undefined) return { kind: 'wrong-code' };
  const passwordHash = await hashPassword(password);
  return db.transaction(async (trx) => {
    const now = wallClock();
    if (!(await acceptInvitation(trx, { inviteHash: hashOfInvitation(token), passwordHash, step, now })))
      return { kind: 'over' };
    const entry = { action: 'accept-invitation', subjectKind: 'operator', subject: handle, outcome: 'done' } as const;
    await audit(trx, { actor: `operator:${handle}`, operatorId: id }, entry);
    return { kind: 'done', handle };
  });
}
