/**
 * A step of `npm start`: the money with which the sandbox bank was opened is booked, as the local maker asks and the
 * local checker approves. Every start gives the same order: it is booked once.
 */
import { parseArgs } from 'node:util';
import { give } from '../../api/operator/give';
import { openSession } from '../../api/operator/log-in';
import { fund } from '../../api/operator/owner-funds';
import { approve } from '../../api/operator/requests';
import { hashOfToken } from '../../api/operator/tokens';
import { type Operator, useAdminSession } from '../../db/admin-sessions';
import { findAdminUser } from '../../db/admin-users';
import { type Db, openDb } from '../../db/connection';
import { loadOperatorConfig } from '../../infra/config/commands';
import { ConfigError } from '../../infra/config/load';
import { isProduction } from '../../infra/config/local-environment';
import { wallClock } from '../../infra/fast-clock';
import { checked, fieldsOf, tellFailure, unlessRefused } from './orders';

const text = { type: 'string' } as const;
const options = { amount: text, reference: text, at: text, reason: text };

/** Without a code: who runs this made them. */
async function logInAs(db: Db, handle: string): Promise<Operator> {
  const user = await findAdminUser(db, handle);
  const at = { place: 'command', address: null } as const;
  const opened = user && (await openSession({ db, wallClock }, user.id, at));
  const operator =
    opened && (await useAdminSession(db, { ...at, tokenHash: hashOfToken(opened.token), now: wallClock() }));
  if (!operator) throw new ConfigError(`the operator "${handle}" was disabled: use another database`);
  return operator;
}

async function main(args: string[]): Promise<void> {
  if (isProduction()) throw new ConfigError('operators of one machine are not for production');
  const input = checked(fund.input, fieldsOf(parseArgs({ args, options }).values));
  const db = openDb({ ...loadOperatorConfig(), poolMax: 2 });
  const deps = { db, engine: () => Promise.reject(new Error('no engine is needed')) };
  try {
    const asked = unlessRefused(await give(deps, await logInAs(db, 'maker'), fund, { about: {}, input }));
    if (asked.kind === 'requested') unlessRefused(await approve(deps, await logInAs(db, 'checker'), asked.requestId));
  } finally {
    await db.destroy();
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  tellFailure('float', error);
  process.exit(1);
});
