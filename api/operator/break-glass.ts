/**
 * Whoever stands at the server may break the glass: for an hour they read, throw stops and ask for what a second
 * person approves, without a log-in and without the API. Everybody is told.
 */
import { randomUUID } from 'node:crypto';
import { audit } from '../../db/admin-audit';
import { openBrokenGlass, useAdminSession } from '../../db/admin-sessions';
import type { Db } from '../../db/connection';
import { raiseOneMore } from '../../db/operator-tasks';
import { hashOfToken, newSessionToken } from './tokens';

/** Answers with the token of the session. */
export async function breakGlass(
  db: Db,
  { shellUser, reason, now }: { readonly shellUser: string; readonly reason: string; readonly now: Date },
): Promise<string> {
  const token = newSessionToken();
  const tokenHash = hashOfToken(token);
  await db.transaction(async (trx) => {
    await openBrokenGlass(trx, { id: randomUUID(), tokenHash, now, shellUser, reason });
    const operator = await useAdminSession(trx, { tokenHash, place: 'command', address: null, now });
    if (!operator) throw new Error('a glass was broken, and its session is none');
    const entry = { action: 'break-glass', subjectKind: 'system', reason, outcome: 'done' } as const;
    await audit(trx, operator, entry);
    await raiseOneMore(trx, 'task', 'break-glass-used', `${now.toISOString()} ${shellUser}: ${reason}`);
  });
  return token;
}
