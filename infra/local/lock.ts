import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What only this process can be: its pid and when it started; undefined when there is no such process. */
export function processIdentity(pid: number): string | undefined {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) as string;
    const fields = afterName.split(' ');
    const isZombie = fields[0] === 'Z'; // ended, but its new parent has not collected it
    return isZombie ? undefined : `${pid} ${fields[19]}`;
  } catch {
    // no such process, or a system without /proc
  }
  const found = spawnSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { env: { ...process.env, LC_ALL: 'C' } });
  const startedAt = found.stdout?.toString().trim();
  return startedAt ? `${pid} ${startedAt}` : undefined;
}

/**
 * Takes the lock that a file stands for. A lock whose process is gone, even by SIGKILL, is taken over.
 * Returns the function that gives it back, or the pid of its living owner.
 */
export async function takeLock(file: string): Promise<{ release: () => void } | { ownerPid: number }> {
  const mine = processIdentity(process.pid);
  for (;;) {
    try {
      writeFileSync(file, `${mine}`, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = readLock(file);
      const ownerPid = Number.parseInt(owner, 10);
      if (ownerPid && processIdentity(ownerPid) === owner) return { ownerPid };
      await delay(50); // an owner that has created the file may not have written it yet
      if (readLock(file) === owner) rmSync(file, { force: true });
      continue;
    }
    await delay(50); // two that took over the same dead lock at once: the one that is in the file stays
    if (readLock(file) === mine) return { release: () => rmSync(file, { force: true }) };
  }
}

function readLock(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
