/** Whole deals while PostgreSQL loses answers, breaks deadlocks, keeps locks for too long, or takes no writes. */
import type { Trx } from '../../db/connection';
import { openDb } from '../../db/connection';
import { dealWorkflowIdOf } from '../../workflows/domain/ids';
import { type FaultBoard, faultBoard } from '../faults/faults';
import { type LossyWay, openLossyWay } from '../faults/lossy-commits';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import { runBatch } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { beginConfirm, headerOf, prepareDeal, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import { testStack } from '../servers/stack';

let house: House;
let way: LossyWay;
let pg: FaultBoard;
beforeAll(async () => {
  way = await openLossyWay(new URL(testStack().postgresUrl).host);
  house = await startHouse({
    policy: { providerTimeoutMs: 2_000, startToCloseMs: 9_000, unknownTimetableMs: [300] },
    workersDatabaseUrl: way.through,
  });
  pg = faultBoard(house.sandboxes.softpayment);
});
afterAll(async () => {
  await house.stop();
  await way.close();
});

/** Until the server has tried an activity of the deal again: the present one, or one whose tries are over by now. */
function triedAgain({ workflow }: Story): Promise<unknown> {
  const attempts = async () => {
    const run = await workflow.describe().catch(() => null); // not begun yet
    const { events } = run ? await workflow.fetchHistory() : { events: [] };
    const over = (events ?? []).map(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? 0);
    return [...over, ...(run?.raw.pendingActivities ?? []).map(({ attempt }) => attempt ?? 0)];
  };
  return poll(attempts, (all) => all.some((attempt) => attempt > 1), { what: 'the activity is tried again' });
}

/** Until somebody waits for a lock in this house's database. */
const somebodyWaits = () =>
  poll(
    async () =>
      (
        await house.db.raw(`select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`)
      ).rows[0].n,
    (waiting: number) => waiting > 0,
    { what: 'somebody waits for a lock' },
  );

/** While somebody else's transaction holds these locks. */
async function whileLocked(locks: (trx: Trx) => Promise<unknown>, story: (trx: Trx) => Promise<void>): Promise<void> {
  const trx = await house.db.transaction();
  try {
    await trx.raw(`set local deadlock_timeout = '30s'; set local lock_timeout = 0`); // it is never the victim
    await locks(trx);
    await story(trx);
  } finally {
    await trx.rollback();
  }
}

const journals = (id: string) => house.db('ledger_journals').where({ deal_id: id }).orderBy('id').pluck('kind');

test('a deadlock in a charge intent is broken and tried again: one attempt row, one charge', async () => {
  const story = await prepareDeal(house);
  const card = (trx: Trx) => trx('cards').where({ id: story.cardId }).forUpdate().first();
  await whileLocked(card, async (trx) => {
    void beginConfirm(story);
    await somebodyWaits(); // the intent holds the deal and wants the card
    const crossed = trx('deals').where({ id: story.id }).forUpdate().first().then();
    await triedAgain(story);
    await crossed;
    expect(await house.db('payments').where({ deal_id: story.id })).toEqual([]);
  });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await house.db('payments').where({ deal_id: story.id })).toHaveLength(1);
  expect(await groundTruth(house, story.dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
  await expectMoneyBalanced(house, story.dealNo);
});

test('a lock that is not had in time undoes the whole result: no row, journal or edge of it stays', async () => {
  const story = await prepareDeal(house);
  const { id, dealNo, payer } = story;
  const body = JSON.stringify({ type: 'transfer.done', data: {} });
  const event = { provider: 'bank', event_id: `evt_${dealNo}`, type: 'transfer.done', deal_no: dealNo, body };
  await house
    .db('pg_webhook_events')
    .insert({ ...event, leg: 'transfer', attempt: 1, says: 'done', amount: 1, next_wake_at: new Date('2100-01-01') });
  const lastWritten = (trx: Trx) => trx('pg_webhook_events').where({ event_id: event.event_id }).forUpdate();
  await whileLocked(lastWritten, async () => {
    void beginConfirm(story);
    await triedAgain(story);
    expect(await journals(id)).toEqual(['charge', 'transfer-intent']);
    expect((await payer.deal(id)).status).toBe('TRANSFERRING');
    expect((await payer.deal(id)).transfers).toMatchObject([{ attempt: 1, status: 'PENDING' }]);
  });
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await journals(id)).toEqual(['charge', 'transfer-intent', 'transfer']);
  await expectMoneyBalanced(house, dealNo);
});

/** Whether this house's database takes writes, for every session that begins now; the others are ended. */
async function setReadOnly(isReadOnly: boolean): Promise<void> {
  const admin = openDb({ databaseUrl: testStack().postgresUrl, poolMax: 1 });
  const name = new URL(house.config.databaseUrl).pathname.slice(1);
  try {
    await admin.raw(`alter database ${name} set default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`);
    await admin.raw('select pg_terminate_backend(pid) from pg_stat_activity where datname = ?', [name]);
  } finally {
    await admin.destroy();
  }
}

test('a database that takes no writes: no provider is called without its intent, and all goes on once it does', async () => {
  const declined = await waitingDeal(house, 'card-needed', { card: '0101' });
  const failed = await waitingDeal(house, 'retry-due', { account: '0208' });
  const card = await declined.payer.registerCard();
  const asked = async () => {
    const [charges, transfers] = await Promise.all([
      house.sandboxes.softpayment.journal(),
      house.sandboxes.bank.journal(),
    ]);
    const keys = [`${declined.dealNo}-2`, `${failed.dealNo}-T4`];
    return [...charges, ...transfers].filter(({ orderId, reference }) => keys.includes(orderId ?? reference ?? ''));
  };
  await setReadOnly(true);
  try {
    expect((await declined.payer.confirm(declined.id, card)).status).toBe(503);
    // Past the API, which needs a row of its own for the key: the workflows are asked at once.
    void house.engine.confirm(headerOf(declined), { attempt: 2, cardId: card, ...DEVICE }, 20_000);
    await runBatch(house, 'transferRetryWorkflow');
    await Promise.all([triedAgain(declined), triedAgain(failed)]);
    expect(await asked()).toEqual([]);
  } finally {
    await setReadOnly(false);
  }
  await poll(
    () => declined.payer.deal(declined.id),
    ({ status }) => status === 'COMPLETED',
    { what: 'the second card pays' },
  );
  await failed.payer.waitForTransfers(failed.id, 4);
  await failed.waits('retry-due');
  await failed.operator.refund();
  await failed.payer.waitForStatus(failed.id, 'REFUNDED');
  for (const { dealNo } of [declined, failed]) await expectMoneyBalanced(house, dealNo);
});

test('commits whose answers are lost: each deal ends right, and every journal is written once', async () => {
  const paid = await prepareDeal(house);
  const refunded = await prepareDeal(house, { account: '0201' });
  const mend = await pg.strike({ fault: 'slow', match: { orderId: `${paid.dealNo}-1` }, delayMs: 300 });
  way.loseCommits();
  for (const story of [paid, refunded]) void beginConfirm(story);
  await paid.payer.waitForStatus(paid.id, 'COMPLETED');
  await refunded.payer.waitForStatus(refunded.id, 'REFUNDED');
  await mend();
  expect(way.lost()).toBeGreaterThan(4);
  expect(await journals(paid.id)).toEqual(['charge', 'transfer-intent', 'transfer']);
  expect(await journals(refunded.id)).toEqual(['charge', 'transfer-intent', 'transfer-failed', 'refund']);
  for (const { dealNo } of [paid, refunded]) await expectMoneyBalanced(house, dealNo);
  expect(await house.client.workflow.getHandle(dealWorkflowIdOf(paid.id)).result()).toBe('COMPLETED');
});
