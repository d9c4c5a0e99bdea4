/** The API and the worker as processes of their own, as in production, to be killed at the worst moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../infra/local/ports';
import { ARMS_VARIABLE, BUNDLE_VARIABLE, type Failpoint, HITS_VARIABLE, type Hit } from '../faults/failpoint-names';
import { callApi } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type Ground, prepareGround } from './ground';
import { underFailpoints } from './programs';
import { testStack } from './stack';

const ROOT = join(__dirname, '../..');

/** How a process is started; what is not said is as in production, but for the workflows, which were bundled for the whole run. */
export interface Manner {
  /** It will die at its first passage. */
  readonly dieAt?: Failpoint;
  /** The file of other workflow code, as a deploy would bring it. */
  readonly bundle?: string;
  /** Its heap, MB; it can be made to run out of it. */
  readonly heapMb?: number;
}

export interface Member {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  start(manner?: Manner): void;
  /** Has a process with `heapMb` take memory until it dies of it. */
  hoard(): void;
  /** Resolves when the process has ended by itself, with the signal that ended it. */
  died(): Promise<NodeJS.Signals | null>;
}

export interface ProcessHouse extends Ground {
  readonly api: Member;
  readonly worker: Member;
  /** Resolves when the API answers again. */
  apiUp(): Promise<void>;
  /** The failpoints at which a process of this house has died, in order. */
  hits(): Failpoint[];
  stop(): Promise<void>;
}

function memberOf(script: string, env: Record<string, string>): Member {
  let child: ChildProcess | undefined;
  return {
    start({ dieAt, bundle = testStack().bundlePath, heapMb } = {}) {
      const heap = heapMb ? [`--max-old-space-size=${heapMb}`] : [];
      const arms = { [BUNDLE_VARIABLE]: bundle, ...(dieAt && { [ARMS_VARIABLE]: dieAt }) };
      child = spawn(process.execPath, [...heap, ...underFailpoints(script)], {
        cwd: ROOT,
        env: { ...process.env, NODE_ENV: 'test', ...env, ...arms },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const log = createWriteStream(join(testStack().dir, 'processes.log'), { flags: 'a' });
      child.stdout?.pipe(log);
      child.stderr?.pipe(log);
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    hoard: () => void child?.kill('SIGUSR2'),
    async died() {
      if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child?.signalCode ?? null;
    },
  };
}

/** What the processes that share this file died of. */
export function readHits(file: string): Hit[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** Starts the API and the worker at the pace of the demo, with these variables beside the usual ones. The caller stops them. */
export async function startProcesses(variables: Readonly<Record<string, string>> = {}): Promise<ProcessHouse> {
  const port = await freePort();
  const apiUrl = `http://127.0.0.1:${port}`;
  const ground = await prepareGround(apiUrl, { env: variables });
  const hitsFile = join(testStack().dir, `hits-${randomUUID()}`);
  const env = { ...ground.env, PORT: `${port}`, [HITS_VARIABLE]: hitsFile };
  const api = memberOf('api/main.ts', env);
  const worker = memberOf('workers/main.ts', env);
  const isUp = () =>
    callApi(apiUrl, 'GET', '/health/ready')
      .then(({ status }) => status === 200)
      .catch(() => false);
  const apiUp = async () => {
    await poll(isUp, (up) => up, { what: 'the API is up' });
  };
  for (const member of [api, worker]) member.start();
  await apiUp();
  return {
    ...ground,
    api,
    worker,
    apiUp,
    hits: () => readHits(hitsFile).map(({ point }) => point),
    async stop() {
      await Promise.all([api.kill(), worker.kill()]);
      await ground.clear();
    },
  };
}
