/**
 * A step of `npm start`: the operators of a local system, one who makes requests and one who checks them. What
 * they prove themselves with is written down in a file that only its owner may read.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { openKeysOf } from '../../api/open-keys';
import { accept, invitationOf, invite } from '../../api/operator/people';
import { totpNow } from '../../api/operator/totp';
import { findAdminUser } from '../../db/admin-users';
import { type Db, openDb } from '../../db/connection';
import { loadKeysConfig } from '../../infra/config/commands';
import { ConfigError } from '../../infra/config/load';
import { isProduction, localOperatorsFile } from '../../infra/config/local-environment';
import { wallClock } from '../../infra/fast-clock';
import type { Keys } from '../../infra/keys/keys';
import { createLog } from '../../infra/log';
import type { OperatorRole } from '../../workflows/domain/operator-roles';
import type { LocalOperator } from './local-operators';

const WANTED = { maker: 'finance', checker: 'admin' } as const satisfies Readonly<Record<string, OperatorRole>>;

const read = (file: string): LocalOperator[] => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []);
function write(file: string, all: readonly LocalOperator[]): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Makes those that are missing. Throws when one is there whose secrets are not. */
async function makeOperators({ db, keys, file }: { db: Db; keys: Keys; file: string }): Promise<void> {
  for (const [handle, role] of Object.entries(WANTED)) {
    const others = read(file).filter((one) => one.handle !== handle);
    const known = await findAdminUser(db, handle);
    if (known?.status === 'ACTIVE' && others.length < read(file).length) continue;
    const by = { actor: { actor: 'server:npm-start' }, invitedBy: null, now: wallClock() };
    const invited = await invite(db, { handle, role }, by);
    const deps = { db, keys, wallClock };
    const invitation = invited.kind === 'done' ? await invitationOf(deps, invited.token) : undefined;
    if (invited.kind !== 'done' || !invitation)
      throw new ConfigError(`the database has an operator "${handle}" of whom ${file} knows nothing: use another one`);
    const proof = { password: randomBytes(18).toString('base64url'), totpSecret: invitation.secret };
    write(file, [...others, { handle, role, ...proof }]); // before it counts: nobody is left without their secrets
    const totpCode = totpNow(invitation.secret, wallClock());
    await accept(deps, { token: invited.token, password: proof.password, totpCode });
  }
}

async function main(): Promise<void> {
  if (isProduction()) throw new ConfigError('operators of one machine are not for production');
  const { databaseUrl, masterKey } = loadKeysConfig();
  const db = openDb({ databaseUrl, poolMax: 2 });
  try {
    const { keys } = await openKeysOf({ db, masterKey, clock: wallClock, log: createLog('operator', 'silent') });
    await makeOperators({ db, keys, file: localOperatorsFile() });
  } finally {
    await db.destroy();
  }
}

main().catch((error: Error) => {
  process.stderr.write(`operators: ${error instanceof ConfigError ? error.message : error.stack}\n`);
  process.exit(1);
});
