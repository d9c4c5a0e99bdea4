import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** One program to run beside us, and how it is told to stop. */
export interface ServerCommand {
  name: string;
  command: string;
  args: readonly string[];
  /** Its output goes here, appended; the file outlives us, so a server never blocks or dies on a broken pipe. */
  logFile: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  stopSignal?: NodeJS.Signals;
  /** Called with the pid as soon as the process exists, before it is ready. */
  onSpawn?: ((name: string, pid: number) => void) | undefined;
}

export interface ServerProcess {
  name: string;
  pid: number;
  /** Resolves, never rejects, when the process has ended, with words for how. */
  exited: Promise<string>;
  isRunning(): boolean;
  /** Asks it to stop, kills it after `graceMs`, and resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
  kill(): void;
  lastLines(count?: number): string;
}

/**
 * Starts a program in a process group of its own (Ctrl-C in the terminal reaches only us, so we choose the order in
 * which things stop). Throws when it cannot be started at all.
 */
export async function spawnServer(server: ServerCommand): Promise<ServerProcess> {
  const child = await spawnChild(server);
  const pid = child.pid as number;
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
  });
  server.onSpawn?.(server.name, pid);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const kill = () => signalGroup(pid, 'SIGKILL');
  return {
    name: server.name,
    pid,
    exited,
    isRunning,
    kill,
    lastLines: (count = 15) => readFileSync(server.logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n'),
    async stop(graceMs = 10_000) {
      if (!isRunning()) return;
      child.kill(server.stopSignal ?? 'SIGTERM');
      const patience = new AbortController();
      const tooLong = delay(graceMs, undefined, { signal: patience.signal }).then(kill, () => undefined);
      await exited;
      patience.abort();
      await tooLong;
    },
  };
}

/**
 * Signals a whole process group. One that is already gone is what we wanted; one of another user (a package manager
 * under sudo) ends by itself, and must not keep the others from being ended.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ESRCH', 'EPERM'].includes(code)) throw error;
  }
}

async function spawnChild(server: ServerCommand): Promise<ChildProcess> {
  mkdirSync(dirname(server.logFile), { recursive: true });
  const log = openSync(server.logFile, 'a', 0o600);
  try {
    const child = spawn(server.command, server.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...server.env },
      ...(server.cwd === undefined ? {} : { cwd: server.cwd }),
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    return child;
  } finally {
    closeSync(log);
  }
}

/**
 * Waits until `probe` stops throwing. A server that ends first, or is not ready in time, is an error that carries the
 * last lines of its log; it is stopped before the error is thrown.
 */
export async function waitUntilReady(server: ServerProcess, probe: () => Promise<unknown>, limitMs: number) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      await probe();
      return;
    } catch (error) {
      if (!server.isRunning()) {
        throw new Error(`${server.name} ended while starting (${await server.exited}):\n${server.lastLines()}`);
      }
      if (Date.now() > deadline) {
        await server.stop();
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`${server.name} was not ready after ${limitMs / 1000} s (${why}):\n${server.lastLines()}`);
      }
    }
    await delay(50);
  }
}
