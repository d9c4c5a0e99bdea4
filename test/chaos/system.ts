/** A PLIC of one run's own, each part a process: two workers, two APIs, the stores, the sandboxes, and a way before everything. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { rewrapDataKeys } from '../../api/operator/data-keys';
import { type Db, openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { openMasterKey } from '../../infra/keys/master';
import { openMasterFile } from '../../infra/keys/master-file';
import type { MasterKey } from '../../infra/keys/master-key';
import { loginUrls, makeLogins } from '../../infra/local/logins';
import { endRoster, openRoster, type Roster, startGuard } from '../../infra/local/roster';
import { type ServerProcess, spawnServer, waitUntilReady } from '../../infra/local/server-process';
import { openTemporal } from '../../infra/temporal/client';
import { bundleOptions } from '../../infra/temporal/options';
import { setSchedules } from '../../workers/schedules';
import { type Arm, BUNDLE_VARIABLE, HITS_VARIABLE } from '../faults/failpoint-names';
import { type KmsGate, openKmsGate } from '../faults/kms-gate';
import { openWay, type TcpProxy } from '../faults/tcp-proxy';
import { dataKeysOf } from '../fixtures/keys';
import { type HouseConfig, houseConfig } from '../servers/config';
import { startMoto } from '../servers/kms';
import { LOGIN_PASSWORDS } from '../servers/logins';
import { compilePrograms } from '../servers/programs';
import { type Member, startMember } from './member';
import { APIS, MEMBERS, type MemberName, WAYS, type WayName, WORKERS } from './plan';
import { lastingPort } from './ports';
import { type Stores, startStores } from './stores';

export type Ways = Readonly<Record<MemberName, Readonly<Record<WayName, TcpProxy>>>>;

export interface System {
  readonly dir: string;
  readonly config: HouseConfig;
  /** For a process that is spared: every address is the server's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly db: Db;
  readonly client: Client;
  readonly stores: Stores;
  readonly ways: Ways;
  readonly members: Readonly<Record<MemberName, Member>>;
  readonly apiUrls: readonly [string, string];
  readonly sandboxes: { readonly softpayment: string; readonly bank: string };
  /** The sandbox of the carriers of notices, which tells no journal of money. */
  readonly noticesUrl: string;
  readonly kms: ChaosKms;
  /** The bundled workflows. */
  readonly bundle: string;
  /** Wraps every data key by the folder's `master.key`: KMS ends with the run, and what is kept is to be read. */
  keepKeys(): Promise<void>;
  /** Ends every process; the folder stays. */
  stop(): Promise<void>;
}

/** The emulator of AWS KMS, which holds its keys in memory: it stays up, and what breaks is before it. */
interface ChaosKms {
  readonly keyId: string;
  /** Of the emulator itself. */
  readonly url: string;
  /** Before it, and behind the ways of the members. */
  readonly gate: KmsGate;
  stop(): Promise<void>;
}

async function startKms(dir: string, onSpawn: Roster['add']): Promise<ChaosKms> {
  const moto = await startMoto(dir, onSpawn);
  const [keyId, gate] = await Promise.all([moto.newKey(), openKmsGate(moto.url)]);
  return {
    ...{ keyId, url: moto.url, gate },
    async stop() {
      await gate.close();
      await moto.stop();
    },
  };
}

export interface SystemOptions {
  /** Made when it is missing. */
  readonly dir: string;
  /** See `MemberOptions`. */
  readonly armedAfterMs: number;
  armsOf(name: MemberName): readonly Arm[];
  say(what: string): void;
}

