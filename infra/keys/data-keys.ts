/** Data keys, which encrypt: rows of `data_keys` hold them wrapped, this holds them open for a while. */
import { v7 as uuid } from 'uuid';
import type { DataKeyRow, DataKeyStore } from './data-key-store';
import { createEncryptingKey, type OpenKey } from './encrypting-key';
import type { KeyPurpose, MasterKey } from './master-key';
import { createUnwrapped } from './unwrapped';

/** What encrypts: a data key of the purpose, and by what name it is found again. */
export interface DataKeys {
  /** The key to encrypt with now; ask for each use. Throws KeysUnavailable. */
  current(purpose: 'field' | 'payload'): Promise<{ id: string; key: Buffer }>;
  /** The key of this name, to decrypt with. Throws KeysUnavailable; another error when there is none. */
  byId(id: string): Promise<Buffer>;
}

export interface DataKeysOptions {
  readonly master: MasterKey;
  readonly store: DataKeyStore;
  readonly clock: () => Date;
}

/** All keys of a process. */
export interface ProcessDataKeys extends DataKeys {
  /** The one key of hashes, made by whoever comes first. */
  hashKey(): Promise<Buffer>;
  /** Makes a new key, which this process encrypts with from now on, and others soon. */
  renew(purpose: 'field' | 'payload'): Promise<void>;
}

export function createDataKeys({ master, store, clock }: DataKeysOptions): ProcessDataKeys {
  const unwrapped = createUnwrapped({ master, clock });

  async function take(purpose: KeyPurpose, unlessSince: Date | null): Promise<OpenKey> {
    const known = unlessSince && (await store.youngest(purpose, unlessSince));
    return known ? opened(known) : make(purpose, unlessSince);
  }

  async function make(purpose: KeyPurpose, unlessSince: Date | null): Promise<OpenKey> {
    const { plain, ...wrapped } = await master.generateDataKey(purpose);
    const ours = { id: uuid(), purpose, createdAt: clock(), ...wrapped };
    const kept = await store.add(ours, unlessSince);
    return kept.id === ours.id ? { ...kept, key: unwrapped.keep(ours.id, plain) } : opened(kept);
  }

  async function opened(row: DataKeyRow): Promise<OpenKey> {
    return { ...row, key: await unwrapped.open(row.id, async () => row) };
  }

  const encrypting = (purpose: KeyPurpose) =>
    createEncryptingKey({ take: (unlessSince) => take(purpose, unlessSince), clock });
  const keys = { field: encrypting('field'), payload: encrypting('payload') };

  return {
    async current(purpose) {
      const { id, key } = await keys[purpose].current();
      return { id, key };
    },
    async byId(id) {
      const encrypts = Object.values(keys).find((one) => one.last()?.id === id);
      const open = unwrapped.opened(id) ?? encrypts?.last()?.key;
      if (open) return open;
      return unwrapped.open(id, async () => {
        const row = await store.byId(id);
        if (row) return row;
        throw new Error(`there is no data key ${id}, or it is retired`);
      });
    },
    hashKey: async () => (await take('hash', new Date(0))).key,
    renew: (purpose) => keys[purpose].renew(),
  };
}
