import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findExecutable, isExecutable } from './executables';
import { takeLock } from './lock';
import { spawnServer } from './server-process';

const MODULE = 'github.com/temporalio/cli/cmd/temporal';
const VERSION = 'v1.5.1';
const WAYS_OUT =
  'Install Go (https://go.dev/dl) or the Temporal CLI (https://docs.temporal.io/cli), or set TEMPORAL_ADDRESS.';
const DOWNLOAD_LIMIT_MS = 45_000;
const BUILD_LIMIT_MS = 20 * 60_000;

/**
 * The path of the `temporal` command-line tool: the one on the PATH, else the one in the user's cache folder, which the
 * first start fills: by the SDK's own download or, where that cannot be reached, by building it with Go.
 * Systems that start at the same time fill it once. Throws, naming every way out, when all of it fails.
 */
export async function temporalCli(onProgress: (what: string) => void): Promise<string> {
  const onPath = findExecutable('temporal');
  if (onPath) return onPath;
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'plic');
  // The name that the SDK's download gives to it, so that either way fills the same place.
  const cached = join(folder, `temporal-cli-${VERSION}`);
  mkdirSync(folder, { recursive: true });
  const lock = await waitForLock(`${cached}.lock`, () => isExecutable(cached), onProgress);
  try {
    if (!isExecutable(cached)) await fillCache(folder, cached, onProgress);
    return cached;
  } finally {
    lock?.release();
  }
}

async function waitForLock(file: string, isFilled: () => boolean, onProgress: (what: string) => void) {
  while (!isFilled()) {
    const lock = await takeLock(file);
    if ('release' in lock) return lock;
    onProgress(`waiting for process ${lock.ownerPid}, which is getting Temporal`);
    await delay(2_000);
  }
  return undefined;
}

async function fillCache(folder: string, cached: string, onProgress: (what: string) => void): Promise<void> {
  const logFile = join(folder, 'temporal-cli.log');
  rmSync(logFile, { force: true });
  onProgress(`downloading the Temporal command-line tool ${VERSION}`);
  const script = require.resolve('./temporal-download');
  const downloadArgs = ['--import', require.resolve('tsx'), script, folder, VERSION];
  await runToEnd('download', process.execPath, downloadArgs, { logFile, limitMs: DOWNLOAD_LIMIT_MS });
  if (isExecutable(cached)) return;

  const go = findExecutable('go');
  if (!go)
    throw new Error(`The Temporal command-line tool cannot be downloaded, and there is no Go to build it. ${WAYS_OUT}`);
  onProgress('no download: building the Temporal command-line tool with Go, once; this takes some minutes');
  const started = Date.now();
  const progress = setInterval(() => {
    onProgress(`still building Temporal, ${Math.round((Date.now() - started) / 1000)} s so far`);
  }, 15_000);
  const bin = join(folder, 'build');
  const install = ['install', '-ldflags=-s -w', `${MODULE}@${VERSION}`];
  const output = await runToEnd('build', go, install, { logFile, limitMs: BUILD_LIMIT_MS, env: { GOBIN: bin } });
  clearInterval(progress);
  if (!isExecutable(join(bin, 'temporal'))) {
    throw new Error(`The Temporal command-line tool could not be built. ${WAYS_OUT}\n${output}`);
  }
  renameSync(join(bin, 'temporal'), cached);
}

interface RunOptions {
  logFile: string;
  limitMs: number;
  env?: NodeJS.ProcessEnv;
}

/** Runs a command until it ends, however it ends; it is stopped at the limit, and with us. Returns its last lines. */
async function runToEnd(
  name: string,
  command: string,
  args: string[],
  { limitMs, ...options }: RunOptions,
): Promise<string> {
  const run = await spawnServer({ name, command, args, ...options });
  const stopWithUs = () => run.kill();
  process.once('exit', stopWithUs);
  const patience = new AbortController();
  await Promise.race([run.exited, delay(limitMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
  await run.stop();
  process.off('exit', stopWithUs);
  return run.lastLines();
}
