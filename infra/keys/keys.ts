/** What the rest of the house knows of keys: ciphertexts that are bound to their place, and keyed hashes (spec §10). */

/** Where the plaintext belongs. */
export interface FieldPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** The port; envelope.ts stands behind it. */
export interface Keys {
  /** Ciphertext as text, which names its data key. Throws KeysUnavailable while no key can be had. */
  encrypt(plaintext: string, place: FieldPlace): Promise<string>;
  /** The same with a key that is in hand: for a transaction, which waits for no master key. Use it at once. */
  encryption(): Promise<(plaintext: string, place: FieldPlace) => string>;
  /** Throws when the text was changed or belongs to another place; KeysUnavailable while its key cannot be had. */
  decrypt(ciphertext: string, place: FieldPlace): Promise<string>;
  /** Keyed hash; equal inputs of one purpose give equal hashes. Its key is never another. */
  hash(value: string, purpose: string): string;
  /** A new key of look-up hashes, encrypted. */
  makeHashKey(place: FieldPlace): Promise<string>;
  /** The same as `hash` under a key of look-up hashes. Null: the first, that of `hash`. Throws as `decrypt`. */
  lookUpHash(value: string, purpose: string, encrypted: string | null, place: FieldPlace): Promise<string>;
}
