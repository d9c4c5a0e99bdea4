import { randomUUID } from 'node:crypto';
import { lockDeal, noteUnknown, moveDeal as recordEdge, recordWaiting, setWaiting } from '../../db/deals';
import { expireQuotes, raiseLongByHand, raiseOverdue } from '../../db/sweeps';
import type { DealId } from '../../workflows/domain/ids';
import { poll } from '../fixtures/poll';
import { insertDeal, insertPayment, insertPerson, moveDeal, type Person } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let person: Person;
beforeAll(async () => {
  database = await testDatabase();
  person = await insertPerson(database.db);
});
afterAll(() => database.drop());

const NOW = new Date();
const CHARGE_UNKNOWN = { reason: 'charge-unknown', nextMoveInMs: 1_000, raise: 'task' } as const;

async function dealWithCharge(status: 'PENDING' | 'FAILED'): Promise<DealId> {
  const id = (await insertDeal(database.db, person)) as DealId;
  await insertPayment(database.db, person, id, { status });
  return id;
}
const reasonOf = async (id: string) => (await database.db('deals').where({ id }).first()).waiting_reason;
const tasksOf = (id: string) => database.db('operator_tasks').where({ deal_id: id });

test('a wait for an outcome is recorded while it is unknown', async () => {
  const id = await dealWithCharge('PENDING');
  await recordWaiting(database.db, { dealId: id, ...CHARGE_UNKNOWN, about: { leg: 'charge', attempt: 1 } }, NOW);
  expect(await reasonOf(id)).toBe('charge-unknown');
  expect(await tasksOf(id)).toHaveLength(1);
});

test('a wait for an outcome that was committed meanwhile is not recorded, and nobody is called', async () => {
  const id = await dealWithCharge('FAILED');
  const before = await reasonOf(id);
  await recordWaiting(database.db, { dealId: id, ...CHARGE_UNKNOWN, about: { leg: 'charge', attempt: 1 } }, NOW);
  expect(await reasonOf(id)).toBe(before);
  expect(await tasksOf(id)).toEqual([]);
});

test('the alarms of a wait end with it, also when another wait follows', async () => {
  const id = await dealWithCharge('PENDING');
  await recordWaiting(database.db, { dealId: id, ...CHARGE_UNKNOWN, about: { leg: 'charge', attempt: 1 } }, NOW);
  await database.db.transaction(async (trx) => {
    await setWaiting(trx, await lockDeal(trx, id), { reason: 'card-needed', nextMoveAt: null }, NOW);
  });
  expect(await tasksOf(id)).toMatchObject([{ reason: 'charge-unknown', closed_at: expect.any(Date) }]);
});

test('a slow worker’s note about a leg that is decided, or was never begun, changes nothing', async () => {
  const id = await dealWithCharge('FAILED');
  await database.db('deals').where({ id }).update({ waiting_reason: null, waiting_since: null });
  for (const leg of ['charge', 'transfer', 'refund'] as const) await noteUnknown(database.db, id, leg, NOW);
  expect(await reasonOf(id)).toBeNull();
  await noteUnknown(database.db, randomUUID() as DealId, 'charge', NOW);
});

test('a note that had to wait for the result of its leg does not overwrite what the result wrote', async () => {
  const { db } = database;
  const id = await dealWithCharge('PENDING');
  await db('deals').where({ id }).update({ waiting_reason: null, waiting_since: null });
  const result = await db.transaction();
  await lockDeal(result, id);
  const noted = noteUnknown(db, id, 'charge', NOW);
  await poll(
    async () =>
      (await db.raw(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))
        .rows,
    (waiting) => waiting.length > 0,
    { what: 'the note waits for the deal' },
  );
  await result('payments').where({ deal_id: id }).update({ status: 'FAILED', decided_at: NOW });
  await result('deals').where({ id }).update({ confirmed_at: NOW });
  await result.commit();
  await noted;
  expect(await reasonOf(id)).toBeNull();
});

