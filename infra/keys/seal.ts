/** AES-256-GCM with a random nonce, as three pieces: nonce (12 bytes), tag (16) and body. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export type Sealed = readonly [nonce: Buffer, tag: Buffer, body: Buffer];

/** Bound to `context`: with another it does not open. */
export function seal(key: Buffer, plaintext: Buffer, context: Buffer): Sealed {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context);
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [nonce, cipher.getAuthTag(), body];
}

/** Throws when a byte, the key or the context is another. */
export function unseal(key: Buffer, [nonce, tag, body]: Sealed, context: Buffer): Buffer {
  if (nonce.length !== 12 || tag.length !== 16) throw new Error('malformed ciphertext');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(context).setAuthTag(tag);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}
