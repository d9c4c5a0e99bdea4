/** CPU time of the processes beside us, from /proc (Linux); zero where there is none. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second on every machine that Node runs on. */
const TICK_MS = 10;

interface Times {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended. */
  readonly ended: number;
}

function timesOf(pid: string): Times | undefined {
  try {
    // The name in parentheses may hold spaces; the fields after it do not.
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?=\S )/);
    const fields = rest.split(' ').map(Number);
    const at = (index: number) => fields[index] ?? 0;
    return { parent: at(1), own: (at(11) + at(12)) * TICK_MS, ended: (at(13) + at(14)) * TICK_MS };
  } catch {
    return undefined; // it has just ended
  }
}

/** CPU time used so far by each process and its children, ms, by name; and our own as `driver`. */
export function cpuTimes(processes: readonly { name: string; pid: number }[]): Map<string, number> {
  const { user, system } = process.cpuUsage();
  const times = new Map([['driver', (user + system) / 1_000]]);
  if (!existsSync('/proc/self/stat')) return times;
  const all = new Map<number, Times>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const found = timesOf(pid);
    if (found) all.set(Number(pid), found);
  }
  for (const { name, pid } of processes) {
    const { own = 0, ended = 0 } = all.get(pid) ?? {};
    const children = [...all.values()].filter(({ parent }) => parent === pid);
    times.set(
      name,
      children.reduce((sum, child) => sum + child.own, own + ended),
    );
  }
  return times;
}

/** What was used between two readings, ms, by name. */
export function cpuBetween(before: Map<string, number>, after: Map<string, number>): Map<string, number> {
  return new Map([...after].map(([name, time]) => [name, time - (before.get(name) ?? 0)]));
}