async function charged(hoursAgo: number): Promise<DealId> {
  const id = (await insertDeal(database.db, person)) as DealId;
  const decided = new Date(NOW.getTime() - hoursAgo * 3_600_000);
  await insertPayment(database.db, person, id, { status: 'PAID', payment_key: randomUUID(), decided_at: decided });
  await moveDeal(database.db, id, 'PAID');
  return id;
}
const begun = { to: 'TRANSFERRING', actor: 'system', cause: 'transfer-begins' } as const;

test('a deal that has not ended a day after its charge is a task for people, once; a younger one, or one told of, is not', async () => {
  const [old, young, told] = [await charged(25), await charged(23), await charged(25)];
  await database.db('operator_tasks').insert({ deal_id: told, severity: 'task', reason: 'operator-needed' });
  for (let i = 0; i < 2; i++) await raiseOverdue(database.db, NOW);
  expect(await tasksOf(old)).toMatchObject([{ severity: 'task', reason: 'overdue' }]);
  expect(await tasksOf(young)).toEqual([]);
  expect(await tasksOf(told)).toHaveLength(1);
});

test('a deal that a person has been paying by hand for an hour is a task, once, and until that ends', async () => {
  const { db } = database;
  const [long, short] = [await charged(3), await charged(3)];
  const since = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
  for (const [id, hours] of [
    [long, 1.1],
    [short, 0.9],
  ] as const)
    await db('deals')
      .where({ id })
      .update({ waiting_reason: 'paying-by-hand', waiting_since: since(hours) });
  for (let i = 0; i < 2; i++) await raiseLongByHand(db, NOW);
  expect(await tasksOf(long)).toMatchObject([{ severity: 'task', reason: 'paying-by-hand', closed_at: null }]);
  expect(await tasksOf(short)).toEqual([]);
  const wait = { dealId: long, reason: 'retry-due', nextMoveInMs: null, raise: null } as const;
  expect(await recordWaiting(db, wait, NOW)).toBe(false); // of a run that has not heard of the hold
  await db.transaction(async (trx) => setWaiting(trx, await lockDeal(trx, long), null, NOW));
  expect(await tasksOf(long)).toMatchObject([{ closed_at: expect.any(Date) }]);
});

test('what people were told of a late deal ends when it moves, although it waited for nothing', async () => {
  const id = await charged(25);
  await raiseOverdue(database.db, NOW);
  expect(await tasksOf(id)).toMatchObject([{ reason: 'overdue', closed_at: null }]);
  await database.db.transaction(async (trx) => recordEdge(trx, await lockDeal(trx, id), begun, NOW));
  expect(await tasksOf(id)).toMatchObject([{ reason: 'overdue', closed_at: expect.any(Date) }]);
});

test('nobody is told that a deal is late while it is being moved', async () => {
  const id = await charged(25);
  await database.db.transaction(async (trx) => {
    await recordEdge(trx, await lockDeal(trx, id), begun, NOW);
    await raiseOverdue(database.db, NOW);
  });
  expect(await tasksOf(id)).toEqual([]);
});

test('a quote that expires unconfirmed takes with it what operators were told of its charge', async () => {
  const id = (await insertDeal(database.db, person)) as DealId;
  await recordWaiting(database.db, { dealId: id, ...CHARGE_UNKNOWN, about: { leg: 'charge', attempt: 1 } }, NOW);
  expect(await tasksOf(id)).toMatchObject([{ closed_at: null }]);
  const { expires_at } = await database.db('deals').where({ id }).first('expires_at');
  await expireQuotes(database.db, new Date(expires_at.getTime() + 1));
  expect(await database.db('deals').where({ id }).first()).toMatchObject({ status: 'CANCELLED', waiting_reason: null });
  expect(await tasksOf(id)).toMatchObject([{ reason: 'charge-unknown', closed_at: expect.any(Date) }]);
});
