/** The one way to a process's keys. */
import { createDataKeys, type DataKeysOptions, type ProcessDataKeys } from './data-keys';
import { createKeys } from './envelope';
import type { Keys } from './keys';
import type { MasterKey } from './master-key';
import { type Watch, watchedMaster } from './watched-master';

interface OpenedKeys {
  readonly keys: Keys;
  readonly dataKeys: ProcessDataKeys;
  readonly master: MasterKey;
}

/**
 * Opens the key of hashes, which the first process of all makes: so a master key that opens nothing of this database is
 * noticed here, as WrongMasterKey. Throws KeysUnavailable while the master key does not answer.
 */
export async function openKeys({ store, ...given }: DataKeysOptions & Watch): Promise<OpenedKeys> {
  const master = watchedMaster(given.master, given);
  const dataKeys = createDataKeys({ master, store, clock: given.clock });
  const hashKey = await dataKeys.hashKey();
  return { keys: createKeys({ dataKeys, hashKey, master }), dataKeys, master };
}
