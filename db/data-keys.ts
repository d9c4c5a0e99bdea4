/** Data keys, wrapped: a row each, which ciphertexts name, so that keys are wrapped anew and records stay. */
import type { Db } from './connection';

type Purpose = 'field' | 'payload' | 'hash';

interface DataKey {
  readonly id: string;
  readonly purpose: Purpose;
  readonly wrapped: Buffer;
  /** Of the master key that wrapped it. */
  readonly masterKeyId: string;
  readonly createdAt: Date;
}

/** Whoever adds a key of a purpose holds this lock, with the purpose. */
const ADD_LOCK = 7_201_028;

const COLUMNS = {
  id: 'id',
  purpose: 'purpose',
  wrapped: 'wrapped',
  masterKeyId: 'master_key_id',
  createdAt: 'created_at',
};
const youngestSince = (db: Db, purpose: Purpose, since: Date): Promise<DataKey | undefined> =>
  db('data_keys')
    .where({ purpose, retired_at: null })
    .where('created_at', '>=', since)
    .orderBy('created_at', 'desc')
    .first(COLUMNS);

/** Up to `limit` data keys that were last wrapped before `before`, after the key `after`, in the order of their ids. */
export async function wrappedBefore(
  db: Db,
  before: Date,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<DataKey[]> {
  const keys = db('data_keys').where({ retired_at: null }).orderBy('id').limit(limit).select(COLUMNS);
  if (after !== null) keys.where('id', '>', after);
  return keys.whereRaw('coalesce(rewrapped_at, created_at) < ?', [before]);
}

/** Keeps another wrapping of a data key, unless it was retired, or wrapped by another, meanwhile. */
export async function keepWrapped(
  db: Db,
  { id, wrapped: before }: Pick<DataKey, 'id' | 'wrapped'>,
  { wrapped, masterKeyId }: Pick<DataKey, 'wrapped' | 'masterKeyId'>,
  at: Date,
): Promise<void> {
  await db('data_keys')
    .where({ id, wrapped: before })
    .update({ wrapped, master_key_id: masterKeyId, rewrapped_at: at, version: db.raw('version + 1') });
}

/** The keys of fields that were made before, and are not retired. */
export const fieldKeysBefore = (db: Db, before: Date): Promise<string[]> =>
  db('data_keys').where({ purpose: 'field', retired_at: null }).where('created_at', '<', before).pluck('id');

/** Ends keys of fields for good: what is under them opens no more. */
export async function retireKeys(db: Db, ids: readonly string[], at: Date): Promise<void> {
  await db('data_keys')
    .whereIn('id', ids)
    .where({ purpose: 'field', retired_at: null })
    .update({ wrapped: null, retired_at: at, version: db.raw('version + 1') });
}

/** How many data keys are live, by what they are for and by the master key that wrapped them. */
export const liveDataKeys = (
  db: Db,
): Promise<{ readonly purpose: Purpose; readonly master: string; readonly keys: string; readonly oldest: Date }[]> =>
  db('data_keys')
    .where({ retired_at: null })
    .groupBy('purpose', 'master_key_id')
    .orderBy(['purpose', 'master_key_id'])
    .select('purpose', { master: 'master_key_id' })
    .count({ keys: '*' })
    .min({ oldest: 'created_at' });

/** What the keys of a process are kept in. */
export const dataKeyStore = (db: Db) => ({
  /** The youngest of the purpose that was made at `since` or later, and is not retired. */
  youngest: (purpose: Purpose, since: Date) => youngestSince(db, purpose, since),

  /** Keeps the key, unless another of its purpose was made at `unlessSince` or later; answers with whichever it is. */
  add: (key: DataKey, unlessSince: Date | null): Promise<DataKey> =>
    db.transaction(async (trx) => {
      await trx.raw('select pg_advisory_xact_lock(?, hashtext(?))', [ADD_LOCK, key.purpose]);
      const other = unlessSince && (await youngestSince(trx, key.purpose, unlessSince));
      if (other) return other;
      const { masterKeyId, createdAt, ...row } = key;
      await trx('data_keys').insert({ ...row, master_key_id: masterKeyId, created_at: createdAt });
      return key;
    }),

  /** Undefined: there is none, or it is retired. */
  byId: (id: string): Promise<DataKey | undefined> => db('data_keys').where({ id, retired_at: null }).first(COLUMNS),
});
