import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable, isExecutable } from './executables';
import { runToEnd } from './run-to-end';
import type { ToolPlace } from './tool-place';

const BUILD_LIMIT_MS = 20 * 60_000;
const PROGRESS_EVERY_MS = 15_000;

interface GoSource {
  /** In words. */
  what: string;
  /** The path of its main package. */
  module: string;
  version: string;
  /** What `go install` calls it. */
  program: string;
}

/** Builds a program from its source, with the Go of this machine. Fills the place, or answers why not. */
export async function goInstall(
  { folder, file, logFile, say, onSpawn }: ToolPlace,
  { what, module, version, program }: GoSource,
): Promise<string | undefined> {
  const go = findExecutable('go');
  if (!go) return 'there is no Go';
  say(`building ${what} with Go, once: this takes some minutes`);
  const started = Date.now();
  const progress = setInterval(() => {
    say(`still building ${what}, ${Math.round((Date.now() - started) / 1_000)} s so far`);
  }, PROGRESS_EVERY_MS);
  const bin = join(folder, 'build');
  const run = await runToEnd({
    ...{ name: `Build of ${what}`, command: go, logFile, onSpawn, limitMs: BUILD_LIMIT_MS },
    args: ['install', '-ldflags=-s -w', `${module}@v${version}`],
    env: { GOBIN: bin },
  });
  clearInterval(progress);
  if (!isExecutable(join(bin, program))) return `the build failed:\n${run.lastLines}`;
  renameSync(join(bin, program), file);
  return undefined;
}
