/**
 * An operator logs in: handle, password, and a code that counts once. A refusal never tells which of them was wrong,
 * nor whether there is such an operator; it takes the same work, and writes as much, either way.
 */
import { randomUUID } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { audit } from '../../db/admin-audit';
import { countLogInTry, forgetLogInTries } from '../../db/admin-log-ins';
import { type Operator, openAdminSession, type SessionPlace, useAdminSession } from '../../db/admin-sessions';
import { type AdminUser, findAdminUser, useTotpStep } from '../../db/admin-users';
import { placeOf } from '../../db/encrypted-columns';
import type { Keys } from '../../infra/keys/keys';
import { KeysUnavailable } from '../../infra/keys/master-key';
import type { ApiDeps } from '../deps';
import { countedAddress } from '../http/client-address';
import { hashOfToken, newSessionToken } from './tokens';
import { newTotpSecret, totpStepOf } from './totp';

interface Proof {
  readonly handle: string;
  readonly password: string;
  readonly totpCode: string;
}

interface From {
  readonly place: SessionPlace;
  /** Null at the command line. */
  readonly address: string | null;
}

type LogInDeps = Pick<ApiDeps, 'db' | 'keys' | 'wallClock'>;

/** Whose proofs are looked at when there is no such operator; a secret is opened then, too. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
const nobodysHash = hash('no password is this one');
const nobodysSecrets = new WeakMap<Keys, string>();

async function nobodysSecret(keys: Keys): Promise<string> {
  const kept = nobodysSecrets.get(keys);
  if (kept !== undefined) return kept;
  const made = await keys.encrypt(newTotpSecret(), placeOf('totpSecret', NOBODY));
  nobodysSecrets.set(keys, made);
  return made;
}

/** Its data key may have been retired since: no row holds what nobody has. */
async function openNobodysSecret(keys: Keys): Promise<string> {
  const open = async () => keys.decrypt(await nobodysSecret(keys), placeOf('totpSecret', NOBODY));
  return open().catch((error: Error) => {
    if (error instanceof KeysUnavailable) throw error;
    nobodysSecrets.delete(keys);
    return open();
  });
}

/** The step of the code, if password and code are this operator's. */
async function stepProven({ keys, wallClock }: LogInDeps, user: AdminUser | undefined, given: Proof) {
  const passwordMatches = await verify(user?.passwordHash ?? (await nobodysHash), given.password);
  const secret = user?.totpSecretEncrypted
    ? await keys.decrypt(user.totpSecretEncrypted, placeOf('totpSecret', user.id))
    : await openNobodysSecret(keys);
  const step = totpStepOf(secret, given.totpCode, wallClock());
  return user?.status === 'ACTIVE' && passwordMatches ? step : undefined;
}

const tryPlace = ({ place, address }: From): string => (address === null ? place : countedAddress(address));

/** Opens a session. Undefined: something of it was wrong, the operator is locked out there, or is none. */
export async function logIn(
  deps: LogInDeps,
  from: From,
  given: Proof,
): Promise<{ readonly token: string; readonly operator: Operator } | undefined> {
  const user = await proven(deps, from, given);
  return user && openSession(deps, user.id, from);
}

/** The operator, by password and code, which has counted now. Undefined: as of `logIn`; the refusal is audited. */
export async function proven(deps: LogInDeps, from: From, given: Proof): Promise<AdminUser | undefined> {
  const { db, wallClock } = deps;
  const user = await findAdminUser(db, given.handle);
  const { address } = from;
  const heard = await countLogInTry(db, { handle: given.handle, place: tryPlace(from), address, now: wallClock() });
  const step = await stepProven(deps, user, given);
  if (!user || !heard || step === undefined || !(await useTotpStep(db, user.id, step))) {
    await noteRefusal(deps, user, from);
    return undefined;
  }
  await forgetLogInTries(db, user.id, tryPlace(from));
  return user;
}

/** A handle that is nobody's is not kept: it may be a password that went into the wrong field. */
async function noteRefusal({ db }: LogInDeps, user: AdminUser | undefined, { place, address }: From): Promise<void> {
  const entry = { action: 'log-in', subjectKind: 'operator', outcome: 'refused' } as const;
  if (!user) return audit(db, { actor: 'nobody' }, entry);
  const { id, handle, role } = user;
  await audit(db, { id, handle, role, via: place, address }, { ...entry, subject: handle });
}

/** Opens a session of whoever has proven to be this operator; undefined: they are none any more. */
export async function openSession(
  { db, wallClock }: Pick<LogInDeps, 'db' | 'wallClock'>,
  operatorId: string,
  { place, address }: From,
): Promise<{ readonly token: string; readonly operator: Operator } | undefined> {
  const token = newSessionToken();
  const [id, tokenHash, now] = [randomUUID(), hashOfToken(token), wallClock()];
  return db.transaction(async (trx) => {
    if (!(await openAdminSession(trx, operatorId, { id, via: place, tokenHash, address, now }))) return undefined;
    const operator = await useAdminSession(trx, { tokenHash, place, address, now });
    if (!operator) return undefined;
    await audit(trx, operator, {
      ...{ action: 'log-in', subjectKind: 'operator', subject: operator.handle, outcome: 'done' },
    });
    return { token, operator };
  });
}
