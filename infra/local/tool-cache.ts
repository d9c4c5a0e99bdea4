import { mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isExecutable } from './executables';
import { takeLock } from './lock';
import type { Environment } from './settings';
import type { ToolWay } from './tool-place';

/** A program that is got once for each user, and by whom that is heard. */
interface WantedTool {
  /** In words, e.g. `Temporal 1.5.1`. */
  what: string;
  /** In the cache folder; the name that the SDK's download gives to it, so that every way fills the same place. */
  name: string;
  /** In this folder too. */
  logName: string;
  /** In the order in which they are tried. */
  ways: readonly ToolWay[];
  /** What a person can do when no way leads there. */
  waysOut: string;
  environment: Environment;
  say: (what: string) => void;
  onSpawn?: ((name: string, pid: number) => void) | undefined;
}

const WAIT_MS = 2_000;

/**
 * The path of the tool in the user's cache folder, which the first call fills. Each step is said. Processes that ask at
 * the same time fill it once. Throws, naming every way out, when no way leads there.
 */
export async function cachedTool(tool: WantedTool): Promise<string> {
  const { environment, name } = tool;
  const folder = join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'plic');
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true });
  const lock = await waitForLock(`${file}.lock`, () => isExecutable(file), tool);
  try {
    if (!isExecutable(file)) await fill(folder, file, tool);
    return file;
  } finally {
    lock?.release();
  }
}

async function waitForLock(file: string, isFilled: () => boolean, { what, say }: WantedTool) {
  while (!isFilled()) {
    const lock = await takeLock(file);
    if ('release' in lock) return lock;
    say(`waiting for process ${lock.ownerPid}, which is getting ${what}`);
    await delay(WAIT_MS);
  }
  return undefined;
}

/** One way after the other. A way that fails says why, and the next one is tried. */
async function fill(folder: string, file: string, tool: WantedTool): Promise<void> {
  const { what, ways, waysOut, say, onSpawn } = tool;
  const logFile = join(folder, tool.logName);
  rmSync(logFile, { force: true });
  const failures: string[] = [];
  for (const { name, get } of ways) {
    say(`getting ${what} by ${name}`);
    const failure = await get({ folder, file, logFile, say, onSpawn });
    if (failure === undefined) return;
    say(`not by ${name}: ${failure}`);
    failures.push(`by ${name}: ${failure}`);
  }
  throw new Error(`${what} cannot be had. ${waysOut}\n${failures.join('\n')}\nLog: ${logFile}`);
}
