/**
 * Envelope encryption and keyed hashes of what must not be read (spec §10): AES-256-GCM under a data key, which a
 * key-encryption key wraps. The additional data binds a ciphertext to its table, row and column, so that it cannot
 * be moved to another row.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where the plaintext belongs. */
export interface FieldPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** The port; a local key file stands behind it here, AWS KMS in the cloud. */
export interface Keys {
  /** Ciphertext as text: `v1.<wrapped data key>.<nonce>.<tag>.<body>`, base64url. */
  encrypt(plaintext: string, place: FieldPlace): Promise<string>;
  /** Throws when the text was changed or belongs to another place. */
  decrypt(ciphertext: string, place: FieldPlace): Promise<string>;
  /** Keyed hash; equal inputs of one purpose give equal hashes. Its key is never another. */
  hash(value: string, purpose: string): string;
  /** A new key of look-up hashes, wrapped. */
  makeHashKey(place: FieldPlace): Promise<string>;
  /** The same as `hash` under a key of look-up hashes. Null: the first, that of `hash`. Throws as `decrypt`. */
  lookUpHash(value: string, purpose: string, wrapped: string | null, place: FieldPlace): Promise<string>;
}

const b64 = (bytes: Buffer): string => bytes.toString('base64url');
const aad = ({ table, row, column }: FieldPlace): Buffer => Buffer.from(`${table}/${row}/${column}`);

function seal(key: Buffer, plaintext: Buffer, context: Buffer): Buffer[] {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context);
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [nonce, cipher.getAuthTag(), body];
}

function open(key: Buffer, [nonce, tag, body]: Buffer[], context: Buffer): Buffer {
  if (!nonce || !tag || !body || tag.length !== 16) throw new Error('malformed ciphertext');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(context).setAuthTag(tag);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

/** Keys from a local file of 32 random bytes, made with mode 0600 when it is absent. */
export function openKeyFile(path: string): Keys {
  const root = readOrMakeKey(path);
  const derive = (label: string): Buffer => Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `plic/${label}`, 32));
  const wrapping = derive('wrap');
  const hashing = derive('hash');
  const wrapContext = Buffer.from('data-key');
  const hashUnder = (key: Buffer, value: string, purpose: string): string =>
    createHmac('sha256', key).update(`${purpose}\0${value}`).digest('base64url');
  const unwrapped = new Map<string, Buffer>();
  const keys: Keys = {
    async encrypt(plaintext, place) {
      const dataKey = randomBytes(32);
      const wrapped = Buffer.concat(seal(wrapping, dataKey, wrapContext));
      return ['v1', ...[wrapped, ...seal(dataKey, Buffer.from(plaintext), aad(place))].map(b64)].join('.');
    },
    async decrypt(ciphertext, place) {
      const [format, ...parts] = ciphertext.split('.');
      const [wrapped, ...sealed] = parts.map((part) => Buffer.from(part, 'base64url'));
      if (format !== 'v1' || !wrapped) throw new Error('malformed ciphertext');
      const pieces = [wrapped.subarray(0, 12), wrapped.subarray(12, 28), wrapped.subarray(28)];
      return open(open(wrapping, pieces, wrapContext), sealed, aad(place)).toString();
    },
    hash: (value, purpose) => hashUnder(hashing, value, purpose),
    makeHashKey: (place) => keys.encrypt(b64(randomBytes(32)), place),
    async lookUpHash(value, purpose, wrapped, place) {
      if (wrapped === null) return hashUnder(hashing, value, purpose);
      const key = unwrapped.get(wrapped) ?? Buffer.from(await keys.decrypt(wrapped, place), 'base64url');
      unwrapped.set(wrapped, key);
      return hashUnder(key, value, purpose);
    },
  };
  return keys;
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
