/**
 * The rotation of data keys and of the master key's wrapping (docs/operations.md). Each may be cut off, and run beside
 * others: a row that somebody changes meanwhile is taken again.
 */
import * as rows from '../../db/ciphertexts';
import type { Db } from '../../db/connection';
import { fieldKeysBefore, keepWrapped, retireKeys, wrappedBefore } from '../../db/data-keys';
import { type EncryptedColumn, placeOf } from '../../db/encrypted-columns';
import type { ProcessDataKeys } from '../../infra/keys/data-keys';
import type { FieldPlace, Keys } from '../../infra/keys/keys';
import { type MasterKey, WrongMasterKey } from '../../infra/keys/master-key';
import { isUnavailable } from '../http/unavailable';

/** Rows that are read at once, and worked on at once. */
const BATCH = 200;
const AT_ONCE = 4;
/** Of a file; it may have megabytes. */
const batchOf = (secret: EncryptedColumn): number => (secret === 'evidence' ? AT_ONCE : BATCH);
/**
 * Nobody encrypts under a key that is so old: a process does for an hour at most, and what it encrypted is written soon
 * after, or lives for minutes (a wanted address, in Redis).
 */
const OUT_OF_USE_MS = 2 * 3_600_000;

interface RotationDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly dataKeys: ProcessDataKeys;
}

async function inTurn<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < all.length; i += AT_ONCE) await Promise.all(all.slice(i, i + AT_ONCE).map(work));
}

/**
 * Makes a new data key, and encrypts anew every field that is under a key which was made before `since`. `progress` is
 * told after each batch how many ciphertexts of a column were looked at, and how many encrypted anew. Throws when one
 * does not open: it names the row.
 */
export async function rotateDataKeys(
  deps: RotationDeps,
  since: Date,
  { progress }: { progress(column: string, seen: number, anew: number): void },
): Promise<void> {
  await deps.dataKeys.renew('field');
  const before = new Set(await fieldKeysBefore(deps.db, since));
  const isOld = (text: string): boolean => !text.startsWith('v2.') || before.has(text.split('.')[1] ?? '');
  for (const secret of rows.SECRETS) {
    const { table, column } = placeOf(secret, '');
    let [seen, anew] = [0, 0];
    for (let after: rows.Ciphertext | null = null; ; ) {
      const batch: rows.Ciphertext[] = await rows.ciphertexts(deps.db, secret, { after, limit: batchOf(secret) });
      const last = batch.at(-1);
      if (!last) break;
      const old = batch.filter(({ text }) => isOld(text));
      await inTurn(old, (one) => encryptAnew(deps, one));
      after = last;
      seen += batch.length;
      anew += old.length;
      progress(`${table}.${column}`, seen, anew);
    }
  }
}

/**
 * What a row's ciphertext holds. Throws an error that names the place when it does not open; what the keys throw says
 * nothing of the ciphertext (they cannot be had now, or another master key wrapped them) and is thrown as it is.
 */
export async function decryptAt(keys: Keys, text: string, place: FieldPlace): Promise<string> {
  try {
    return await keys.decrypt(text, place);
  } catch (error) {
    if (error instanceof WrongMasterKey || isUnavailable(error)) throw error;
    throw new Error(`the ciphertext of ${place.table} ${place.row}, ${place.column}, does not open`);
  }
}

async function encryptAnew({ db, keys }: RotationDeps, first: rows.Ciphertext): Promise<void> {
  for (let now: rows.Ciphertext | undefined = first; now; now = await rows.ciphertextNow(db, now)) {
    const place = placeOf(now.secret, now.row);
    const plaintext = await decryptAt(keys, now.text, place);
    if (await rows.swapCiphertext(db, now, await keys.encrypt(plaintext, place))) return;
  }
}

/** Wraps every data key anew that was last wrapped before `since`, by the master key as it is now. */
export async function rewrapDataKeys(
  { db, master, clock }: { readonly db: Db; readonly master: MasterKey; readonly clock: () => Date },
  since: Date,
  { progress }: { progress(keys: number): void },
): Promise<void> {
  let wrapped = 0;
  for (let after: string | null = null; ; ) {
    const batch = await wrappedBefore(db, since, { after, limit: BATCH });
    const last = batch.at(-1);
    if (!last) return;
    await inTurn(batch, async (key) => keepWrapped(db, key, await master.rewrap(key, key.purpose), clock()));
    after = last.id;
    wrapped += batch.length;
    progress(wrapped);
  }
}

/**
 * Retires the keys of fields that nothing is under and nobody encrypts with. Answers with how many, and how many
 * ciphertexts hold back each of the others that are old enough. Keys of payloads stay: histories are not looked into.
 */
export async function retireDataKeys(
  { db }: { readonly db: Db },
  at: Date,
): Promise<{ readonly retired: number; readonly inUse: number; readonly ciphertexts: number }> {
  const old = await fieldKeysBefore(db, new Date(at.getTime() - OUT_OF_USE_MS));
  const counts = new Map<string, number>();
  for (const secret of rows.SECRETS)
    for (const [id, count] of await rows.countByDataKey(db, secret)) counts.set(id, (counts.get(id) ?? 0) + count);
  const unused = old.filter((id) => !counts.has(id));
  await retireKeys(db, unused, at);
  const held = old.filter((id) => counts.has(id));
  const ciphertexts = held.reduce((sum, id) => sum + (counts.get(id) ?? 0), 0);
  return { retired: unused.length, inUse: held.length, ciphertexts };
}
