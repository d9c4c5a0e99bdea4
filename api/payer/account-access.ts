/** Changing an account: who may, and what it does to the sessions that are open. */
import { verify } from '@node-rs/argon2';
import type { Trx } from '../../db/connection';
import { findUser, type User } from '../../db/users';
import type { ApiDeps } from '../deps';
import type { Limiter } from '../http/middleware/rate-limit';
import type { Payer } from '../http/operation';
import { Problem } from '../http/problem';
import type { Sessions } from './sessions';

export interface AccountParts {
  readonly sessions: Sessions;
  readonly limit: Limiter;
}

/** The member of the session. `unauthenticated`: they have left meanwhile. */
export async function memberOf({ db }: Pick<ApiDeps, 'db'>, payer: Payer): Promise<User> {
  const user = await findUser(db, payer.userId);
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
 */
export async function changeAndEndSessions(
  { db, sessions }: Pick<ApiDeps, 'db'> & Pick<AccountParts, 'sessions'>,
  { userId, exceptSessionId }: Ending,
  change: (trx: Trx) => Promise<void>,
): Promise<void> {
  const end = () => sessions.closeAll(userId, exceptSessionId);
  await db.transaction(async (trx) => {
    await change(trx);
    await end();
  });
  await end();
}
