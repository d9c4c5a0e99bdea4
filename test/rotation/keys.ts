/** `npm run keys` as its operator runs it, and kills it; and whether every ciphertext opens. */
import { spawn } from 'node:child_process';
import { decryptAt } from '../../api/operator/data-keys';
import { type Ciphertext, ciphertexts, SECRETS } from '../../db/ciphertexts';
import { placeOf } from '../../db/encrypted-columns';
import type { Stand } from '../bench/stand';
import { loggedIn } from '../fixtures/commands';
import { keysOf } from '../fixtures/keys';

const BATCH = 500;

/** The environment of the operator's commands. */
export async function operatorOf({ env, db, config }: Stand): Promise<Readonly<Record<string, string>>> {
  const session = await loggedIn(env.DATABASE_URL ?? '');
  const keys = await keysOf({ db, config });
  for (const id of await db('admin_users').pluck('id')) {
    const sealed = await keys.encrypt('secret', placeOf('totpSecret', id));
    await db('admin_users').where({ id }).update({ totp_secret_encrypted: sealed });
  }
  return { ...env, PLIC_OPERATOR_SESSION: session };
}

export interface KeysRun {
  /** Null: it was killed. */
  readonly code: number | null;
  readonly text: string;
  /** Its last line. */
  readonly last: string;
}

/** Runs it to its end, or kills it (SIGKILL) once it has said `killedAt`. */
export function runKeys(
  operator: Readonly<Record<string, string>>,
  args: readonly string[],
  killedAt?: RegExp,
): Promise<KeysRun> {
  const command = ['--import', require.resolve('tsx'), require.resolve('../../workers/commands/keys'), ...args];
  const child = spawn(process.execPath, command, { env: { ...process.env, ...operator } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (killedAt?.test(text)) child.kill('SIGKILL');
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      resolve({ code, text, last: text.trimEnd().split('\n').at(-1) ?? '' });
    });
  });
}

/** When the work began, as the command itself says it. */
export function sinceOf({ text }: KeysRun): string {
  const since = /--since (\S+)"/.exec(text)?.[1];
  if (since === undefined) throw new Error(`it does not say since when: ${text}`);
  return since;
}

/** Opens every ciphertext of the database, as a process that starts now would; `shut`: those that do not open. */
export async function readAll({ db, config }: Stand): Promise<{ read: number; shut: string[] }> {
  const keys = await keysOf({ db, config });
  const shut: string[] = [];
  let read = 0;
  for (const secret of SECRETS) {
    for (let after: Ciphertext | null = null; ; ) {
      const batch: Ciphertext[] = await ciphertexts(db, secret, { after, limit: BATCH });
      after = batch.at(-1) ?? null;
      if (after === null) break;
      for (const { row, text } of batch) {
        await decryptAt(keys, text, placeOf(secret, row)).then(
          () => (read += 1),
          (error: Error) => shut.push(error.message),
        );
      }
    }
  }
  return { read, shut };
}
