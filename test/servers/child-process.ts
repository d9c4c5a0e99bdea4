/** A process of the house whose health, words and end can be seen, to be stopped as a platform stops it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../../infra/local/ports';
import { BUNDLE_VARIABLE } from '../faults/failpoint-names';
import { poll } from '../fixtures/poll';
import { underFailpoints } from './programs';
import { testStack } from './stack';

const ROOT = join(__dirname, '../..');

export interface HealthAnswer {
  readonly status: number;
  readonly body: {
    readonly phase?: string;
    readonly draining?: boolean;
    readonly checks?: Readonly<Record<string, { readonly ok: boolean }>>;
  };
}

export interface HouseProcess {
  signal(signal: NodeJS.Signals): void;
  /** `/health/ready`; null while nobody listens. */
  ready(): Promise<HealthAnswer | null>;
  /** `/health/live`; null while nobody listens. */
  live(): Promise<number | null>;
  becomesReady(): Promise<void>;
  becomes(what: string, isGood: (health: HealthAnswer) => boolean): Promise<void>;
  /** Until it has said this on stdout or stderr. */
  says(words: string): Promise<void>;
  /** How it ended: its exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>;
  /** Until it has ended with 0; throws with its last words when it ended otherwise. */
  endsWell(): Promise<void>;
  /** SIGKILL, if it still runs. */
  clear(): Promise<void>;
}

/** Runs one of the house's programs; `healthUrl` is where it tells its health. */
export function startProcess(script: string, env: Record<string, string>, healthUrl: string): HouseProcess {
  const child = spawn(process.execPath, underFailpoints(script), {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'test', ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  const end = once(child, 'close').then(([code, signal]) => code ?? signal);
  const ask = (path: string) => fetch(`${healthUrl}${path}`).catch(() => null);
  const ready = async (): Promise<HealthAnswer | null> => {
    const answer = await ask('/health/ready');
    return answer && { status: answer.status, body: (await answer.json()) as HealthAnswer['body'] };
  };
  const becomes = async (what: string, isGood: (health: HealthAnswer) => boolean) => {
    await poll(ready, (health) => health !== null && isGood(health), { what });
  };
  return {
    signal: (signal) => void child.kill(signal),
    ready,
    live: async () => (await ask('/health/live'))?.status ?? null,
    becomesReady: () => becomes(`${script} is ready`, ({ status }) => status === 200),
    becomes,
    async says(words) {
      const lastLines = async () => said.split('\n').slice(-4);
      await poll(lastLines, () => said.includes(words), { what: `${script} says "${words}"` });
    },
    ended: () => end,
    async endsWell() {
      const how = await end;
      if (how !== 0)
        throw new Error(`${script} ended with ${how}: ${said.trimEnd().split('\n').slice(-12).join('\n')}`);
    },
    async clear() {
      child.kill('SIGKILL');
      await end;
    },
  };
}

/** The worker with its health on a free port; `workflows`: bundled once for the whole run, or by the worker itself, as in production. */
export async function startWorkerProcess(
  env: Record<string, string>,
  workflows: 'bundled' | 'its own' = 'bundled',
): Promise<HouseProcess> {
  const port = await freePort();
  const bundle = workflows === 'bundled' ? { [BUNDLE_VARIABLE]: testStack().bundlePath } : {};
  const more = { ...bundle, WORKER_HEALTH_PORT: `${port}` };
  return startProcess('workers/main.ts', { ...env, ...more }, `http://127.0.0.1:${port}`);
}

/** The checks that fail. */
export const failing = ({ body }: HealthAnswer): string[] =>
  Object.entries(body.checks ?? {})
    .filter(([, { ok }]) => !ok)
    .map(([name]) => name);
