/** A system of its own as `npm start` makes it, and what operators and payers need to reach it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../infra/local/ports';
import type { LocalOperator } from '../../workers/commands/local-operators';
import type { Places } from '../fixtures/payer';

const ROOT = join(__dirname, '../..');
const PORTS = [
  ...['PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'SOFTPAYMENT_PORT', 'BANK_PORT', 'NOTICES_PORT'],
  ...['IDENTITY_PORT', 'CODEC_PORT', 'POSTGRES_PORT', 'REDIS_PORT'],
] as const;
/** From the first command to a system that is up; a first start makes its database. */
const PATIENCE_MS = 180_000;

export interface WholeSystem {
  readonly places: Places & { readonly bankUrl: string };
  readonly temporalWebUrl: string;
  /** Everything that it keeps. */
  readonly dataDir: string;
  readonly operators: readonly LocalOperator[];
  stop(): Promise<void>;
}

interface Wishes {
  readonly pace: 'demo' | 'production';
  /** Whether the pages are built, which takes a while. */
  readonly pages: boolean;
}

/** Starts it in this folder, without a sample deal. */
export async function startWholeSystem(dir: string, { pace, pages }: Wishes): Promise<WholeSystem> {
  const ports = new Map<string, number>();
  for (const name of PORTS) ports.set(name, await freePort());
  const urlOf = (name: (typeof PORTS)[number]) => `http://127.0.0.1:${ports.get(name)}`;
  const dataDir = join(dir, 'plic');
  const log = openSync(join(dir, 'start.log'), 'a');
  const child = spawn('npm', ['start', '--', '--no-demo'], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...Object.fromEntries([...ports].map(([name, port]) => [name, `${port}`])),
      ...{ PLIC_DATA_DIR: dataDir, PLIC_PACE: pace, ...(!pages && { WEB_DIR: '' }) },
    },
    stdio: ['ignore', log, log],
    detached: true,
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGINT');
    await ended;
  };
  const isReady = async () => (await fetch(`${urlOf('PORT')}/health/ready`).catch(() => null))?.ok ?? false;
  for (const start = performance.now(); !(await isReady()); await delay(500)) {
    if (child.exitCode !== null || performance.now() - start > PATIENCE_MS) {
      await stop();
      throw new Error(`"npm start" is not ready:\n${readFileSync(join(dir, 'start.log'), 'utf8')}`);
    }
  }
  return {
    places: {
      ...{ apiUrl: urlOf('PORT'), softpaymentUrl: urlOf('SOFTPAYMENT_PORT') },
      ...{ bankUrl: urlOf('BANK_PORT'), noticesUrl: urlOf('NOTICES_PORT') },
    },
    dataDir,
    temporalWebUrl: urlOf('TEMPORAL_UI_PORT'),
    operators: JSON.parse(readFileSync(join(dataDir, 'operators.json'), 'utf8')) as LocalOperator[],
    stop,
  };
}