async function environmentOf(dir: string, stores: Stores, kms: ChaosKms) {
  const secret = () => `whsec_${randomBytes(32).toString('base64')}`;
  const key = () => randomBytes(16).toString('hex');
  const logins = loginUrls(stores.databaseUrl, LOGIN_PASSWORDS);
  const [softpayment, bank, notices] = [await lastingPort(), await lastingPort(), await lastingPort()];
  return {
    ...{ NODE_ENV: 'test', PLIC_PACE: 'demo', PLIC_TASK_QUEUE: 'chaos', LOG_LEVEL: 'info' },
    ...{ KMS_KEY_ID: kms.keyId, AWS_ENDPOINT_URL_KMS: kms.url, JWT_SECRET: randomBytes(32).toString('hex') },
    ...{ DATABASE_URL: logins.app, READ_DATABASE_URL: logins.read, RETENTION_DATABASE_URL: logins.retention },
    ...{ REDIS_URL: stores.redisUrl, TEMPORAL_ADDRESS: stores.temporalAddress, ARCHIVE_DIR: join(dir, 'archive') },
    ...{ TEMPORAL_NAMESPACE: 'default', [HITS_VARIABLE]: join(dir, 'failpoint-hits') },
    ...{ SOFTPAYMENT_PORT: `${softpayment}`, BANK_PORT: `${bank}`, NOTICES_PORT: `${notices}`, IDENTITY_PORT: '0' },
    ...{ SOFTPAYMENT_URL: `http://127.0.0.1:${softpayment}`, SOFTPAYMENT_API_KEY: key() },
    SOFTPAYMENT_FORM_URL: `http://127.0.0.1:${softpayment}/sdk/card-form`,
    ...{ BANK_URL: `http://127.0.0.1:${bank}`, BANK_API_KEY: key(), ALIGO_URL: `http://127.0.0.1:${notices}` },
    ...{
      SOFTPAYMENT_WEBHOOK_SECRETS: secret(),
      BANK_WEBHOOK_SECRETS: secret(),
      SANDBOX_DATA_DIR: join(dir, 'sandbox'),
    },
    ...{ ALIGO_API_KEY: key(), ALIGO_USER_ID: 'chaos', ALIGO_SENDER: '0200000000' },
    ...{ AWS_ENDPOINT_URL_SES: `http://127.0.0.1:${notices}`, SES_FROM: 'no-reply@plic.example' },
  };
}
type Environment = Awaited<ReturnType<typeof environmentOf>>;

const hostOf = (url: string): string => new URL(url).host;

async function openWays(env: Environment, { gate }: ChaosKms): Promise<Ways> {
  const targets: Record<WayName, string> = {
    postgres: hostOf(env.DATABASE_URL),
    redis: hostOf(env.REDIS_URL),
    temporal: env.TEMPORAL_ADDRESS,
    softpayment: hostOf(env.SOFTPAYMENT_URL),
    bank: hostOf(env.BANK_URL),
    kms: hostOf(gate.url),
  };
  const waysOf = async () =>
    Object.fromEntries(await Promise.all(WAYS.map(async (name) => [name, await openWay(targets[name])] as const)));
  return Object.fromEntries(await Promise.all(MEMBERS.map(async (name) => [name, await waysOf()] as const))) as Ways;
}

/** The same environment, by the member's own ways. */
function by(ways: Ways[MemberName], env: Environment): Record<string, string> {
  return {
    ...env,
    DATABASE_URL: ways.postgres.through(env.DATABASE_URL),
    READ_DATABASE_URL: ways.postgres.through(env.READ_DATABASE_URL),
    RETENTION_DATABASE_URL: ways.postgres.through(env.RETENTION_DATABASE_URL),
    REDIS_URL: ways.redis.through(env.REDIS_URL),
    TEMPORAL_ADDRESS: ways.temporal.address,
    SOFTPAYMENT_URL: ways.softpayment.through(env.SOFTPAYMENT_URL),
    BANK_URL: ways.bank.through(env.BANK_URL),
    AWS_ENDPOINT_URL_KMS: ways.kms.through(env.AWS_ENDPOINT_URL_KMS),
  };
}

/** Bundles the workflows into a file in `dir`; answers with its path. */
export async function bundleWorkflows(dir: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...bundleOptions,
    workflowsPath: require.resolve('../../workflows'),
    logger: new DefaultLogger('ERROR'),
  });
  const file = join(dir, 'workflows.js');
  writeFileSync(file, code);
  return file;
}

const answers = async (url: string): Promise<void> => {
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!ok) throw new Error(`${url} is not ready`);
};

