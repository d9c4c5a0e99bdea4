/**
 * The clock of a test run: every node process of it has the time of day that is asked for, while PostgreSQL, Redis and Temporal keep
 * the machine's. So a law that holds only at some hour, or compares our clock with a server's, fails when somebody looks.
 */

/** `HH:MM` of today's date in Korea, or `YYYY-MM-DDTHH:MM`; KST. */
export const CLOCK_VARIABLE = 'PLIC_TEST_CLOCK';
const AHEAD_VARIABLE = 'PLIC_TEST_CLOCK_AHEAD_MS';
const FORMAT = /^(?:(\d{4}-\d{2}-\d{2})T)?(\d{2}:\d{2})$/;
const KST_AHEAD_MS = 9 * 3_600_000;

/** By how much a clock that shows `wanted` is ahead of one that shows `now`, ms; negative: behind. Throws when it is no time. */
export function aheadMsOf(wanted: string, now: Date): number {
  const [, date = new Date(now.getTime() + KST_AHEAD_MS).toISOString().slice(0, 10), time] = wanted.match(FORMAT) ?? [];
  const at = Date.parse(`${date}T${time}:00+09:00`);
  if (Number.isNaN(at))
    throw new Error(`${CLOCK_VARIABLE} is no time of day in Korea (HH:MM, YYYY-MM-DDTHH:MM): ${wanted}`);
  return at - now.getTime();
}

/** The environment of a run whose processes, and theirs, have the clock that `env` asks for; `env` itself when it asks for none. */
export function withClock(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const wanted = env[CLOCK_VARIABLE];
  if (!wanted) return env;
  const machine = new Date(performance.timeOrigin + performance.now()); // also where this process's own clock is set
  const preload = `--require ${JSON.stringify(require.resolve('./clock-preload.cjs'))}`;
  return {
    ...env,
    [AHEAD_VARIABLE]: `${aheadMsOf(wanted, machine)}`,
    NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} ${preload}`.trim(),
  };
}

/** For a child whose environment is made from nothing: what gives it the clock of this run. */
export function clockOfRun(): Record<string, string> {
  const { [AHEAD_VARIABLE]: ahead, NODE_OPTIONS: options } = process.env;
  return ahead && options ? { [AHEAD_VARIABLE]: ahead, NODE_OPTIONS: options } : {};
}
