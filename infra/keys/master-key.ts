/** The port of what wraps data keys, and is never seen itself: a local file (master-file.ts) or AWS KMS. */

/** `hash`: the one key of hashes that never changes. */
export type KeyPurpose = 'field' | 'payload' | 'hash';

export interface WrappedKey {
  readonly wrapped: Buffer;
  /** Of the master key that wrapped it. */
  readonly masterKeyId: string;
}

export interface MasterKey {
  /** A new key of 32 bytes, and the same wrapped; bound to its purpose. */
  generateDataKey(purpose: KeyPurpose): Promise<WrappedKey & { readonly plain: Buffer }>;
  /** Throws WrongMasterKey when another wrapped it, or for another purpose. */
  unwrap(key: WrappedKey, purpose: KeyPurpose): Promise<Buffer>;
  /** The same data key, wrapped by this master key as it is now. Throws as `unwrap`. */
  rewrap(key: WrappedKey, purpose: KeyPurpose): Promise<WrappedKey>;
  wrap(plain: Buffer, purpose: KeyPurpose): Promise<WrappedKey>;
}

/** A key cannot be had now; later it can. Nothing was encrypted, and nothing may be written in clear. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** What the database holds was wrapped by another master key than this one, or for another purpose. */
export class WrongMasterKey extends Error {
  override readonly name = 'WrongMasterKey';
}
