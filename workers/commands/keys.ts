/** `npm run keys`: data keys and the keys of look-up hashes. It parses, calls api/operator, and prints. */
import { parseArgs } from 'node:util';
import { openDb } from '../../db/connection';
import { loadKeysConfig } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { DATA_KEY_WORKS, showDataKeys } from './keys-data';
import { HASH_KEY_WORKS, showHashKeys } from './keys-hash';
import type { KeyWork } from './keys-open';
import { operatorHere } from './operator-session';
import { tellFailure, UsageError } from './orders';

const HELP = `npm run keys -- status        data keys, keys of look-up hashes, rows hashed under each, and what is next
npm run keys -- rotate-data   make a new data key, and encrypt every field anew that is under one of before
npm run keys -- retire-data   end the data keys of fields that nothing is under any more, for good
npm run keys -- rewrap        wrap every data key anew by the master key as it is now; no record is touched
npm run keys -- rotate-hash   make the next key live beside the one that is, and hash every row under it
npm run keys -- retire        end the older of two live keys of look-up hashes for good, and empty its hashes; refused
                              while a row can be found by it alone

  --since <time>   rotate-data and rewrap: go on with what began at this time, which it says when it begins

Deals run, and members sign up and log in, meanwhile (docs/operations.md). Cut off at any moment, each goes on when
it is run again. Log in first: "npm run operator -- login <handle>".

  DATABASE_URL, KMS_KEY_ID, PLIC_KEY_FILE   as the API has them; without them, what "npm start" left in
                                           .plic/env is used

Exit code: 0 done; 1 refused or failed, and the message says why.
`;

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  since: { type: 'string' },
} as const;

function timeOf(since: string | undefined): Date {
  const time = since === undefined ? new Date() : new Date(since);
  if (Number.isNaN(time.getTime())) throw new UsageError(`--since: "${since}" is no time`);
  return time;
}

async function main(argv: string[]): Promise<void> {
  const {
    values: { help, since },
    positionals: [what, ...more],
  } = parseArgs({ args: argv, options, allowPositionals: true });
  if (more.length > 0) throw new UsageError(`one thing at a time: what is "${more.join(' ')}" for?`);
  if (help || what === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const work = { ...HASH_KEY_WORKS, ...DATA_KEY_WORKS, status: showStatus }[what];
  if (!work) throw new UsageError(`unknown: "${what}"`);
  const begunAt = timeOf(since);
  useLocalEnvironment();
  const { databaseUrl, masterKey } = loadKeysConfig();
  const db = openDb({ databaseUrl, poolMax: 5, statementTimeoutMs: 60_000 });
  try {
    await work({ db, masterKey, begunAt, operator: await operatorHere(db, 'keys.rotate') });
  } finally {
    await db.destroy();
  }
}

const showStatus: KeyWork = async (deps) => {
  await showDataKeys(deps);
  await showHashKeys(deps);
};

outliveReader();
main(process.argv.slice(2)).catch((error: Error) => {
  tellFailure('keys', error);
  process.exit(1);
});
