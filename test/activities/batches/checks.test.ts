/** `npm run check` and the hourly look, on a whole house with deals of every kind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { checkActivities } from '../../../activities/batches/checks';
import { checkEngine } from '../../../activities/batches/engine-check';
import { openDb } from '../../../db/connection';
import { freePort } from '../../../infra/local/ports';
import { createLog } from '../../../infra/log';
import { openTemporal, taskQueuesOf } from '../../../infra/temporal/client';
import { kstDayOf } from '../../../workflows/domain/bank-calendar';
import { type DealId, dealWorkflowIdOf } from '../../../workflows/domain/ids';
import { type EveryDeal, everyDeal } from '../../fixtures/every-deal';
import { NO_ANSWERS } from '../../fixtures/policy';
import { poll } from '../../fixtures/poll';
import { clockOfRun } from '../../servers/clock';
import { type House, startHouse } from '../../servers/house';
import { compiled } from '../../servers/programs';

let house: House;
let deals: EveryDeal;
/** Nothing listens there. */
let nowhere: string;
beforeAll(async () => {
  nowhere = `127.0.0.1:${await freePort()}`;
  house = await startHouse({ policy: NO_ANSWERS });
  deals = await everyDeal(house);
});
afterAll(() => house.stop());

const ROOT = join(__dirname, '../../..');

