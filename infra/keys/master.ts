/** The master key that the environment names: KMS, or a local file. */
import { existsSync } from 'node:fs';
import { isOfFile, openMasterFile } from './master-file';
import { type MasterKey, type WrappedKey, WrongMasterKey } from './master-key';
import { type KmsPlace, openMasterKms } from './master-kms';

/** One of the two at least. */
export interface MasterKeyPlace {
  readonly kms: KmsPlace | null;
  /** The file of a machine without KMS; beside KMS, that of before. */
  readonly path: string | null;
}

/**
 * Beside KMS a file is what wrapped before: it only opens, until all data keys are wrapped anew. Without it, what it
 * wrapped throws WrongMasterKey.
 */
export function openMasterKey({ kms, path }: MasterKeyPlace): MasterKey {
  if (kms === null) return openMasterFile(path ?? '');
  const now = openMasterKms(kms);
  return path === null || !existsSync(path) ? withoutFormer(now) : withFormer(now, openMasterFile(path));
}

const withFormer = (now: MasterKey, file: MasterKey): MasterKey => ({
  ...now,
  async generateDataKey(purpose) {
    if (purpose !== 'hash') return now.generateDataKey(purpose);
    // Hashes of before there were rows of keys are under the file's own: no look-up may miss them.
    const { plain } = await file.generateDataKey(purpose);
    return { plain, ...(await now.wrap(plain, purpose)) };
  },
  unwrap: (key, purpose) => (isOfFile(key) ? file : now).unwrap(key, purpose),
  rewrap: async (key, purpose) =>
    isOfFile(key) ? now.wrap(await file.unwrap(key, purpose), purpose) : now.rewrap(key, purpose),
});

/** KMS is not asked for what a file wrapped: it would seem to be out. */
const withoutFormer = (now: MasterKey): MasterKey => ({
  ...now,
  unwrap: async (key, purpose) => now.unwrap(ofNoFile(key), purpose),
  rewrap: async (key, purpose) => now.rewrap(ofNoFile(key), purpose),
});

function ofNoFile(key: WrappedKey): WrappedKey {
  if (!isOfFile(key)) return key;
  throw new WrongMasterKey(
    'PLIC_KEY_FILE: a file wrapped what this database holds: set it, beside KMS_KEY_ID, to the file of before',
  );
}
