/**
 * Keys of look-up hashes (docs/accounts.md). One is live; two are while hashes are made anew. A row has its hash under
 * each live key: under one with an odd number in the column that is named, under an even one in `<column>_even`.
 */
import type { Knex } from 'knex';
import { type Db, isOfCode } from './connection';

export interface HashKey {
  readonly id: number;
  /** Null: the first, which follows from the key file. */
  readonly keyEncrypted: string | null;
}

/** The hash under the live key with an odd number, and with an even one; null: there is no such key. */
export interface Hashes {
  readonly odd: string | null;
  readonly even: string | null;
}

/** Columns of look-up hashes. */
export type HashColumn = 'phone_hash' | 'email_hash' | 'account_hash' | 'billing_key_hash';

/** The column of the hash under a key with this number. */
export const columnUnder = (column: HashColumn, keyId: number): string => (keyId % 2 === 1 ? column : `${column}_even`);

/** The live keys, the oldest first. */
export async function liveHashKeys(db: Db): Promise<HashKey[]> {
  const rows = await db('hash_keys').where({ retired_at: null }).orderBy('id').select('id', 'key_encrypted');
  return rows.map((row) => ({ id: row.id, keyEncrypted: row.key_encrypted }));
}

/** What a row is to hold. */
export const hashColumns = (column: HashColumn, { odd, even }: Hashes) => ({
  [column]: odd,
  [`${column}_even`]: even,
});

/** Rows with one of these hashes, for a `where`: every row has one under the key that is live the longest. */
export const hasHash =
  (column: HashColumn, { odd, even }: Hashes) =>
  (query: Knex.QueryBuilder): void => {
    query.whereRaw('false');
    if (odd !== null) query.orWhere(column, odd);
    if (even !== null) query.orWhere(`${column}_even`, even);
  };

/** Whether a write was refused since the live keys are others than its hashes were made under. */
export const isOfOtherHashKeys = (error: unknown): boolean => isOfCode(error, 'PL004');

/** Whether these are hashes of one text. */
export const isSameHash = (one: Hashes, other: Hashes): boolean =>
  (one.odd !== null && one.odd === other.odd) || (one.even !== null && one.even === other.even);