async function startSandboxes(dir: string, code: string, env: Record<string, string>, onSpawn: Roster['add']) {
  const sandboxes: ServerProcess = await spawnServer({
    ...{ name: 'sandboxes', cwd: code, env, onSpawn, logFile: join(dir, 'logs', 'sandboxes.log') },
    command: process.execPath,
    args: ['infra/sandbox/main.js'],
  });
  const urls = [env.SOFTPAYMENT_URL, env.BANK_URL, env.ALIGO_URL].map((url) => `${url}/health`);
  await waitUntilReady(sandboxes, () => Promise.all(urls.map(answers)), 30_000);
  return sandboxes;
}

/** Starts it all, whole. Whatever becomes of this process, a guard ends every other one. */
export async function startSystem({ dir, armsOf, armedAfterMs, say }: SystemOptions): Promise<System> {
  mkdirSync(join(dir, 'logs'), { recursive: true });
  const roster = openRoster(dir);
  const guard = startGuard(roster.file);
  say('starting PostgreSQL (fsync on), Redis, Temporal (database file) and an emulator of KMS');
  const [stores, kms] = await Promise.all([startStores(dir, roster.add), startKms(join(dir, 'logs'), roster.add)]);
  const env = await environmentOf(dir, stores, kms);
  const config = houseConfig(env);
  const db = openDb({ databaseUrl: stores.databaseUrl, poolMax: 10 });
  await migrate(db);
  await makeLogins(stores.databaseUrl, LOGIN_PASSWORDS);
  const client = await openTemporal(config.temporal, await dataKeysOf({ db, config }));
  await setSchedules(client, config.temporal.taskQueue);
  const bundle = await bundleWorkflows(dir);
  const code = await compilePrograms(dir); // what is edited while a run is under way is not what its next life runs
  const [ways, ports] = [await openWays(env, kms), [await lastingPort(), await lastingPort()] as const];
  const apiUrls = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
  say('starting the sandboxes, two APIs and two workers');
  const webhooks = { SANDBOX_WEBHOOK_URL: apiUrls[0] };
  const sandboxes = await startSandboxes(dir, code, { ...env, ...webhooks }, roster.add);
  const member = (name: MemberName, script: 'workers/main.js' | 'api/main.js', more: Record<string, string> = {}) =>
    startMember({
      ...{
        name,
        script,
        cwd: code,
        armsOf,
        armedAfterMs,
        onSpawn: roster.add,
        logFile: join(dir, 'logs', `${name}.log`),
      },
      env: { ...by(ways[name], env), ...more },
    });
  const started = await Promise.all([
    ...APIS.map((name, index) => member(name, 'api/main.js', { PORT: `${ports[index]}` })),
    ...WORKERS.map((name) => member(name, 'workers/main.js', { [BUNDLE_VARIABLE]: bundle })),
  ]);
  const members = Object.fromEntries(started.map((one) => [one.name, one])) as System['members'];
  return {
    ...{ dir, config, env, db, client, stores, kms, ways, members, apiUrls, bundle },
    sandboxes: { softpayment: env.SOFTPAYMENT_URL, bank: env.BANK_URL },
    noticesUrl: env.ALIGO_URL,
    async keepKeys() {
      const [file, { unwrap }] = [openMasterFile(join(dir, 'master.key')), openMasterKey(config.masterKey)];
      const master: MasterKey = { ...file, rewrap: async (key, of) => file.wrap(await unwrap(key, of), of) };
      const clock = () => new Date();
      await rewrapDataKeys({ db, master, clock }, clock(), { progress: () => undefined });
    },
    async stop() {
      await Promise.allSettled([db.destroy(), client.connection.close()]);
      await Promise.allSettled([...started.map((one) => one.stop()), sandboxes.stop()]);
      await Promise.allSettled([stores.temporal, stores.redis, stores.postgres].map((store) => store.stop()));
      await endRoster(roster.file);
      guard.release();
      await Promise.all(MEMBERS.flatMap((name) => Object.values(ways[name]).map((way) => way.close())));
      await kms.stop();
    },
  };
}

/** Every part that is up answers: both APIs, with all they stand on, and a worker behind them. */
export async function isUp({ apiUrls }: Pick<System, 'apiUrls'>): Promise<boolean> {
  const up = await Promise.allSettled(apiUrls.map((url) => answers(`${url}/health/deep`)));
  return up.every(({ status }) => status === 'fulfilled');
}

export function removeFolder(dir: string): void {
  if (existsSync(dir)) rmSync(dir, { recursive: true, force: true });
}
