/** An operator changes their own password. */
import { audit } from '../../db/admin-audit';
import type { Operator } from '../../db/admin-sessions';
import { changeAdminPassword } from '../../db/admin-users';
import type { ApiDeps } from '../deps';
import type { Words } from '../http/problem';
import { hashPassword } from '../passwords';
import { proven } from './log-in';
import { operatorPasswordFault } from './people';

interface Change {
  readonly password: string;
  readonly totpCode: string;
  readonly newPassword: string;
}

type Changed = { readonly kind: 'done' | 'wrong' } | { readonly kind: 'bad-password'; readonly words: Words };

/**
 * By the password that they have and a code, which counts once; wrong ones count as those of log-ins. The operator's
 * other sessions end.
 */
export async function changeOwnPassword(
  deps: Pick<ApiDeps, 'db' | 'keys' | 'wallClock'>,
  operator: Operator,
  { newPassword, ...proof }: Change,
): Promise<Changed> {
  const { handle, sessionId, address } = operator;
  const words = operatorPasswordFault(handle, newPassword);
  if (words) return { kind: 'bad-password', words };
  const place = address === null ? 'command' : 'api';
  const user = await proven(deps, { place, address }, { handle, ...proof });
  if (!user) return { kind: 'wrong' };
  const passwordHash = await hashPassword(newPassword);
  return deps.db.transaction(async (trx) => {
    const given = { passwordHash, exceptSession: sessionId, now: deps.wallClock() };
    if (!(await changeAdminPassword(trx, user, given))) return { kind: 'wrong' };
    const entry = { action: 'change-password', subjectKind: 'operator', subject: handle } as const;
    await audit(trx, operator, { ...entry, outcome: 'done' });
    return { kind: 'done' };
  });
}
