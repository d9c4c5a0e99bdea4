/**
 * Envelope encryption: a field is sealed under a data key, which the master key wraps. A ciphertext is
 * `v2.<data key id>.<nonce>.<tag>.<body>`, base64url, so that keys are wrapped anew without a record being touched. The
 * additional data binds it to its table, row and column.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { DataKeys } from './data-keys';
import type { FieldPlace, Keys } from './keys';
import { SOME_FILE } from './master-file';
import type { MasterKey } from './master-key';
import { type Sealed, seal, unseal } from './seal';

const b64 = (bytes: Buffer): string => bytes.toString('base64url');
const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url');
/** With the name of the data key, of which there must be one spelling; v1 had none. */
const contextOf = ({ table, row, column }: FieldPlace, name?: string): Buffer =>
  Buffer.from([table, row, column, ...(name === undefined ? [] : [name])].join('/'));
/** Keys of look-up hashes that are kept open: two are live at a time. */
const HASH_KEYS_OPEN = 8;

interface Parts {
  readonly dataKeys: DataKeys;
  /** Of `hash`. */
  readonly hashKey: Buffer;
  /** For ciphertexts of before there were rows of data keys. */
  readonly master: MasterKey;
}

export function createKeys({ dataKeys, hashKey, master }: Parts): Keys {
  const hashUnder = (key: Buffer, value: string, purpose: string): string =>
    createHmac('sha256', key).update(`${purpose}\0${value}`).digest('base64url');
  const keyOf = (format: string, name: string): Promise<Buffer> | undefined => {
    if (format === 'v2') return dataKeys.byId(name);
    if (format === 'v1') return master.unwrap({ wrapped: bytesOf(name), masterKeyId: SOME_FILE }, 'field');
    return undefined;
  };
  const hashKeys = new Map<string, Buffer>();
  const keys: Keys = {
    async encryption() {
      const { id, key } = await dataKeys.current('field');
      return (plaintext, place) =>
        ['v2', id, ...seal(key, Buffer.from(plaintext), contextOf(place, id)).map(b64)].join('.');
    },
    encrypt: async (plaintext, place) => (await keys.encryption())(plaintext, place),
    async decrypt(ciphertext, place) {
      const [format = '', name = '', ...sealed] = ciphertext.split('.');
      const key = sealed.length === 3 ? await keyOf(format, name) : undefined;
      if (!key) throw new Error('malformed ciphertext');
      const context = contextOf(place, format === 'v1' ? undefined : name);
      return unseal(key, sealed.map(bytesOf) as unknown as Sealed, context).toString();
    },
    hash: (value, purpose) => hashUnder(hashKey, value, purpose),
    makeHashKey: (place) => keys.encrypt(b64(randomBytes(32)), place),
    async lookUpHash(value, purpose, encrypted, place) {
      if (encrypted === null) return hashUnder(hashKey, value, purpose);
      const key = hashKeys.get(encrypted) ?? bytesOf(await keys.decrypt(encrypted, place));
      if (hashKeys.size >= HASH_KEYS_OPEN) hashKeys.clear();
      hashKeys.set(encrypted, key);
      return hashUnder(key, value, purpose);
    },
  };
  return keys;
}
