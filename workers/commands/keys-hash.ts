/** `npm run keys`: the keys of look-up hashes and their rotation. */
import { audited } from '../../api/operator/give';
import { retireHashKey, rotateHashKey } from '../../api/operator/hash-keys';
import { hashedUnder, hashKeysInUse } from '../../db/hash-rotation';
import { printTable, write } from './deal-report';
import { clock, type KeyWork, openExisting } from './keys-open';
import { unlessRefused } from './orders';

const ofHashKeys = (action: string) => ({ action, subjectKind: 'keys', subject: 'hash' }) as const;

const rotate: KeyWork = async ({ db, masterKey, operator }) => {
  const deps = { db, keys: (await openExisting({ db, masterKey })).keys };
  const progress = (column: string, rows: number) => write(`${column}: ${rows.toLocaleString('en-US')} hashed`);
  const { next } = unlessRefused(
    await audited(db, operator, ofHashKeys('rotate-hash'), () => rotateHashKey(deps, { progress })),
  );
  write(`every row has its hash under key ${next}; end key ${next - 1} with "npm run keys -- retire"`);
};

const retire: KeyWork = async ({ db, operator }) => {
  const progress = (emptied: number) => write(`${emptied.toLocaleString('en-US')} hashes emptied`);
  const { retired } = unlessRefused(
    await audited(db, operator, ofHashKeys('retire'), () => retireHashKey({ db }, clock(), { progress })),
  );
  write(`key ${retired} is retired, and no row has a hash under it`);
};

export const HASH_KEY_WORKS: Readonly<Record<string, KeyWork>> = { 'rotate-hash': rotate, retire };

export const showHashKeys: KeyWork = async ({ db }) => {
  const keys = await hashKeysInUse(db);
  const rows = await hashedUnder(
    db,
    keys.map(({ id }) => id),
  );
  printTable(
    'Keys of look-up hashes',
    keys.map(({ id, retiredAt }) => ({ key: id, standing: retiredAt ? 'retired, being emptied' : 'live' })),
  );
  printTable('Rows hashed under them', rows);
  write(`\nnext: ${keys.length === 1 ? 'nothing to do; "rotate-hash" begins a rotation' : nextOf(keys)}`);
};

const nextOf = (keys: Awaited<ReturnType<typeof hashKeysInUse>>): string =>
  keys.some(({ retiredAt }) => retiredAt !== null)
    ? '"retire", which goes on'
    : '"rotate-hash" to its end, then "retire"';
