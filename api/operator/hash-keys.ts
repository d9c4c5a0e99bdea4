/** The rotation of the key of look-up hashes (docs/operations.md), step by step; the order of the steps is checked. */
import { placeOf } from '../../db/encrypted-columns';
import type { HashKey } from '../../db/hash-keys';
import * as rotation from '../../db/hash-rotation';
import type { ApiDeps } from '../deps';
import { accountText, hashUnder, type LookUp } from '../look-up-hashes';
import { decryptAt } from './data-keys';
import { type Refusal, refused } from './order';

type Deps = Pick<ApiDeps, 'db' | 'keys'>;
type Source = (typeof rotation.HASH_SOURCES)[number];

/** Rows that are read at once, and hashed at once. */
const BATCH = 200;
const AT_ONCE = 4;

const PURPOSES: Readonly<Record<Source['column'], LookUp>> = {
  ...{ phone_hash: 'phone', email_hash: 'email' },
  ...{ account_hash: 'account', billing_key_hash: 'billing-key' },
};

/**
 * Makes the next key live, unless it is, and hashes every row under it that is not yet; `progress` is told after each
 * batch how many of a column were, in this call. Answers with its number. Cut off at any moment, it goes on when it is
 * called again. Throws when a row's ciphertext does not open: it names the row.
 */
export async function rotateHashKey(
  deps: Deps,
  { progress }: { progress(column: string, rows: number): void },
): Promise<{ kind: 'done'; next: number } | Refusal> {
  const { db, keys } = deps;
  await rotation.beginRotation(db, (id) => keys.makeHashKey(placeOf('hashKey', `${id}`)));
  const [before, next] = await rotation.hashKeysInUse(db);
  if (!before || !next) return refused('not-now', 'another command ended the rotation at this moment');
  if (before.retiredAt !== null)
    return refused('not-now', `hashes of key ${before.id}, which is retired, are still being emptied: ${UNFINISHED}`);
  for (const source of rotation.HASH_SOURCES) {
    const column = `${source.table}.${source.column}`;
    await hashAll(deps, source, next, (rows) => progress(column, rows));
  }
  return { kind: 'done', next: next.id };
}

async function hashAll(deps: Deps, source: Source, key: HashKey, progress: (rows: number) => void): Promise<void> {
  let hashed = 0;
  for (let after: string | null = null; ; ) {
    const rows = await rotation.unhashedRows(deps.db, source, key.id, { after, limit: BATCH });
    const last = rows.at(-1);
    if (!last) return;
    for (let i = 0; i < rows.length; i += AT_ONCE)
      await Promise.all(rows.slice(i, i + AT_ONCE).map((row) => hashRow(deps, source, key, row)));
    after = last.id;
    hashed += rows.length;
    progress(hashed);
  }
}

const UNFINISHED = 'finish it with "npm run keys -- retire"';

type Row = Awaited<ReturnType<typeof rotation.unhashedRows>>[number];

async function hashRow({ db, keys }: Deps, source: Source, key: HashKey, row: Row): Promise<void> {
  const text = await decryptAt(keys, row.text, placeOf(source.secret, row.id));
  const named = row.bankCode === undefined ? text : accountText(row.bankCode, text);
  await rotation.giveHash(db, source, key.id, row, await hashUnder(keys, key, PURPOSES[source.column], named));
}

/**
 * Retires the older of two live keys, for good, and empties its hashes; refused while a row can be found by it alone.
 * Cut off at any moment, it goes on when it is called again; `progress` is told how many hashes were emptied, in this
 * call. Answers with the number of the retired key.
 */
export async function retireHashKey(
  { db }: Pick<Deps, 'db'>,
  at: Date,
  { progress }: { progress(emptied: number): void },
): Promise<{ kind: 'done'; retired: number } | Refusal> {
  const [older, newer] = await rotation.hashKeysInUse(db);
  if (!older || !newer) return refused('not-now', 'one key is live: begin with "npm run keys -- rotate-hash"');
  if (older.retiredAt === null) {
    const answer = await rotation.retireKeyBefore(db, newer.id, at);
    if (answer !== 'retired') return refused('not-now', `key ${older.id} is in use: ${wordsOf(answer)}`);
  }
  await rotation.emptyHashes(db, older.id, progress);
  await rotation.closeKey(db, older.id, at);
  return { kind: 'done', retired: older.id };
}

/** What stands in the way, and the way out. */
function wordsOf({
  lacking,
  decisionsOfToday,
}: Exclude<Awaited<ReturnType<typeof rotation.retireKeyBefore>>, 'retired'>) {
  const rows = Object.entries(lacking).filter(([, count]) => count > 0);
  const words = rows.map(([column, count]) => `${count} rows of ${column} have no hash under the next one`);
  if (rows.length > 0) words.push('run "npm run keys -- rotate-hash" until it ends');
  if (decisionsOfToday > 0)
    words.push(`of today's decisions ${decisionsOfToday} know their phone by it alone: retire it tomorrow (Seoul)`);
  return words.join('; ');
}
