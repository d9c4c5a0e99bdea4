import { renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { connectionOptions, taskQueuesOf } from '../temporal/client';
import { type LocalEnvironment, localEnvironment, type StoreAddresses } from './environment';
import { makeLogins } from './logins';
import { runToEnd } from './run-to-end';
import { localSecrets, passwordsOf } from './secrets';
import { type ServerCommand, spawnServer, waitUntilReady } from './server-process';
import { filesIn, partsToStart, type SandboxName } from './settings';
import type { Start } from './start';
import { startStores } from './stores';
import { won } from './terminal';

/** A system that is up. */
export interface LocalSystem {
  environment: LocalEnvironment;
  addresses: StoreAddresses;
  apiPid(): number;
  workerPid(): number;
}

/** What all but the migrations have. */
type Serving = Omit<LocalEnvironment, 'MIGRATE_DATABASE_URL'>;

const PROJECT = join(__dirname, '..', '..');

/**
 * Starts every part that no variable names: PostgreSQL, Redis and Temporal side by side, then the sandboxes, the
 * migrations, the Schedules, the API and the worker. Resolves when the API says that it is ready and the worker asks
 * for deals. Throws when a part cannot start; those that are up already are the supervisor's to stop.
 */
export async function startSystem(start: Start): Promise<LocalSystem> {
  const { settings, given, supervisor, say } = start;
  const files = filesIn(settings.dataDir);
  const secrets = localSecrets(files.secrets);
  const addresses = await startStores(start, secrets);
  const environment = localEnvironment(settings, given, secrets, addresses, start);
  writeEnvironment(files.environment, environment);
  const { MIGRATE_DATABASE_URL: owner, ...serving } = environment; // the owner's address is for the migrations alone
  const command = (name: string, script: string): ServerCommand => ({
    ...nodeCommand(script),
    name,
    env: serving,
    logFile: files.log(name.toLowerCase()),
    onSpawn: start.roster.add,
  });
  const { sandboxes, postgres } = partsToStart(given);
  if (sandboxes.length > 0) await startSandboxes(start, sandboxes, command('Sandbox', 'infra/sandbox/main.ts'));
  await runStep(start, 'workers/commands/migrate.ts', environment);
  if (postgres) await makeLogins(owner, passwordsOf(secrets));
  say('database migrated');
  if (start.fastClock) await makeFastClock(start, environment);
  await makeOperators(start, serving);
  await Promise.all([
    runStep(start, 'workers/schedules.ts', serving, ['--yes']), // also over a folder of an earlier version
    sandboxes.includes('bank') && bookOpening(start, serving),
  ]);
  say('schedules set');
  if (start.fastClock) await startFastClock(start, environment, command('Clock', 'workers/clock/main.ts'));
  const api = await supervisor.keep(command('API', 'api/main.ts'));
  const workerBornAt = Date.now();
  const worker = await supervisor.keep(command('Worker', 'workers/main.ts'));
  if (partsToStart(given).temporal) await startCodec(start, environment, command('Codec', 'workers/codec/main.ts'));
  await until('the API is ready', () => requireOk(`${environment.PLIC_API_URL}/health/ready`));
  say(`API ready on ${environment.PLIC_API_URL} (pid ${api.pid()})`);
  await until('the worker is ready', () => requireWorker(environment, workerBornAt));
  say(`worker ready (pid ${worker.pid()})`);
  return { environment, addresses, apiPid: api.pid, workerPid: worker.pid };
}

function nodeCommand(script: string): { command: string; args: string[]; cwd: string } {
  return { command: process.execPath, args: ['--import', require.resolve('tsx'), script], cwd: PROJECT };
}

/** One process with those that no variable names. */
async function startSandboxes(
  { settings, supervisor, say }: Start,
  names: readonly SandboxName[],
  command: ServerCommand,
): Promise<void> {
  const sandbox = await spawnServer({ ...command, args: [...command.args, '--only', names.join(',')] });
  const places = names.map((name) => settings.places[name]);
  for (const { port } of places) {
    await waitUntilReady(sandbox, () => requireOk(`http://127.0.0.1:${port}/health`), 30_000);
  }
  supervisor.watch(sandbox);
  say(`ready: ${places.map(({ name, port }) => `${name} :${port}`).join(', ')}`);
}

/** A folder that has such a clock keeps it: what is written there lies in the time that it shows. */
async function makeFastClock(start: Start, env: LocalEnvironment): Promise<void> {
  await runStep(start, 'workers/clock/make.ts', env);
  writeFileSync(filesIn(start.settings.dataDir).fastClock, '');
}

/** What moves the clock; the sandboxes show the database's from here on. */
async function startFastClock(
  { supervisor, say }: Start,
  { CLOCK_PORT: port }: LocalEnvironment,
  command: ServerCommand,
): Promise<void> {
  await supervisor.keep(command);
  const url = `http://127.0.0.1:${port}/clock`;
  await until('the clock is ready', () => requireOk(url));
  const { now } = (await (await fetch(url)).json()) as { now: string };
  say(`the clock can be put forward; it is ${now}`);
}

/** Makes the operators of this machine. */
async function makeOperators(start: Start, env: Serving): Promise<void> {
  const here = { ...env, PLIC_DATA_DIR: start.settings.dataDir };
  await runStep(start, 'workers/commands/make-local-operators.ts', here);
}

/** What opens payloads for Temporal Web, where that is ours. */
async function startCodec({ supervisor, say }: Start, env: LocalEnvironment, command: ServerCommand): Promise<void> {
  await supervisor.keep(command);
  const url = `http://127.0.0.1:${env.CODEC_PORT}`;
  await until('the codec server is ready', () => requireOk(`${url}/health`));
  say(`codec server ready on ${url}: Temporal Web shows what its database holds encrypted`);
}

/** Gives the operator's order for the money with which the sandbox bank was opened; every start gives the same one. */
async function bookOpening(start: Start, env: Serving): Promise<void> {
  const answer = await fetch(`${env.BANK_URL}/_sandbox/opening`, { signal: AbortSignal.timeout(5_000) });
  const opening = (await answer.json()) as { reference: string; amount: number; at: number } | null;
  if (!opening) return;
  const { reference, amount, at } = opening;
  const money = ['--amount', `${amount}`, '--reference', reference, '--at', new Date(at).toISOString()];
  const why = ['--reason', 'the sandbox bank was opened with it'];
  await runStep(start, 'workers/commands/book-local-opening.ts', env, [...money, ...why]);
  start.say(`the owner's opening balance is booked: ${won(amount)}`);
}

/** Runs one of the production steps. Throws with what it printed when it fails. */
async function runStep(
  { settings, roster }: Start,
  script: string,
  env: Serving,
  more: readonly string[] = [],
): Promise<void> {
  const logFile = filesIn(settings.dataDir).log(basename(script, '.ts'));
  const { args, ...program } = nodeCommand(script);
  const command = { ...program, args: [...args, ...more], name: script, env, logFile, onSpawn: roster.add };
  const run = await runToEnd({ ...command, limitMs: 120_000 });
  if (run.kind !== 'ended' || !run.ok) throw new Error(`${script} failed:\n${run.lastLines}`);
}

async function requireOk(url: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${body.slice(0, 500)}`);
}

/** A worker is ready when it asks Temporal for deals; one of an earlier start stays listed for some minutes. */
async function requireWorker(environment: LocalEnvironment, bornAtMs: number): Promise<void> {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, PLIC_TASK_QUEUE } = environment;
  const connection = await Connection.connect(connectionOptions({ address }, 5_000));
  try {
    const taskQueue = { name: taskQueuesOf(PLIC_TASK_QUEUE).deals };
    const { pollers } = await connection.workflowService.describeTaskQueue({ namespace, taskQueue, taskQueueType: 1 });
    const isFresh = pollers?.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= bornAtMs);
    if (!isFresh) throw new Error('nobody asks Temporal for deals yet');
  } finally {
    await connection.close();
  }
}

/** API and worker are started again when they die, so readiness is asked of the system and not of one process. */
async function until(what: string, probe: () => Promise<void>, limitMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; ; await delay(100)) {
    try {
      return await probe();
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`waited ${limitMs / 1000} s until ${what}: ${(error as Error).message}`);
    }
  }
}

/**
 * For the other commands of this repository, which take all they need from variables: \`node --env-file=.plic/env …\`.
 */
function writeEnvironment(file: string, environment: LocalEnvironment): void {
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(`${file}.new`, lines.join(''), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
