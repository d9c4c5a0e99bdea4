/**
 * The way from one key of look-up hashes to the next (docs/operations.md): the next is live beside the one before,
 * every row gets its hash, the one before is retired and its hashes are emptied. Each step may be cut off and begun
 * again.
 */
import type { Knex } from 'knex';
import { kstDayOf } from '../workflows/domain/bank-calendar';
import { type Db, isOfCode, type Trx } from './connection';
import type { EncryptedColumn } from './encrypted-columns';
import { columnUnder, type HashColumn, type HashKey } from './hash-keys';

/** Whatever writes a hash shares this lock (`live_hash_keys` of the database). */
const HASH_KEYS_LOCK = 7_201_025;
const LOCK_NOT_AVAILABLE = '55P03';

/** A column of hashes, and what they are made of again. */
interface HashSource {
  readonly table: 'users' | 'bank_accounts' | 'cards';
  readonly column: HashColumn;
  readonly secret: EncryptedColumn;
  readonly encrypted: string;
}

export const HASH_SOURCES: readonly HashSource[] = [
  { table: 'users', column: 'phone_hash', secret: 'phone', encrypted: 'phone_encrypted' },
  { table: 'users', column: 'email_hash', secret: 'email', encrypted: 'email_encrypted' },
  {
    table: 'bank_accounts',
    column: 'account_hash',
    secret: 'accountNumber',
    encrypted: 'account_number_encrypted',
  },
  { table: 'cards', column: 'billing_key_hash', secret: 'billingKey', encrypted: 'billing_key_encrypted' },
];

interface Hashed {
  readonly table: HashSource['table'] | 'risk_decisions';
  readonly column: HashColumn;
}
/** Beside the sources: a copy, which is not made again. */
const HASHED: readonly Hashed[] = [...HASH_SOURCES, { table: 'risk_decisions', column: 'phone_hash' }];

/** The keys that are not over: live ones, and one that is retired while its hashes are being emptied. */
export async function hashKeysInUse(db: Db): Promise<(HashKey & { readonly retiredAt: Date | null })[]> {
  const rows = await db('hash_keys').where({ emptied_at: null }).orderBy('id');
  return rows.map((row) => ({ id: row.id, keyEncrypted: row.key_encrypted, retiredAt: row.retired_at }));
}

const ATTEMPTS_MAX = 40;

/**
 * Runs `work` while nobody writes a hash, after every write that was under way. Writers queue behind whoever waits
 * for the lock: so it waits 0.5 s at a time, less than PostgreSQL takes to look for a deadlock. Throws when it never
 * got it.
 */
async function alone<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(async (trx) => {
        await trx.raw("set local lock_timeout = '500ms'");
        await trx.raw('select pg_advisory_xact_lock(?)', [HASH_KEYS_LOCK]);
        return work(trx);
      });
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isOfCode(error, LOCK_NOT_AVAILABLE)) throw error;
    }
  }
}

/** The number of the key to make live; null: a rotation has begun. */
async function nextHashKey(db: Db): Promise<number | null> {
  if ((await hashKeysInUse(db)).length > 1) return null;
  return Number((await db('hash_keys').max('id as last').first())?.last) + 1;
}

/** Makes the next key live, beside the one that is; a rotation that has begun stays as it is. `make` wraps the key. */
export async function beginRotation(db: Db, make: (id: number) => Promise<string>): Promise<void> {
  const id = await nextHashKey(db);
  if (id === null) return;
  const keyEncrypted = await make(id); // before the lock, under which nobody signs up: the master key may be slow
  await alone(db, async (trx) => {
    if ((await nextHashKey(trx)) === id) await trx('hash_keys').insert({ id, key_encrypted: keyEncrypted });
  });
}

/** Rows that can be found under the key before and not under the next one. Of a member who left no card can be. */
function lacking(db: Db, { table, column, encrypted }: HashSource, next: number) {
  const rows = db(table)
    .whereNull(`${table}.${columnUnder(column, next)}`)
    .whereNotNull(`${table}.${columnUnder(column, next - 1)}`)
    .whereNotNull(`${table}.${encrypted}`);
  if (table !== 'cards') return rows;
  return rows.whereExists(db('users').whereRaw('users.id = cards.user_id and users.deleted_at is null'));
}

/** A row whose hash is to be made. */
interface Unhashed {
  readonly id: string;
  readonly text: string;
  /** Of an account. */
  readonly bankCode?: string;
}

