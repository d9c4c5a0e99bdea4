/** Schemathesis: got once for each user, by pip, with everything that it stands on pinned (requirements.txt). */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findExecutable } from '../../infra/local/executables';
import { runToEnd } from '../../infra/local/run-to-end';

const REQUIREMENTS = join(__dirname, 'requirements.txt');
const LIMIT_MS = 5 * 60_000;

export interface Tool {
  readonly python: string;
  /** Where its packages are. */
  readonly packages: string;
}

/**
 * The tool in the user's cache folder, which the first call fills; the user's Python is left as it is. Throws, naming the way out, without
 * Python or pip.
 */
export async function schemathesis(logFile: string, say: (what: string) => void): Promise<Tool> {
  const python = findExecutable('python3');
  if (!python) throw new Error('python3 is missing: schemathesis needs Python 3.11 or newer, with pip');
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'plic');
  const packages = join(cache, `schemathesis-${version}`);
  if (existsSync(packages)) return { python, packages };
  say('getting schemathesis by pip');
  mkdirSync(cache, { recursive: true });
  const draft = `${packages}.${process.pid}`;
  try {
    const has = await runToEnd({
      name: 'pip',
      command: python,
      args: ['-m', 'pip', '--version'],
      logFile,
      limitMs: LIMIT_MS,
    });
    if (has.kind === 'ended' && !has.ok)
      throw new Error(
        `${python} has no pip, which gets schemathesis: "${python} -m ensurepip", or install python3-pip`,
      );
    const quietly = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-deps'];
    const args = ['-m', 'pip', 'install', ...quietly, '--target', draft, '--requirement', REQUIREMENTS];
    await runToEnd({ name: 'pip', command: python, args, logFile, limitMs: LIMIT_MS });
    if (!existsSync(draft))
      throw new Error(`pip could not get schemathesis: ${readFileSync(logFile, 'utf8').slice(-500)}`);
    if (!existsSync(packages)) renameSync(draft, packages);
    return { python, packages };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
