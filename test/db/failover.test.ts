/** The pool when its server goes away: restarted under load, or replaced while the old sockets stay open and say nothing. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUnavailable } from '../../api/http/unavailable';
import { type Db, openDb } from '../../db/connection';
import { freePort } from '../../infra/local/ports';
import { startPostgres } from '../../infra/local/postgres';
import { openWay, type TcpProxy } from '../faults/tcp-proxy';
import { poll } from '../fixtures/poll';
import { testStack } from '../servers/stack';

const WRITERS = 20;

/** Writers that never stop to insert; each remembers the keys whose commit was answered. */
function startLoad(db: Db) {
  const acked: string[] = [];
  const busy = new Set<string>();
  let failures = 0;
  let stopping = false;
  const write = async () => {
    while (!stopping) {
      const key = randomUUID();
      busy.add(key);
      await db
        .transaction(async (trx) => {
          await trx('written').insert({ key });
        })
        .then(() => acked.push(key))
        .catch(() => {
          failures += 1;
        });
      busy.delete(key);
    }
  };
  const lanes = Array.from({ length: WRITERS }, write);
  return {
    acked,
    inFlight: () => [...busy],
    failures: () => failures,
    async stop() {
      stopping = true;
      await Promise.all(lanes);
    },
  };
}

/** Connections in use, and callers that wait for one. */
const held = ({ client }: Db): number => client.pool.numUsed() + client.pool.numPendingAcquires();

async function expectAllKept(db: Db, acked: readonly string[]): Promise<void> {
  const kept = new Set(await db('written').pluck('key'));
  expect(acked.filter((key) => !kept.has(key))).toEqual([]);
}

describe('a PostgreSQL that is restarted at once, under load', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'plic-failover-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('every writer goes on within 5 s, what was answered is there, and no caller hangs', async () => {
    const options = {
      dataDir: join(folder, 'postgres'),
      logFile: join(folder, 'postgres.log'),
      port: await freePort(),
    };
    const first = await startPostgres(options);
    const db = openDb({ databaseUrl: first.url });
    await db.raw('create table written (key uuid primary key)');
    const load = startLoad(db);
    await poll(
      async () => load.acked.length,
      (count) => count > 100,
      { what: 'the load runs' },
    );
    process.kill(first.server.pid, 'SIGQUIT'); // pg_ctl stop -m immediate
    await first.server.exited;
    const second = await startPostgres(options);
    const before = load.acked.length;
    const afterwards = async () => load.acked.length - before;
    await poll(afterwards, (count) => count > WRITERS * 5, { what: 'the writers go on' });
    expect(load.failures()).toBeGreaterThan(0);
    await load.stop();
    expect(held(db)).toBe(0);
    await expectAllKept(db, load.acked);
    await db.destroy();
    await second.stop();
  });
});

describe('a failover: the old sockets are silent, and a new server answers at the same address', () => {
  let way: TcpProxy;
  let db: Db;
  /** By the straight way. */
  let admin: Db;
  beforeEach(async () => {
    const { postgresUrl } = testStack();
    way = await openWay(new URL(postgresUrl).host);
    db = openDb({ databaseUrl: way.through(postgresUrl) });
    admin = openDb({ databaseUrl: postgresUrl, poolMax: 1 });
    await admin.raw('create table written (key uuid primary key)');
  });
  afterEach(async () => {
    await db.destroy();
    await admin.raw('drop table written');
    await admin.destroy();
    await way.close();
  });

  test('under load no caller waits longer than 10 s, every writer goes on, and no answered commit is lost', async () => {
    const load = startLoad(db);
    await poll(
      async () => load.acked.length,
      (count) => count > 100,
      { what: 'the load runs' },
    );
    way.silence();
    const stuck = load.inFlight();
    await poll(
      async () => load.inFlight().filter((key) => stuck.includes(key)),
      (left) => left.length === 0,
      { what: 'every caller has an answer' },
    );
    const before = load.acked.length;
    const afterwards = async () => load.acked.length - before;
    await poll(afterwards, (count) => count > WRITERS * 5, { what: 'the writers go on' });
    await load.stop();
    expect(held(db)).toBe(0);
    await expectAllKept(db, load.acked);
  });

  test('idle connections of the same age are not trusted once one of them was found silent', async () => {
    const pause = () => db.raw('select pg_sleep(0.2)');
    await Promise.all(Array.from({ length: 10 }, pause));
    way.silence();
    await expect(db.raw('select 1')).rejects.toThrow(/PostgreSQL was silent/);
    let answered = 0;
    for (let i = 0; i < 10; i++) void db.raw('select 1').then(() => (answered += 1));
    await poll(
      async () => answered,
      (count) => count === 10,
      { what: 'new connections answer' },
    );
  });

  test('a connection that has rested for longer than the silence is given up as soon as it does not answer', async () => {
    const { postgresUrl } = testStack();
    const quick = openDb({ databaseUrl: way.through(postgresUrl), statementTimeoutMs: 200, poolMax: 1 });
    const [{ pid }] = (await quick.raw('select pg_backend_pid() as pid')).rows;
    const rested = async () => {
      const age = 'extract(epoch from now() - state_change)::float as s';
      return (await admin.raw(`select ${age} from pg_stat_activity where pid = ?`, pid)).rows[0].s;
    };
    await poll(rested, (seconds) => seconds > 2, { what: 'the connection rests' });
    way.silence();
    await expect(quick.raw('select 1')).rejects.toThrow(/PostgreSQL was silent for 1700 ms/);
    expect((await quick.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await quick.destroy();
  });

  test('however a connection is lost in a transaction, it is an outage to whoever asks, and its place is free again', async () => {
    const losing = (lose: () => unknown) =>
      db
        .transaction(async (trx) => {
          await trx.raw('select 1');
          await lose();
          await trx.raw('select 2');
        })
        .catch((error: unknown) => error);
    for (const lose of [way.cut, way.reset, way.silence]) {
      expect(isUnavailable(await losing(lose))).toBe(true);
      await way.mend();
      expect(held(db)).toBe(0);
    }
  });

  test('a statement that takes its time is no silence: the server ends it', async () => {
    await expect(db.raw('select pg_sleep(20)')).rejects.toMatchObject({ code: '57014' });
    expect((await db.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});