/** Up to `limit` rows that lack the hash under this key, after the row `after`. */
export async function unhashedRows(
  db: Db,
  source: HashSource,
  next: number,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<Unhashed[]> {
  const rows = lacking(db, source, next).orderBy('id').limit(limit).select('id', { text: source.encrypted });
  if (after !== null) rows.where('id', '>', after);
  if (source.table === 'bank_accounts') rows.select({ bankCode: 'bank_code' });
  return rows;
}

/** Gives the row its hash under this key, unless what it was made of, or the hash, is another meanwhile. */
export async function giveHash(
  db: Db,
  { table, column, encrypted }: HashSource,
  next: number,
  { id, text }: Unhashed,
  hash: string,
): Promise<void> {
  const under = columnUnder(column, next);
  await db(table)
    .where({ id, [encrypted]: text, [under]: null })
    .update({ [under]: hash });
}

async function total(rows: Knex.QueryBuilder): Promise<number> {
  const [row] = await rows.count();
  return Number(row?.count);
}

const nameOf = ({ table, column }: Hashed): string => `${table}.${column}`;

/** What stands in the way of retiring the key before this one. */
interface InTheWay {
  /** `users.phone_hash` → how many of its rows lack the hash under this key. */
  readonly lacking: Readonly<Record<string, number>>;
  /** Decisions of the day, or later, that know their phone by the key before alone. */
  readonly decisionsOfToday: number;
}

/** Retires the key before this one, unless something is in the way: then that is the answer. */
export async function retireKeyBefore(db: Db, next: number, at: Date): Promise<InTheWay | 'retired'> {
  // Looked at before the lock, which every writer waits for: since this key is live no new row lacks its hash.
  const rows: Record<string, number> = {};
  for (const source of HASH_SOURCES) rows[nameOf(source)] = await total(lacking(db, source, next));
  return alone(db, async (trx) => {
    const ofToday = trx('risk_decisions')
      .where('kst_day', '>=', kstDayOf(at))
      .where({ reserved: true, released_at: null })
      .whereNull(columnUnder('phone_hash', next))
      .whereNotNull(columnUnder('phone_hash', next - 1));
    const decisionsOfToday = await total(ofToday);
    if (decisionsOfToday > 0 || Object.values(rows).some((count) => count > 0))
      return { lacking: rows, decisionsOfToday };
    await trx('hash_keys')
      .where({ id: next - 1 })
      .update({ retired_at: at, key_encrypted: null });
    return 'retired';
  });
}

/** Empties every hash under the retired key; `progress` is told after each batch how many were, in this call. */
export async function emptyHashes(db: Db, retired: number, progress: (emptied: number) => void): Promise<void> {
  let emptied = 0;
  const isEmpty = async ({ table, column }: Hashed) =>
    (await db(table).whereNotNull(columnUnder(column, retired)).first('created_at')) === undefined;
  for (const hashed of HASHED) {
    while (!(await isEmpty(hashed))) {
      for (let after: string | undefined = FIRST_ID; after !== undefined; progress(emptied)) {
        const ids = await emptyBatch(db, hashed, retired, after);
        emptied += ids.length;
        after = ids.at(-1);
      }
    }
  }
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const EMPTIED_AT_ONCE = 500;

/**
 * The rows after this one whose hash was emptied, in their order. Those that somebody works on are passed over: nobody
 * waits for this one while it holds others.
 */
async function emptyBatch(db: Db, { table, column }: Hashed, retired: number, after: string): Promise<string[]> {
  const under = columnUnder(column, retired);
  const key = table === 'risk_decisions' ? 'deal_id' : 'id';
  const batch = db(table).where(key, '>', after).whereNotNull(under).orderBy(key).limit(EMPTIED_AT_ONCE);
  const rows = await db(table)
    .whereRaw('ctid = any(array(?))', [batch.select('ctid').forUpdate().skipLocked()])
    .update({ [under]: null })
    .returning(key);
  return rows.map((row): string => row[key]).sort();
}

/** The retired key has no hash any more: its columns are free for a key to come. */
export async function closeKey(db: Db, retired: number, at: Date): Promise<void> {
  await db('hash_keys').where({ id: retired }).update({ emptied_at: at });
}

/** How many rows have a hash under each of these keys, column by column. */
export async function hashedUnder(
  db: Db,
  ids: readonly number[],
): Promise<{ readonly column: string; readonly key: number; readonly rows: number }[]> {
  const asked = HASHED.flatMap((hashed) => ids.map((key) => ({ ...hashed, key })));
  return Promise.all(
    asked.map(async ({ key, ...hashed }) => {
      const rows = await total(db(hashed.table).whereNotNull(columnUnder(hashed.column, key)));
      return { column: nameOf(hashed), key, rows };
    }),
  );
}
