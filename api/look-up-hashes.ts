/**
 * By what a phone, an e-mail, an account and a billing key are found, and are one payer's alone: their keyed hashes
 * under every live key (docs/operations.md). All else is hashed by `Keys.hash`, whose key stays.
 */
import { placeOf } from '../db/encrypted-columns';
import { type Hashes, type HashKey, isOfOtherHashKeys, liveHashKeys } from '../db/hash-keys';
import type { ApiDeps } from './deps';

export type LookUp = 'phone' | 'email' | 'account' | 'billing-key';

/** Of an account: its bank is a part of it. */
export const accountText = (bankCode: string, accountNumber: string): string => `${bankCode}:${accountNumber}`;

/** The hash under one key. Throws when the key was wrapped by another key file. */
export const hashUnder = (keys: ApiDeps['keys'], key: HashKey, lookUp: LookUp, text: string): Promise<string> =>
  keys.lookUpHash(text, lookUp, key.keyEncrypted, placeOf('hashKey', `${key.id}`));

/** The hashes of the text under the keys that are live now. */
export async function lookUpHashes(deps: Pick<ApiDeps, 'db' | 'keys'>, lookUp: LookUp, text: string): Promise<Hashes> {
  const [hashes = { odd: null, even: null }] = await lookUpHashesOf(deps, lookUp, [text]);
  return hashes;
}

/** The same of several texts, in their order. */
export async function lookUpHashesOf(
  { db, keys }: Pick<ApiDeps, 'db' | 'keys'>,
  lookUp: LookUp,
  texts: readonly string[],
): Promise<Hashes[]> {
  const live = await liveHashKeys(db);
  const under = async (remainder: 0 | 1, text: string): Promise<string | null> => {
    const key = live.find(({ id }) => id % 2 === remainder);
    return key ? hashUnder(keys, key, lookUp, text) : null;
  };
  return Promise.all(texts.map(async (text) => ({ odd: await under(1, text), even: await under(0, text) })));
}

/**
 * Runs `work`, which makes hashes and writes them in a transaction of its own; once more when a key began or ended its
 * life in between, and the database refused them.
 */
export async function underLiveKeys<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOfOtherHashKeys(error)) throw error;
    return work();
  }
}
