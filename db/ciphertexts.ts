/** Ciphertexts, column by column, to encrypt them anew and to see under which data keys they are. */
import type { Db } from './connection';
import { ENCRYPTED_COLUMNS, type EncryptedColumn } from './encrypted-columns';

type Row = Readonly<Record<string, unknown>>;
/** By what a row is found, and its name as its ciphertext is bound to it. */
interface Rows {
  readonly key: readonly string[];
  nameOf(row: Row): string;
}
const ROWS: Rows = { key: ['id'], nameOf: ({ id }) => `${id}` };
const answersOf = (caller: string): Rows => ({
  key: [caller, 'method', 'path', 'key'],
  nameOf: (row) => `${row[caller]}:${row.key}`,
});
const ANSWERS: Readonly<Record<string, Rows>> = {
  idempotency_keys: answersOf('user_id'),
  admin_idempotency_keys: answersOf('operator_id'),
};
const rowsOf = (secret: EncryptedColumn): Rows => ANSWERS[ENCRYPTED_COLUMNS[secret].table] ?? ROWS;

export const SECRETS = Object.keys(ENCRYPTED_COLUMNS) as readonly EncryptedColumn[];

/** A ciphertext, and where it is. */
export interface Ciphertext {
  readonly secret: EncryptedColumn;
  /** The row's name: what `placeOf` wants. */
  readonly row: string;
  /** The row's primary key. */
  readonly key: Row;
  readonly text: string;
}

/** Up to `limit` ciphertexts of a column after this one, in the order of the primary key. */
export async function ciphertexts(
  db: Db,
  secret: EncryptedColumn,
  { after, limit }: { readonly after: Ciphertext | null; readonly limit: number },
): Promise<Ciphertext[]> {
  const { table, column } = ENCRYPTED_COLUMNS[secret];
  const { key, nameOf } = rowsOf(secret);
  const rows = db(table)
    .whereNotNull(column)
    .orderBy([...key])
    .limit(limit)
    .select(...key, { text: column });
  const places = key.map(() => '?').join(', ');
  const names = key.map(() => '??').join(', ');
  if (after) rows.whereRaw(`(${names}) > (${places})`, [...key, ...key.map((name) => after.key[name] as string)]);
  return (await rows).map(({ text, ...row }) => ({ secret, row: nameOf(row), key: row, text }));
}

/** The ciphertext of this row as it is now; undefined: it has none any more. */
export async function ciphertextNow(db: Db, { secret, row, key }: Ciphertext): Promise<Ciphertext | undefined> {
  const { table, column } = ENCRYPTED_COLUMNS[secret];
  const now = await db(table).where(key).whereNotNull(column).first({ text: column });
  return now && { secret, row, key, text: now.text };
}

/**
 * Puts another ciphertext of the same text in the place of this one; false: the row holds another meanwhile. It says
 * that it encrypts anew, or a frozen memo would be refused, and the payer be told of a change.
 */
export async function swapCiphertext(db: Db, { secret, key, text }: Ciphertext, anew: string): Promise<boolean> {
  const { table, column } = ENCRYPTED_COLUMNS[secret];
  const names = Object.keys(key);
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `with said as materialized (select set_config('plic.encrypts_anew', 'on', true) as word)
     update ?? set ?? = ? from said where said.word = 'on' and ?? = ?
       and ${names.map(() => '?? = ?').join(' and ')}`,
    [table, column, anew, column, text, ...names.flatMap((name) => [name, key[name] as string])],
  );
  return rowCount === 1;
}

/** How many ciphertexts hold their data key inside (format v1): a key file wrapped it, and it is in no row of keys. */
export async function countWithKeyInside(db: Db): Promise<number> {
  let all = 0;
  for (const { table, column } of Object.values(ENCRYPTED_COLUMNS)) {
    const { rows } = await db.raw<{ rows: { count: string }[] }>(
      `select count(*) as count from ?? where ?? like 'v1.%'`,
      [table, column],
    );
    all += Number(rows[0]?.count);
  }
  return all;
}

/** How many ciphertexts of a column are under each data key; those of before there were rows of keys are left out. */
export async function countByDataKey(db: Db, secret: EncryptedColumn): Promise<ReadonlyMap<string, number>> {
  const { table, column } = ENCRYPTED_COLUMNS[secret];
  const { rows } = await db.raw<{ rows: { id: string; count: string }[] }>(
    `select split_part(??, '.', 2) as id, count(*) as count from ?? where ?? like 'v2.%' group by 1`,
    [column, table, column],
  );
  return new Map(rows.map(({ id, count }) => [id, Number(count)]));
}