/** Runs the command; resolves with its exit code and what it said. */
async function check(args: readonly string[], env: Record<string, string | undefined> = {}) {
  const child = spawn(process.execPath, [compiled('workers/commands/check.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'test', ...house.env, ...env, ...clockOfRun() },
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, ...said };
}

const idOf = async (dealNo: string): Promise<DealId> =>
  (await house.db('deals').where({ deal_no: dealNo }).first('id')).id;

/** Damages the job of a deal, as no code of the house could; the returned function mends it. */
async function damage(dealNo: string): Promise<() => Promise<void>> {
  const job = house.db('transfer_jobs').where({ deal_id: await idOf(dealNo) });
  const { attempts } = await job.clone().first();
  await job.clone().update({ attempts: 77 });
  return async () => void (await job.clone().update({ attempts }));
}

describe('npm run check', () => {
  test('deals of every kind break no law, by our rows, by the journals and by the lists of the day', async () => {
    const { code, out, err } = await check(['--journals', '--date', kstDayOf(new Date())]);
    expect({ code, err, broken: out.split('\n').filter((line) => line.startsWith('BREAK')) }).toEqual({
      code: 0,
      err: '',
      broken: [],
    });
    for (const id of Array.from({ length: 16 }, (_, n) => `I${n + 1}`))
      expect(out).toMatch(new RegExp(`^\\w+ +${id} `, 'm'));
    expect(out).toMatch(/^ok +I2 +charges-at-the-pg +[1-9]\d* effects at the PG, 0 breaks, \d+ ms$/m);
    expect(out).toMatch(/^ok +I9 +engine-equals-database +[1-9]/m);
    expect(out).toMatch(/^0 breaks of \d+ laws\n$/m);
  });

  test('a break is named with its deal, and the exit code is 1', async () => {
    const mend = await damage(deals.completed);
    const { code, out } = await check([]);
    await mend();
    expect(code).toBe(1);
    expect(out).toMatch(/^BREAK +I3 +transfer-attempts-in-turn /m);
    expect(out).toMatch(new RegExp(`^  ${deals.completed} .*77 attempts counted, 1 made`, 'm'));
    expect(out).toMatch(/^1 break of \d+ laws\n$/m);
  });

  test('a source that is down is named, what can be checked is, and the exit code is 2', async () => {
    const [engine, pg] = await Promise.all([
      check([], { TEMPORAL_ADDRESS: nowhere }),
      check(['--journals'], { SOFTPAYMENT_URL: `http://${nowhere}` }),
    ]);
    expect([engine.code, pg.code]).toEqual([2, 2]);
    expect(engine.out).toMatch(/^unchecked I9 +engine-equals-database +Temporal does not answer/m);
    expect(engine.out).toMatch(/^ok +I1 /m);
    expect(pg.out).toMatch(/^unchecked I7 +journals +the PG's journal cannot be read \(ECONNREFUSED\)$/m);
    expect(pg.out).toMatch(/1 law could not be checked/);
  });

  test('the database alone is enough, and the engine where it can be reached; a break then is still exit code 1', async () => {
    const { DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, PLIC_TASK_QUEUE } = house.env;
    const nothing = Object.fromEntries(Object.keys(house.env).map((name) => [name, undefined]));
    const engine = { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, PLIC_TASK_QUEUE };
    const [all, rows] = await Promise.all([
      check([], { ...nothing, DATABASE_URL, ...engine }),
      check([], { ...nothing, DATABASE_URL, TEMPORAL_ADDRESS: nowhere }),
    ]);
    expect([all.code, all.err, rows.code, rows.err]).toEqual([0, '', 2, '']);
    expect(all.out).toMatch(/^ok +I9 +engine-equals-database +[1-9]/m);
    expect(rows.out).toMatch(/^0 breaks of \d+ laws, 1 law could not be checked\n$/m);
    const mend = await damage(deals.completed);
    const broken = await check([], { ...nothing, DATABASE_URL, TEMPORAL_ADDRESS: nowhere });
    await mend();
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/^1 break of \d+ laws, 1 law could not be checked\n$/m);
  });

  test('without its database, or the variables of what it is to compare, it says so and exits with 2', async () => {
    const [database, variables] = await Promise.all([
      check([], { READ_DATABASE_URL: `postgres://plic@${nowhere}/plic` }),
      check(['--journals'], { SOFTPAYMENT_URL: undefined, BANK_API_KEY: undefined, JWT_SECRET: undefined }),
    ]);
    expect([database.code, database.out]).toEqual([2, '']);
    expect(database.err).toMatch(/^check: PostgreSQL does not answer \(ECONNREFUSED\)\n$/);
    expect([variables.code, variables.out]).toEqual([2, '']);
    expect(variables.err).toMatch(/^ {2}- SOFTPAYMENT_URL: missing\n {2}- BANK_API_KEY: missing\nSet /m);
  });

  test('it explains itself, and refuses what it does not know', async () => {
    const [help, day, flag] = await Promise.all([
      check(['--help']),
      check(['--date', '2026-13-01']),
      check(['--frobnicate']),
    ]);
    expect([help.code, day.code, flag.code]).toEqual([0, 2, 2]);
    expect(help.out).toContain('--journals');
    expect(day.err).toContain('--date must be a day, YYYY-MM-DD');
    expect(flag.err).toContain('--help');
  });
});

describe('the hourly look', () => {
  const openTasks = async (): Promise<Record<string, unknown>[]> => {
    const open = house.db('operator_tasks').whereNull('closed_at').where('reason', 'like', 'invariant-%');
    return open.orderBy('id').select('deal_id', 'severity', 'reason', 'detail');
  };
  const look = () =>
    house.client.workflow.execute('invariantCheckWorkflow', {
      taskQueue: taskQueuesOf(house.config.temporal.taskQueue).batches,
      workflowId: `invariant-check-${house.config.temporal.taskQueue}`,
    });

  test('sound deals open no task', async () => {
    expect(await look()).toMatchObject({ breaks: 0, unchecked: 0, mended: 0 });
    expect(await openTasks()).toEqual([]);
  });

  test('a break opens one task for its deal, however often it is seen, and the task closes when the law holds again', async () => {
    const mend = await damage(deals.completed);
    expect(await look()).toMatchObject({ breaks: 1 });
    expect(await look()).toMatchObject({ breaks: 1, mended: 0 });
    const detail = expect.stringMatching(/^I3: job COMPLETED of 100000 won: 77 attempts counted/);
    const task = { deal_id: await idOf(deals.completed), severity: 'task', reason: 'invariant-broken', detail };
    expect(await openTasks()).toEqual([task]);
    await mend();
    expect(await look()).toMatchObject({ breaks: 0, mended: 1 });
    expect(await openTasks()).toEqual([]);
  });

  test('money that stands for too long is a task of its deal, which closes when it has moved on', async () => {
    const id = await idOf(deals.disputed);
    const opened = house.db('ledger_journals').where({ deal_id: id, kind: 'chargeback' });
    const { at } = await opened.clone().first();
    const date = (then: Date) =>
      house.db.transaction(async (trx) => {
        await trx.raw('set local session_replication_role = replica');
        await opened.clone().transacting(trx).update({ at: then });
      });
    const told = () => house.db('operator_tasks').where({ reason: 'balance-aged' }).whereNull('closed_at');
    await date(new Date(Date.now() - 121 * 86_400_000));
    expect(await look()).toMatchObject({ breaks: 0, unchecked: 0 });
    await look();
    const detail = expect.stringMatching(/^disputed_charges: 103000 won since /);
    expect(await told()).toMatchObject([{ deal_id: id, severity: 'task', detail }]);
    await date(at);
    await look();
    expect(await told()).toEqual([]);
  });

  test('a law that cannot be looked at is an alarm, and closes nothing', async () => {
    const mend = await damage(deals.completed);
    await look();
    await mend();
    const { db, config } = house;
    const client = await openTemporal(config.temporal, null);
    await client.connection.close();
    const log = createLog('test', 'silent');
    const dealsQueue = taskQueuesOf(config.temporal.taskQueue).deals;
    const { checkInvariants } = checkActivities({
      ...{ db, client, dealsQueue, policy: config.policy, clock: () => new Date(), log },
      openCheckDb: () => openDb({ databaseUrl: config.databaseUrl }),
    });
    expect(await checkInvariants()).toMatchObject({ breaks: 0, unchecked: 1, mended: 0 });
    const alarm = { deal_id: null, severity: 'alarm', reason: 'invariant-unchecked' };
    expect(await openTasks()).toMatchObject([{ reason: 'invariant-broken' }, alarm]);
    expect(await look()).toMatchObject({ breaks: 0, unchecked: 0, mended: 1 });
    expect(await openTasks()).toEqual([]);
  });
});

/** These leave the house in disorder: they come last. */
describe('I9: the engine and the database', () => {
  const engine = (more: { slackS?: number } = {}) => {
    const { db, client, config } = house;
    return checkEngine({
      db,
      client,
      dealsQueue: taskQueuesOf(config.temporal.taskQueue).deals,
      slackS: -1,
      pauseMs: 50,
      ...more,
    });
  };
  const breaksOnce = (dealNo: string | null) =>
    poll(
      async () => (await engine()).breaks.filter((found) => found.dealNo === dealNo),
      (breaks) => breaks.length === 1,
      { what: `a break of ${dealNo}` },
    );

  test('agree', async () => {
    expect(await engine()).toMatchObject({ total: 0, breaks: [] });
  });

  test('a confirmed deal without a workflow is a break, unless it has only just moved', async () => {
    const id = await idOf(deals.held);
    await house.client.workflow.getHandle(dealWorkflowIdOf(id)).terminate('planted');
    expect(await breaksOnce(deals.held)).toEqual([
      { dealId: id, dealNo: deals.held, fact: 'PAID, and no workflow is open' },
    ]);
    expect(await engine({ slackS: 3_600 })).toMatchObject({ total: 0 });
    await house.engine.resume(id);
  });

  test('an ended deal whose refund is undecided needs a workflow', async () => {
    const id = await idOf(deals.partRefunded);
    await house.db('refunds').where({ deal_id: id }).update({ status: 'PENDING', statement_by: null });
    expect(await breaksOnce(deals.partRefunded)).toMatchObject([{ fact: 'COMPLETED, and no workflow is open' }]);
    await house.db('refunds').where({ deal_id: id }).update({ status: 'DONE' });
  });

  test('a workflow that is open for an ended deal is a break', async () => {
    const id = await idOf(deals.failing);
    await house.db.transaction(async (trx) => {
      await trx.raw('set local session_replication_role = replica');
      await trx('deals').where({ id }).update({ status: 'REFUNDED' });
    });
    expect(await breaksOnce(deals.failing)).toMatchObject([{ fact: 'REFUNDED, and its workflow is still open' }]);
  });

  test('a workflow that is open for no deal at all is a break of the system', async () => {
    const id = '00000000-0000-7000-8000-000000000000' as DealId;
    await house.engine.resume(id);
    expect(await breaksOnce(null)).toMatchObject([{ dealId: null, fact: expect.stringContaining(id) }]);
    await house.client.workflow.getHandle(dealWorkflowIdOf(id)).terminate('planted');
  });
});
