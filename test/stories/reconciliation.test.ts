/** Real deals of a day reconciled by the real workflow: nothing is amiss, and what goes amiss mends itself or comes to a person. */
import { randomUUID } from 'node:crypto';
import { type Break, breaksAfter } from '../../db/reconciliation/breaks';
import { beginRun } from '../../db/reconciliation/runs';
import { taskQueuesOf } from '../../infra/temporal/client';
import { RECONCILE_WORKFLOW, type ReconcileInput } from '../../workflows/batches/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { ReconciliationResult } from '../../workflows/domain/reconciliation';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { balancesOf, expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { givenByTwo, operatorCommand } from '../fixtures/commands';
import { openTasks, ruleTransferFailed, taskOpens } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { beginConfirm, type Cast, prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
let pg: FaultBoard;
let bank: FaultBoard;
const begun = new Date();
beforeAll(async () => {
  house = await startHouse({ policy: { unknownTimetableMs: [300] } });
  pg = faultBoard(house.sandboxes.softpayment);
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

/** Reconciles what has happened since the beginning: today, and yesterday when midnight has passed meanwhile. Nothing is too fresh. */
async function reconcile(input: ReconcileInput = {}): Promise<ReconciliationResult> {
  const days = [...new Set([kstDayOf(begun), kstDayOf(new Date())])];
  const results = [];
  for (const day of days) {
    const args: [ReconcileInput] = [{ day, carryOverMs: 0, wakePatienceMs: 2_000, ...input }];
    const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).batches;
    const workflowId = `reconcile-${randomUUID()}`;
    results.push(...(await house.client.workflow.execute(RECONCILE_WORKFLOW, { taskQueue, workflowId, args })));
  }
  return results.at(-1) as ReconciliationResult;
}

const breaksOf = async (dealNo: string): Promise<Break[]> =>
  (await breaksAfter(house.db, 0, 'all')).filter((found) => found.dealNo === dealNo);
const MATCHED = expect.stringMatching(/^matched in run \d+$/);

const command = (...args: string[]) => operatorCommand('reconcile', house, ...args);

/** Every way in which money comes and goes, by the magic cards and accounts and the states they end in. */
const ENDS: readonly (readonly [Cast, string])[] = [
  [{}, 'COMPLETED'],
  [{ card: '0103' }, 'COMPLETED'],
  [{ card: '0104' }, 'COMPLETED'],
  [{ card: '0105' }, 'COMPLETED'],
  [{ card: '0106' }, 'COMPLETED'],
  [{ account: '0201' }, 'REFUNDED'],
  [{ account: '0204' }, 'COMPLETED'],
  [{ account: '0205' }, 'REFUNDED'],
  [{ account: '0206' }, 'COMPLETED'],
  [{ account: '0207' }, 'COMPLETED'],
  [{ account: '0209' }, 'TRANSFER_FAILED'],
];

async function playTo(cast: Cast, status: string): Promise<Story> {
  const story = await prepareDeal(house, cast);
  void beginConfirm(story);
  await story.payer.waitForStatus(story.id, status);
  return story;
}

async function feeGivenBack(): Promise<void> {
  const { operator, id } = await playTo({}, 'COMPLETED');
  for (const n of [1, 2]) {
    await operator.refundFee(700, `request-${n}`);
    const done = () => house.db('refunds').where({ deal_id: id, status: 'DONE' });
    await poll(done, (refunds) => refunds.length === n, { what: `part ${n} of the fee is given back` });
  }
}

async function declinedThenPaid(): Promise<void> {
  const { payer, id } = await waitingDeal(house, 'card-needed', { card: '0102' });
  await payer.confirm(id, await payer.registerCard());
  await payer.waitForStatus(id, 'COMPLETED');
}

async function heldThenCancelled(): Promise<void> {
  const { payer, id } = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await payer.cancel(id);
  await payer.waitForStatus(id, 'REFUNDED');
}

async function disputed(): Promise<void> {
  const { operator, id, dealNo } = await playTo({}, 'COMPLETED');
  await operator.chargeback('open', `case-${dealNo}`);
  await taskOpens(house, id, 'chargeback-open');
}

test('deals of every kind, charged, paid out, refunded in whole and in part, and returned, reconcile without a break', async () => {
  await Promise.all([
    ...ENDS.map(([cast, status]) => playTo(cast, status)),
    ...[feeGivenBack(), declinedThenPaid(), heldThenCancelled(), disputed()],
  ]);
  const result = await reconcile();
  expect(await breaksAfter(house.db, 0, 'all')).toEqual([]);
  expect(result).toMatchObject({ carried: 0, open: {} });
  expect(result.matched).toBe(result.sources.settlement + result.sources.bank);
  const sum = (column: 'debit' | 'credit' | 'closing') =>
    result.trialBalance.reduce((all, row) => all + row[column], 0);
  expect([sum('debit') - sum('credit'), sum('closing')]).toEqual([0, 0]);
});

test('a charge that came after its decline, untold, is found, booked and given back', async () => {
  const { payer, id, dealNo, cardId } = await prepareDeal(house);
  const match = { orderId: `${dealNo}-1` };
  const lift = [await pg.strike({ fault: 'webhook-missing', match })];
  lift.push(await pg.strike({ fault: 'late-success', match, delayMs: 200 }));
  expect((await payer.confirm(id, cardId)).status).toBe(402);
  await poll(
    () => groundTruth(house, dealNo),
    ({ charges }) => charges === 1,
    { what: 'the late charge' },
  );
  for (const mend of lift) await mend();
  expect((await reconcile()).woken).toBeGreaterThan(0);
  await poll(
    () => groundTruth(house, dealNo),
    ({ charged, refunded }) => charged > 0 && charged === refunded,
    { what: 'the late charge is given back' },
  );
  await reconcile();
  expect(await breaksOf(dealNo)).toMatchObject([{ class: 'charged-after-failure', attempt: 1, resolution: MATCHED }]);
  expect(await openTasks(house, id)).toEqual([]);
});

test('a return that no webhook told is found, and its deal goes on', async () => {
  const { payer, id, dealNo, cardId } = await prepareDeal(house, { account: '0209' });
  const lift = await bank.strike({ fault: 'webhook-missing', match: { reference: `${dealNo}-T1` } });
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  await poll(
    () => groundTruth(house, dealNo),
    ({ charges, transfersOut }) => charges === 1 && transfersOut === 0,
    { what: 'the money comes back' },
  );
  await lift();
  await reconcile();
  await payer.waitForStatus(id, 'TRANSFER_FAILED');
  await reconcile();
  expect(await breaksOf(dealNo)).toMatchObject([{ class: 'returned-unnoticed', resolution: MATCHED }]);
});

test('a transfer that the bank says went to another account than ordered is found', async () => {
  const { dealNo, recipientId } = await playTo({}, 'COMPLETED');
  const order = (account_last4: string) =>
    house.db('bank_accounts').where({ id: recipientId }).update({ account_last4 });
  await order('9999');
  await reconcile();
  expect(await breaksOf(dealNo)).toMatchObject([
    {
      ...{ class: 'transfer-account-differs', amount: 100_000 },
      ...{ ours: { accountLast4: '9999' }, theirs: { bankCode: '092', accountLast4: '1234' } },
    },
  ]);
  await order('1234');
  await reconcile();
  expect(await breaksOf(dealNo)).toMatchObject([{ class: 'transfer-account-differs', resolution: MATCHED }]);
});

test('a charge whose answer stays away is decided by its line of the settlement file', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  const mend = await pg.strike({
    fault: 'drop-after-commit',
    match: { path: '/billing/payment', orderId: `${dealNo}-1` },
  });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  await reconcile();
  await payer.waitForStatus(id, 'COMPLETED');
  await mend();
  await reconcile();
  expect((await breaksOf(dealNo)).filter(({ resolvedAt }) => resolvedAt === null)).toEqual([]);
  expect(await openTasks(house, id)).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test('a charge too old to ask about is decided by the settlement file, through its deal', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  await pg.strike({ fault: 'drop-after-commit', match: { path: '/billing/payment', orderId: `${dealNo}-1` } });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  const longAgo = new Date(Date.now() - house.config.policy.pgKeyWindowMs / 2 - 60_000);
  await house
    .db('payments')
    .where({ order_id: `${dealNo}-1` })
    .update({ sent_at: longAgo });
  await story.waits('operator-needed');
  await reconcile();
  await payer.waitForStatus(id, 'COMPLETED');
  await reconcile();
  expect(await breaksOf(dealNo)).toMatchObject([{ class: 'charge-undecided-but-settled', resolution: MATCHED }]);
  await expectMoneyBalanced(house, dealNo);
});

test('an accepted second payout is booked: the bank made a transfer after it was ruled failed, and its deal had gone on', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  const lift = [await bank.strike({ fault: 'webhook-missing', match: { reference: `${dealNo}-T1` } })];
  lift.push(await bank.strike({ fault: 'lands-late', match: { reference: `${dealNo}-T1` }, delayMs: WHEN_HURRIED }));
  lift.push(await bank.strike({ fault: 'bank-closed', match: { reference: `${dealNo}-T1` } }));
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, id);
  await payer.waitForStatus(id, 'COMPLETED');
  bank.hurry(`${dealNo}-T1`);
  await poll(
    () => groundTruth(house, dealNo),
    ({ transfersOut }) => transfersOut === 2,
    { what: 'the bank pays the first transfer too' },
  );
  for (const mend of lift) await mend();
  await reconcile();
  const [found] = await breaksOf(dealNo);
  expect(found).toMatchObject({ class: 'paid-after-failure', amount: 100_000, resolvedAt: null });

  const listed = await command('breaks');
  expect([listed.code, listed.text]).toEqual([1, expect.stringContaining(`#${found?.id} paid-after-failure`)]);
  const shown = await command('show', `${found?.id}`);
  expect([shown.code, shown.text]).toEqual([0, expect.stringMatching(/status +FAILED +done/)]);
  const hasty = await command('accept', `${found?.id}`);
  expect([hasty.code, hasty.text]).toEqual([2, expect.stringContaining('--reason is missing')]);
  const accept = ['accept', `${found?.id}`, '--reason', 'the bank takes it back'];
  expect((await givenByTwo('reconcile', house, ...accept)).code).toBe(0);
  const { text: posted } = await command('show', `${found?.id}`);
  expect(posted).toMatch(/recipient_overpaid +100,000/);
  await reconcile();
  expect(await breaksOf(dealNo)).toMatchObject([{ resolution: 'accepted by operator:kim: the bank takes it back' }]);
  expect(await balancesOf(house, id)).toMatchObject({ recipient_overpaid: 100_000, bank_float: -200_000 });
  expect(await openTasks(house, id)).not.toContain('reconcile-break');
});

