import { setTimeout as delay } from 'node:timers/promises';
import { spawnServer } from './server-process';

interface Errand {
  name: string;
  command: string;
  args: readonly string[];
  logFile: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  limitMs: number;
  /** Gives it up when what `measure` returns has not changed for `limitMs`; undefined: it has not begun yet. */
  stall?: { limitMs: number; measure: () => number | undefined };
  onSpawn?: ((name: string, pid: number) => void) | undefined;
  /** Gives it up as soon as nobody wants it any more. */
  signal?: AbortSignal;
}

type ErrandEnd =
  | { kind: 'ended'; ok: boolean; lastLines: string }
  | { kind: 'stalled' | 'too long' | 'given up'; lastLines: string };

const LOOK_MS = 100;

/**
 * Runs a command until it ends, stalls, takes too long or is given up; it is stopped then, and with us. Nothing of it
 * is left.
 */
export async function runToEnd(errand: Errand): Promise<ErrandEnd> {
  const run = await spawnServer(errand);
  const stopWithUs = () => run.kill();
  process.once('exit', stopWithUs);
  try {
    const gaveUp = await Promise.race([run.exited.then(() => undefined), patience(errand, () => run.isRunning())]);
    await run.stop(1_000);
    const lastLines = run.lastLines();
    return gaveUp
      ? { kind: gaveUp, lastLines }
      : { kind: 'ended', ok: (await run.exited) === 'exit code 0', lastLines };
  } finally {
    process.off('exit', stopWithUs);
  }
}

/** Resolves when it has lasted for too long, nothing moves, it is given up, or there is no more to wait for. */
async function patience({ limitMs, stall, signal }: Errand, isRunning: () => boolean) {
  const deadline = Date.now() + limitMs;
  let measured = stall?.measure();
  for (let movedAt = Date.now(); isRunning(); await delay(LOOK_MS)) {
    if (signal?.aborted) return 'given up';
    const now = stall?.measure();
    if (now === undefined || now !== measured) movedAt = Date.now();
    measured = now;
    if (stall && Date.now() - movedAt >= stall.limitMs) return 'stalled';
    if (Date.now() >= deadline) return 'too long';
  }
  return undefined;
}
