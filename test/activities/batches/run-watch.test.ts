import type { Client } from '@temporalio/client';
import { runWatchActivities } from '../../../activities/batches/run-watch';
import { idleOpenDeals, lateDeals } from '../../../db/sweeps';
import { createLog } from '../../../infra/log';
import { openTemporal } from '../../../infra/temporal/client';
import type { DealId } from '../../../workflows/domain/ids';
import { NO_ENGINE } from '../../api/bare-api';
import { openWay } from '../../faults/tcp-proxy';
import { insertPerson, SEALED } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';
import { testStack } from '../../servers/stack';

const clock = () => new Date();

/** More than two pages of the sweep. */
const DEALS = 500;
/** Of this many deals one is open. */
const ONE_IN = 8;

let database: TestDatabase;
let client: Client;
beforeAll(async () => {
  const { temporalAddress: address, namespace } = testStack();
  [database, client] = await Promise.all([
    testDatabase(),
    openTemporal({ address, namespace, taskQueue: 'none' }, null),
  ]);
  await insertHeldDeals(DEALS);
});
afterAll(async () => {
  await client.connection.close();
  await database.drop();
});

/** Deals that are PAID and have had no workflow for long; past the guards, since so many histories would take minutes. */
async function insertHeldDeals(count: number): Promise<void> {
  const { userId, recipientId } = await insertPerson(database.db);
  await database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(
      `insert into deals (id, deal_no, user_id, recipient_id, principal, fee, fee_bps, total, purpose, status, expires_at, updated_at,
         memo_encrypted)
       select gen_random_uuid(), 'H' || n, :userId, :recipientId, 10000, 300, 300, 10300, 'rent',
         case when n % :oneIn = 0 then 'PAID' else 'COMPLETED' end, now(), now() - interval '1 hour', '${SEALED}'
       from generate_series(1, :oneIn::int * :count::int) n`,
      { userId, recipientId, count, oneIn: ONE_IN },
    );
  });
  await database.db.raw('analyze deals');
}

async function endDeal(id: DealId): Promise<void> {
  await database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('deals').where({ id }).update({ status: 'COMPLETED' });
  });
}

/** An engine that only counts: how often each deal is resumed, and how many at a time. */
function countingEngine() {
  const resumed = new Map<DealId, number>();
  let now = 0;
  let most = 0;
  const engine = {
    ...NO_ENGINE,
    async resume(dealId: DealId) {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      resumed.set(dealId, (resumed.get(dealId) ?? 0) + 1);
      now -= 1;
    },
  };
  return { engine, resumed, atOnce: () => most };
}
const log = createLog('test', 'silent');

test('beside hundreds of open deals every one is looked at once, few at a time', async () => {
  const { engine, resumed, atOnce } = countingEngine();
  const { lookAfterRuns } = runWatchActivities({ db: database.db, client, engine, dealsQueue: 'none', clock, log });
  expect(await lookAfterRuns()).toEqual({ looked: DEALS, adopted: DEALS, stuck: 0, failed: 0 });
  expect(resumed.size).toBe(DEALS);
  expect(Math.max(...resumed.values())).toBe(1);
  expect(atOnce()).toBeLessThanOrEqual(10);
});

test('a deal that ends while the sweep is under way is not begun anew', async () => {
  const { db } = database;
  const page = await idleOpenDeals(db, 60_000, null);
  const [first, last] = [page.at(0), page.at(-1)] as [DealId, DealId];
  const { engine, resumed } = countingEngine();
  const whileLastWaits = {
    ...engine,
    async resume(dealId: DealId) {
      if (dealId === first) await endDeal(last);
      await engine.resume(dealId);
    },
  };
  const { lookAfterRuns } = runWatchActivities({ db, client, engine: whileLastWaits, dealsQueue: 'none', clock, log });
  expect((await lookAfterRuns()).failed).toBe(0);
  expect([resumed.has(first), resumed.has(last)]).toEqual([true, false]);
});

test('a look that was cut off goes on there the next time: every deal has its turn', async () => {
  const { engine, resumed } = countingEngine();
  // An engine so slow that a look has time for some 200 deals, of which the first 100 are late and looked at each time.
  let now = 0;
  const slow = {
    ...engine,
    async resume(dealId: DealId) {
      await engine.resume(dealId);
      now += 100;
    },
  };
  const parts = { db: database.db, client, engine: slow, dealsQueue: 'none', clock, log, watch: () => now };
  const { lookAfterRuns } = runWatchActivities(parts);
  for (let seen = 0; seen < DEALS - 1; seen = resumed.size) {
    await lookAfterRuns();
    expect(resumed.size).toBeGreaterThan(seen);
    expect(resumed.size - seen).toBeLessThanOrEqual(210);
  }
});

test.each([
  ['open', () => idleOpenDeals(database.db, 60_000, null)],
  ['late', () => lateDeals(database.db, 15_000, clock(), null)],
] as const)('a page of %s deals is read from their index, however many deals have ended', async (_which, read) => {
  const queries: string[] = [];
  const note = ({ sql }: { sql: string }) => queries.push(sql);
  database.db.on('query', note);
  const page = await read();
  database.db.removeListener('query', note);
  const values: Record<string, string> = { uuid: 'null::uuid', timestamptz: 'now()' };
  const explain = await database.db.raw(
    `explain ${queries[0]?.replace(/\$\d+(?:::(\w+))?/g, (_all, cast) => values[cast] ?? '200')}`,
  );
  const plan = explain.rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n');
  expect(page).toHaveLength(200);
  expect(plan).toContain('deals_open');
  expect(plan).not.toContain('Seq Scan on deals');
});

test('an engine that does not answer ends the look at once: it adopts nothing, and has not succeeded', async () => {
  const way = await openWay(testStack().temporalAddress);
  const { namespace } = testStack();
  const address = new URL(way.through(`http://${testStack().temporalAddress}`)).host;
  const cutOff = await openTemporal({ address, namespace, taskQueue: 'none' }, null);
  way.cut();
  const { engine, resumed } = countingEngine();
  const { lookAfterRuns } = runWatchActivities({
    db: database.db,
    client: cutOff,
    engine,
    dealsQueue: 'none',
    clock,
    log,
  });
  const said = String(await lookAfterRuns().catch((error: Error) => error.message));
  const [, failed = '0'] = said.match(/of (\d+) deals it could not be found out/) ?? [];
  expect(Number(failed)).toBeGreaterThanOrEqual(10);
  expect(Number(failed)).toBeLessThanOrEqual(20);
  expect(resumed.size).toBe(0);
  await cutOff.connection.close();
  await way.close();
});
