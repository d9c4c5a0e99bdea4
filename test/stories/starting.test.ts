/** The worker as a process that is started while something is down, and what it does when that comes and goes. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../infra/local/ports';
import { startTemporal } from '../../infra/local/temporal';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { MINUTE_STEP_NAMES } from '../../workflows/domain/minute-steps';
import { openWay } from '../faults/tcp-proxy';
import { runBatch } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { failing, type HealthAnswer, type HouseProcess, startWorkerProcess } from '../servers/child-process';
import { type Ground, prepareGround } from '../servers/ground';

let ground: Ground;
const started: HouseProcess[] = [];

const startWorker = async (...[env, workflows]: Parameters<typeof startWorkerProcess>): Promise<HouseProcess> => {
  const worker = await startWorkerProcess({ ...ground.env, ...env }, workflows);
  started.push(worker);
  return worker;
};

beforeAll(async () => {
  ground = await prepareGround('http://127.0.0.1:1'); // nobody calls the API here
});
afterEach(async () => {
  for (const worker of started.splice(0)) await worker.clear();
});
afterAll(() => ground.clear());

/** What the sweep of an empty database answers. */
const SWEPT = { looked: 0, adopted: 0, stuck: 0, failed: 0 };
const hostOf = (address: string): string => (address.includes('://') ? new URL(address).host : address);
const DEPENDENCIES = [
  ['PostgreSQL', 'DATABASE_URL', 'postgres'],
  ['Redis', 'REDIS_URL', 'redis'],
  ['Temporal', 'TEMPORAL_ADDRESS', 'deals'],
] as const;

test.each(DEPENDENCIES)(
  'a worker that starts while %s is down says so and waits; it polls once it is there, and tells when it is gone again',
  async (name, variable, check) => {
    const address = ground.env[variable] as string;
    const way = await openWay(hostOf(address));
    const detour = address.includes('://') ? way.through(address) : way.address;
    way.cut();
    const worker = await startWorker({ [variable]: detour });
    await worker.says(`waiting for ${name}`);
    expect([await worker.live(), (await worker.ready())?.status]).toEqual([200, 503]);
    expect((await worker.ready())?.body.phase).toBe('starting');
    await way.mend();
    await worker.becomesReady();
    expect((await runBatch(ground, 'minuteSweepWorkflow')).lookAfterRuns).toEqual(SWEPT); // it works, and is not only there
    way.cut();
    await worker.becomes(`${name} is missed`, (health) => failing(health).some((failed) => failed.includes(check)));
    await way.mend();
    await worker.becomesReady();
    await way.close();
  },
);

test('from the start of a worker on every step of the minute is awaited', async () => {
  await ground.db('minute_steps').delete();
  await (await startWorker({})).becomesReady();
  const awaited = await ground.db('minute_steps').whereNull('succeeded_at').pluck('step');
  expect(awaited.sort()).toEqual([...MINUTE_STEP_NAMES].sort());
});

test('a worker that is asked to stop while it waits for Temporal ends at once, with 0', async () => {
  const way = await openWay(ground.env.TEMPORAL_ADDRESS as string);
  way.cut();
  const worker = await startWorker({ TEMPORAL_ADDRESS: way.address });
  await worker.says('waiting for Temporal');
  worker.signal('SIGTERM');
  await worker.endsWell();
  await way.close();
});

test('a worker whose master key opens nothing of this database ends with 1, and says which variable is wrong', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plic-wrong-key-'));
  try {
    const PLIC_KEY_FILE = join(folder, 'master.key');
    writeFileSync(PLIC_KEY_FILE, randomBytes(32));
    const worker = await startWorker({ PLIC_KEY_FILE });
    await worker.says('worker: PLIC_KEY_FILE opens nothing that this database holds');
    expect(await worker.ended()).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a Temporal that is killed and started again finds the worker polling', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plic-restart-'));
  const files = { logFile: join(folder, 'temporal.log'), dbFile: join(folder, 'temporal.db'), port: await freePort() };
  let temporal = await startTemporal(files);
  try {
    const worker = await startWorker({ TEMPORAL_ADDRESS: temporal.address }, 'its own');
    await worker.becomesReady();
    temporal.server.kill();
    await temporal.server.exited;
    const missed = (health: HealthAnswer) => failing(health).filter((check) => /-(deals|batches)$/.test(check));
    await worker.becomes('both queues are missed', (health) => missed(health).length === 2);
    temporal = await startTemporal(files);
    await worker.becomesReady();
    const { temporal: named } = ground.config;
    const client = await openTemporal({ ...named, address: temporal.address }, ground.dataKeys);
    const taskQueue = taskQueuesOf(named.taskQueue).batches;
    const run = client.workflow.execute('minuteSweepWorkflow', { taskQueue, workflowId: 'after-the-restart' });
    expect((await run).lookAfterRuns).toEqual(SWEPT);
    await client.connection.close();
  } finally {
    await temporal.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a worker beside a database that was never migrated says what to do, and waits for it', async () => {
  const empty = new URL(ground.env.DATABASE_URL as string);
  empty.pathname = '/postgres';
  const worker = await startWorker({ DATABASE_URL: empty.href });
  await worker.says('npm run migrate');
  expect((await worker.ready())?.status).toBe(503);
  worker.signal('SIGTERM');
  await worker.endsWell();
  expect(await poll(worker.live, (status) => status === null, { what: 'nobody listens' })).toBeNull();
});
