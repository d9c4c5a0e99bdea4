import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findExecutable } from './executables';

/** As whom PostgreSQL runs: it refuses to run as root. */
export interface PostgresUser {
  /** Turns a command line into the one that runs it as this user. */
  run(command: string, ...args: string[]): [string, ...string[]];
  /** Gives a file or folder to this user. */
  own(path: string): void;
}

/** What the choice depends on; the last two are parameters for tests. */
interface PostgresUserOptions {
  dataDir: string;
  /** The program that must be reached. */
  program: string;
  isRoot?: boolean;
  setpriv?: string | undefined;
}

const WAYS_OUT = 'run "npm start" as a plain user, move it to a folder that others can enter, or set DATABASE_URL';

/**
 * A plain user runs PostgreSQL as itself. Root runs it as the owner of an existing cluster, else as `postgres`, else
 * as `nobody`. Where that user cannot enter the folders (a home of mode 0700, an umask of 077) it keeps root's right
 * to pass them; no mode is changed. Throws, naming the ways out, where root has no such right to give.
 */
export function postgresUser(options: PostgresUserOptions): PostgresUser {
  const { dataDir, program, isRoot = process.getuid?.() === 0 } = options;
  if (!isRoot) return { run: (command, ...args) => [command, ...args], own: () => undefined };
  const setpriv = 'setpriv' in options ? options.setpriv : findExecutable('setpriv');
  if (!setpriv) {
    throw new Error(
      `PostgreSQL refuses to run as root and "setpriv" (util-linux) is missing: install it, or ${WAYS_OUT}`,
    );
  }
  const { uid, gid } = clusterUser(dataDir);
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const fails = (...words: string[]) => spawnSync(setpriv, [...identity, ...words]).status !== 0;
  const isClosed = [dirname(dataDir), program].some((file) => fails('--', 'test', '-x', file));
  const grants = isClosed ? PASS_FOLDERS : [];
  if (isClosed && fails(...grants, '--', 'true')) {
    throw new Error(
      `PostgreSQL refuses to run as root, and user ${uid} cannot be let into ${dirname(dataDir)}: ${WAYS_OUT}`,
    );
  }
  return {
    run: (command, ...args) => [setpriv, ...identity, ...grants, '--', command, ...args],
    own: (path) => give(path, uid, gid),
  };
}

/**
 * initdb and postgres look with access(2) whether they may use their files, and the kernel counts no capability there
 * for a user that is not root, unless this securebit is set. Containers have both rights by default, unlike that to
 * mount.
 */
const PASS_FOLDERS = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];

function clusterUser(dataDir: string): { uid: number; gid: number } {
  const owner = existsSync(join(dataDir, 'PG_VERSION')) ? statSync(dataDir) : undefined;
  if (owner && owner.uid !== 0) return owner;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((of) =>
      Number.parseInt(spawnSync('id', [of, name]).stdout?.toString() ?? '', 10),
    );
    if (uid && gid) return { uid, gid };
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and there is no user "postgres" or "nobody" here: add one, or ${WAYS_OUT}`,
  );
}

/** Some shared and network folders keep every file with one owner. */
function give(path: string, uid: number, gid: number): void {
  try {
    chownSync(path, uid, gid);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`PostgreSQL refuses to run as root, and its files cannot be given away (${message}): ${WAYS_OUT}`);
  }
}
