/** `npm run keys`: data keys, their rotation and their wrapping. */
import { retireDataKeys, rewrapDataKeys, rotateDataKeys } from '../../api/operator/data-keys';
import { audited } from '../../api/operator/give';
import { countWithKeyInside } from '../../db/ciphertexts';
import type { Db } from '../../db/connection';
import { liveDataKeys } from '../../db/data-keys';
import { printTable, write } from './deal-report';
import { clock, type KeyWork, openExisting } from './keys-open';

const many = (count: number): string => count.toLocaleString('en-US');
const begin = (what: string, at: Date) =>
  write(`when it is cut off, go on with "npm run keys -- ${what} --since ${at.toISOString()}"`);

/** What the operator does is audited before and after. */
const audit = ({ db, operator }: Parameters<KeyWork>[0], action: string, work: () => Promise<void>) =>
  audited(db, operator, { action, subjectKind: 'keys', subject: 'data' }, async () => {
    await work();
    return { kind: 'done' };
  });

const rotate: KeyWork = async (deps) => {
  const { db, masterKey, begunAt } = deps;
  const { keys, dataKeys } = await openExisting({ db, masterKey });
  begin('rotate-data', begunAt);
  const progress = (column: string, seen: number, anew: number) =>
    write(`${column}: ${many(seen)} seen, ${many(anew)} encrypted anew`);
  await audit(deps, 'rotate-data', () => rotateDataKeys({ db, keys, dataKeys }, begunAt, { progress }));
  write(
    'every field that was there is under a new key; in two hours "npm run keys -- retire-data" ends those of before',
  );
};

const rewrap: KeyWork = async (deps) => {
  const { db, masterKey, begunAt } = deps;
  const { master } = await openExisting({ db, masterKey });
  begin('rewrap', begunAt);
  const progress = (keys: number) => write(`${many(keys)} data keys wrapped anew`);
  await audit(deps, 'rewrap', () => rewrapDataKeys({ db, master, clock }, begunAt, { progress }));
  write('every data key is wrapped by the master key as it is now');
  await tellOfFile(db);
};

const retire: KeyWork = async (deps) => {
  await audit(deps, 'retire-data', async () => {
    const { retired, inUse, ciphertexts } = await retireDataKeys(deps, clock());
    write(`${many(retired)} data keys are retired`);
    if (inUse > 0)
      write(`${many(inUse)} stay: ${many(ciphertexts)} ciphertexts are under them; "rotate-data" encrypts them anew`);
  });
};

/** What no wrapping anew reaches: the file of before opens it, and nothing else does. */
async function tellOfFile(db: Db): Promise<void> {
  const count = await countWithKeyInside(db);
  if (count === 0) return;
  write(
    `${many(count)} ciphertexts of an earlier version hold their key, which the key file wrapped: ` +
      'PLIC_KEY_FILE must stay until "rotate-data" has encrypted them anew',
  );
}

export const DATA_KEY_WORKS: Readonly<Record<string, KeyWork>> = {
  'rotate-data': rotate,
  'retire-data': retire,
  rewrap,
};

export const showDataKeys: KeyWork = async ({ db }) => {
  const keys = await liveDataKeys(db);
  printTable(
    'Data keys',
    keys.map(({ oldest, ...one }) => ({ ...one, oldest: oldest.toISOString() })),
  );
  await tellOfFile(db);
};
