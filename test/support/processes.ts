/** The API and the worker as processes of their own, as in production, to be killed at the worst moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../infra/local/ports';
import { type Ground, prepareGround } from './ground';
import { callApi } from './payer';
import { poll } from './poll';
import { testStack } from './stack';

const ROOT = join(__dirname, '../..');

export interface Member {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  start(): void;
}

export interface ProcessHouse extends Ground {
  readonly api: Member;
  readonly worker: Member;
  /** Resolves when the API answers again. */
  apiUp(): Promise<void>;
  stop(): Promise<void>;
}

function memberOf(script: string, env: Record<string, string>): Member {
  let child: ChildProcess | undefined;
  return {
    start() {
      child = spawn(process.execPath, ['--import', 'tsx', script], {
        cwd: ROOT,
        env: { ...process.env, NODE_ENV: 'test', ...env },
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
  };
}

/** Starts the API and the worker at the pace of the demo. The caller stops them. */
export async function startProcesses(): Promise<ProcessHouse> {
  const port = await freePort();
  const apiUrl = `http://127.0.0.1:${port}`;
  const ground = await prepareGround(apiUrl);
  const env = { ...ground.env, PORT: `${port}` };
  const api = memberOf('api/main.ts', env);
  const worker = memberOf('workers/main.ts', env);
  const isUp = () =>
    callApi(apiUrl, 'GET', '/health/ready')
      .then(({ status }) => status === 200)
      .catch(() => false);
  const apiUp = async () => {
    await poll(isUp, (up) => up, { what: 'the API is up', deadlineMs: 30_000 });
  };
  for (const member of [api, worker]) member.start();
  await apiUp();
  return {
    ...ground,
    api,
    worker,
    apiUp,
    async stop() {
      await Promise.all([api.kill(), worker.kill()]);
      await ground.clear();
    },
  };
}
