/** What the works of `npm run keys` have in common. */
import { existsSync } from 'node:fs';
import { openKeysOf } from '../../api/open-keys';
import type { Operator } from '../../db/admin-sessions';
import type { Db } from '../../db/connection';
import { ConfigError } from '../../infra/config/load';
import type { MasterKeyPlace } from '../../infra/keys/master';
import { KeysUnavailable, WrongMasterKey } from '../../infra/keys/master-key';
import { createLog } from '../../infra/log';

interface WorkDeps {
  readonly db: Db;
  readonly masterKey: MasterKeyPlace;
  readonly operator: Operator;
  /** When this work began: now, or when it was cut off. */
  readonly begunAt: Date;
}
export type KeyWork = (deps: WorkDeps) => Promise<void>;

export const clock = () => new Date();

/** The keys of this database. A key file that is made here would open nothing. */
export async function openExisting({ db, masterKey }: Pick<WorkDeps, 'db' | 'masterKey'>) {
  const { kms, path } = masterKey;
  if (kms === null && path !== null && !existsSync(path)) throw new ConfigError(`PLIC_KEY_FILE: there is no ${path}`);
  try {
    return await openKeysOf({ db, masterKey, clock, log: createLog('keys', 'silent') });
  } catch (error) {
    const expected = error instanceof WrongMasterKey || error instanceof KeysUnavailable;
    throw expected ? new ConfigError(error.message) : error;
  }
}
