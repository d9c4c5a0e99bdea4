/** Changing an account: who may, and what it does to the sessions that are open. */
import { verify } from '@node-rs/argon2';
import type { Trx } from '../../db/connection';
import { findUser, noteSessionsEnded, type User } from '../../db/users';
import type { ApiDeps } from '../deps';
import type { Limiter } from '../http/middleware/rate-limit';
import type { Payer } from '../http/operation';
import { Problem } from '../http/problem';
import type { OpenedSession, Sessions } from './sessions';

export interface AccountParts {
  readonly sessions: Sessions;
  readonly limit: Limiter;
}

/** The member of the session. `unauthenticated`: they have left meanwhile. */
export async function memberOf({ db }: Pick<ApiDeps, 'db'>, { userId }: Pick<Payer, 'userId'>): Promise<User> {
  const user = await findUser(db, userId);
  if (!user) throw new Problem('unauthenticated');
  return user;
}

/**
 * The member, who has shown the password again: an open session alone changes no account. Tries are limited as log-ins
 * are; a wrong one is `wrong-password`, and the session stays.
 */
export async function requirePassword(
  deps: Pick<ApiDeps, 'db'>,
  limit: Limiter,
  payer: Payer,
  password: string,
): Promise<User> {
  await limit('passwordsPerPayer', payer.userId);
  await limit('passwordsPerPayerAndDay', payer.userId);
  const user = await memberOf(deps, payer);
  if (!(await verify(user.passwordHash, password))) throw new Problem('wrong-password');
  return user;
}

interface Ending {
  readonly userId: string;
  /** The one that stays. */
  readonly exceptSessionId?: string;
}

/**
 * Makes the change and ends the member's sessions. They end before it commits: while Redis is away nothing is changed,
 * and the request can be repeated. They end after it too: somebody may have logged in by the old password in between.
 * That they ended is in the member's row: Redis may forget it, and a refresh asks the row. So the change stands
 * whatever becomes of the second end.
 */
export async function changeAndEndSessions(
  { db, clock, log, sessions }: Pick<ApiDeps, 'db' | 'clock' | 'log'> & Pick<AccountParts, 'sessions'>,
  { userId, exceptSessionId }: Ending,
  change: (trx: Trx) => Promise<void>,
): Promise<void> {
  const end = () => sessions.closeAll(userId, exceptSessionId);
  await db.transaction(async (trx) => {
    await change(trx);
    await noteSessionsEnded(trx, userId, clock(), exceptSessionId ?? null);
    await end();
  });
  await end().catch(({ name }: Error) =>
    log.warn({ error: name }, 'sessions of a changed account end at their refresh'),
  );
}

/** Whether the session is one that was ended, which Redis does not know any more. */
export const hasEnded = ({ sessionsEnded }: User, { sessionId, openedAt }: OpenedSession): boolean =>
  sessionsEnded !== null && openedAt < sessionsEnded.at && sessionId !== sessionsEnded.except;
