import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processIdentity } from './lock';
import { signalGroup } from './server-process';

/**
 * Who runs on behalf of one system, in the order of their start: a file of one line a process, so that whoever survives
 * (the guard, or the next start) can end the rest and nothing but the rest.
 */
export interface Roster {
  file: string;
  add(name: string, pid: number): void;
  /** From here on what is added is ended at once: an interrupted start may go on for a moment. */
  close(): void;
}

const PREFIX = 'running-';

export function openRoster(dataDir: string): Roster {
  const file = join(dataDir, `${PREFIX}${process.pid}`);
  let isClosed = false;
  return {
    file,
    add(name, pid) {
      if (isClosed) signalGroup(pid, 'SIGKILL');
      else appendFileSync(file, `${JSON.stringify({ name, pid, identity: processIdentity(pid) })}\n`);
    },
    close() {
      isClosed = true;
    },
  };
}

/**
 * Ends, last started first, every process of the roster that still is the one that was written down, then removes the
 * file. Each gets `graceMs` to stop by itself. Returns the names of those that had to be ended.
 */
export async function endRoster(file: string, graceMs = 10_000): Promise<string[]> {
  if (!existsSync(file)) return [];
  const members = readFileSync(file, 'utf8').split('\n').flatMap(parseMember);
  const ended: string[] = [];
  for (const { name, pid, identity } of members.reverse()) {
    const isIt = () => processIdentity(pid) === identity;
    if (!isIt()) continue;
    ended.push(name);
    // SIGINT lets PostgreSQL disconnect its clients; SIGTERM would wait for them. All the others take it as SIGTERM.
    signalGroup(pid, 'SIGINT');
    for (const deadline = Date.now() + graceMs; isIt() && Date.now() < deadline; ) await delay(50);
    if (isIt()) signalGroup(pid, 'SIGKILL');
  }
  rmSync(file, { force: true });
  return ended;
}

/** Ends what earlier systems of this folder left behind. The caller holds the folder's lock: no other system runs. */
export async function endLeftovers(dataDir: string): Promise<string[]> {
  const files = readdirSync(dataDir).filter((name) => name.startsWith(PREFIX));
  const ended = await Promise.all(files.map((name) => endRoster(join(dataDir, name), 5_000)));
  return ended.flat();
}

/**
 * Starts the process that outlives even our SIGKILL and then ends what the roster names. `release` lets it go: it ends
 * what is still running, if anything is. Where it cannot start, the next start still ends the leftovers.
 */
export function startGuard(rosterFile: string): { release(): void } {
  const guard = spawn(process.execPath, ['--import', require.resolve('tsx'), require.resolve('./guard'), rosterFile], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined);
  guard.unref();
  return { release: () => guard.stdin.end() };
}

/** A line cut short by a crash names a process that was never written down whole: it is passed over. */
function parseMember(line: string): { name: string; pid: number; identity: string }[] {
  try {
    const { name, pid, identity } = JSON.parse(line);
    return typeof pid === 'number' && typeof identity === 'string' ? [{ name: String(name), pid, identity }] : [];
  } catch {
    return [];
  }
}
