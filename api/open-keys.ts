/** The keys of a process over its database: the API, the worker and the commands open them so. */
import type { Db } from '../db/connection';
import { dataKeyStore } from '../db/data-keys';
import { closeTasks, raise } from '../db/operator-tasks';
import { type MasterKeyPlace, openMasterKey } from '../infra/keys/master';
import { openKeys } from '../infra/keys/open';
import type { Log } from '../infra/log';

interface Deps {
  readonly db: Db;
  readonly masterKey: MasterKeyPlace;
  readonly clock: () => Date;
  readonly log: Log;
}

/**
 * Outages of the master key become an alarm of operators, which ends when any process is answered. Throws
 * WrongMasterKey when the master key opens nothing of this database, KeysUnavailable while it is silent.
 */
export function openKeysOf({ db, masterKey, clock, log }: Deps) {
  const noteIt = (work: Promise<unknown>) =>
    void work.catch((error: Error) => log.warn({ reason: error.name }, 'the alarm of the master key is not noted'));
  return openKeys({
    ...{ master: openMasterKey(masterKey), store: dataKeyStore(db), clock },
    onOutage({ message }) {
      log.error({ reason: message }, 'the master key does not answer');
      noteIt(raise(db, null, 'alarm', 'kms-unreachable', message));
    },
    onAnswer: () => noteIt(closeTasks(db, null, ['kms-unreachable'])),
  });
}