test('the command reconciles a day and prints its trial balance; a day to come is refused', async () => {
  const { code, text } = await command('--date', kstDayOf(begun));
  expect(text).toMatch(/lines that agree +\d+/);
  expect(text).toContain('adds up to 0');
  expect(text).toContain('no open break');
  expect(text).toContain('complete at 23:00 KST of the next one');
  expect(code).toBe(0);
  const later = kstDayOf(new Date(Date.now() + 2 * 86_400_000));
  expect(await command('--date', later)).toMatchObject({ code: 2, text: expect.stringContaining('has not begun') });
});

test('a scheduled run does the day before its scheduled time, whenever it runs, and then what earlier nights left', async () => {
  const id = await beginRun(house.db, {
    ...{ engineRun: randomUUID(), day: '2026-02-28', at: new Date('2026-03-01T23:00:00+09:00') },
  });
  await house.db('reconciliation_runs').where({ id }).update({ status: 'done' });
  const schedule = await house.client.schedule.create({
    scheduleId: `reconcile-${randomUUID()}`,
    spec: { calendars: [{ hour: 23, minute: 0 }], timezone: 'Asia/Seoul' },
    action: {
      type: 'startWorkflow',
      workflowType: RECONCILE_WORKFLOW,
      taskQueue: taskQueuesOf(house.config.temporal.taskQueue).batches,
      args: [],
    },
    state: { paused: true },
  });
  const [start, end] = [new Date('2026-03-03T22:55:00+09:00'), new Date('2026-03-03T23:05:00+09:00')];
  await schedule.backfill({ start, end, overlap: 'BUFFER_ALL' });
  const done = house
    .db('reconciliation_runs')
    .where({ status: 'done' })
    .where('business_day', '<', '2026-04-01')
    .where('id', '>', id)
    .orderBy('id');
  const days = await poll(
    () => done.clone().select(house.db.raw(`to_char(business_day, 'YYYY-MM-DD') as day`)),
    (runs) => runs.length === 3,
    { what: 'the days are done' },
  );
  await schedule.delete();
  expect(days).toEqual([{ day: '2026-03-02' }, { day: '2026-03-01' }, { day: '2026-02-28' }]);
});
