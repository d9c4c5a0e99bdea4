/** `npm run keys`: the keys of look-up hashes and their rotation. It parses, calls api/operator, and prints. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { retireHashKey, rotateHashKey } from '../../api/operator/hash-keys';
import { type Db, openDb } from '../../db/connection';
import { hashedUnder, hashKeysInUse } from '../../db/hash-rotation';
import { loadKeysConfig } from '../../infra/config/commands';
import { ConfigError } from '../../infra/config/load';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { openKeyFile } from '../../infra/keys/key-file';
import { outliveReader } from '../../infra/reader';
import { printTable, write } from './deal-report';
import { tellFailure, UsageError, unlessRefused } from './orders';

const HELP = `npm run keys -- status        the live keys of look-up hashes, rows hashed under each, and what is next
npm run keys -- rotate-hash   make the next key live beside the one that is, and hash every row under it
npm run keys -- retire        end the older of two live keys for good, and empty its hashes; refused while a row can
                              be found by it alone

Phones, e-mails, accounts and billing keys are found by hashes under these keys (docs/operations.md). Members sign up,
log in and pay meanwhile. Cut off at any moment, rotate-hash and retire go on when they are run again.

  DATABASE_URL, PLIC_KEY_FILE   as the API has them; without them, what "npm start" left in .plic/env is used

Exit code: 0 done; 1 refused or failed, and the message says why.
`;

const options = { help: { type: 'boolean', short: 'h', default: false } } as const;

type Work = (db: Db, keyFile: string) => Promise<void>;

const rotate: Work = async (db, keyFile) => {
  const deps = { db, keys: openExisting(keyFile) };
  const progress = (column: string, rows: number) => write(`${column}: ${rows.toLocaleString('en-US')} hashed`);
  const { next } = unlessRefused(await rotateHashKey(deps, { progress }));
  write(`every row has its hash under key ${next}; end key ${next - 1} with "npm run keys -- retire"`);
};

const retire: Work = async (db) => {
  const progress = (emptied: number) => write(`${emptied.toLocaleString('en-US')} hashes emptied`);
  const { retired } = unlessRefused(await retireHashKey({ db }, new Date(), { progress }));
  write(`key ${retired} is retired, and no row has a hash under it`);
};

const showStatus: Work = async (db) => {
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

/** A key file that is made here would open nothing. */
function openExisting(path: string) {
  if (!existsSync(path)) throw new ConfigError(`PLIC_KEY_FILE: there is no ${path}`);
  return openKeyFile(path);
}

const WORKS: Readonly<Record<string, Work>> = { status: showStatus, 'rotate-hash': rotate, retire };

async function main(argv: string[]): Promise<void> {
  const {
    values: { help },
    positionals: [what, ...more],
  } = parseArgs({ args: argv, options, allowPositionals: true });
  if (more.length > 0) throw new UsageError(`one thing at a time: what is "${more.join(' ')}" for?`);
  if (help || what === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const work = WORKS[what];
  if (!work) throw new UsageError(`unknown: "${what}"`);
  useLocalEnvironment();
  const { databaseUrl, keyFile } = loadKeysConfig();
  const db = openDb({ databaseUrl, poolMax: 5, statementTimeoutMs: 60_000 });
  try {
    await work(db, keyFile);
  } finally {
    await db.destroy();
  }
}

outliveReader();
main(process.argv.slice(2)).catch((error: Error) => {
  tellFailure('keys', error);
  process.exit(1);
});
