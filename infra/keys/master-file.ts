/** The master key of a machine without KMS: a file of 32 random bytes, which only its owner reads. */
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type KeyPurpose, type MasterKey, type WrappedKey, WrongMasterKey } from './master-key';
import { seal, unseal } from './seal';

const FILE = 'file:';
/** The name of whichever file it was, for ciphertexts of the format v1: they hold their data key, wrapped. */
export const SOME_FILE = `${FILE}v1`;

/** Whether a file wrapped this key, and not KMS. */
export const isOfFile = ({ masterKeyId }: WrappedKey): boolean => masterKeyId.startsWith(FILE);

/** The file is made, with mode 0600, when it is absent. */
export function openMasterFile(path: string): MasterKey {
  const root = readOrMakeKey(path);
  const derive = (label: string): Buffer => Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `plic/${label}`, 32));
  const wrapping = derive('wrap');
  const masterKeyId = `${FILE}${createHash('sha256').update(derive('name')).digest('base64url').slice(0, 16)}`;
  const context = (purpose: KeyPurpose) => Buffer.from(purpose === 'field' ? 'data-key' : `data-key/${purpose}`);
  const master: MasterKey = {
    async generateDataKey(purpose) {
      // That of hashes follows from the file: those that an earlier version made stay right.
      const plain = purpose === 'hash' ? derive('hash') : randomBytes(32);
      return { plain, ...(await master.wrap(plain, purpose)) };
    },
    async wrap(plain, purpose) {
      return { wrapped: Buffer.concat(seal(wrapping, plain, context(purpose))), masterKeyId };
    },
    rewrap: async (key, purpose) => master.wrap(await master.unwrap(key, purpose), purpose),
    async unwrap({ wrapped }, purpose) {
      const pieces = [wrapped.subarray(0, 12), wrapped.subarray(12, 28), wrapped.subarray(28)] as const;
      try {
        return unseal(wrapping, pieces, context(purpose));
      } catch {
        throw new WrongMasterKey(
          'PLIC_KEY_FILE opens nothing that this database holds: set it to the file that its processes have',
        );
      }
    },
  };
  return master;
}

function readOrMakeKey(path: string): Buffer {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    // Written aside, then linked: of two processes that start at once, both read the one that won.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, randomBytes(32), { mode: 0o600 });
    try {
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
  }
  chmodSync(path, 0o600);
  const key = readFileSync(path);
  if (key.length !== 32) throw new Error(`the key file ${path} must hold 32 bytes, it holds ${key.length}`);
  return key;
}
