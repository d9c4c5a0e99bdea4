/** What the bank's lists say between two nights is heard within the hour: a line at once, a gap once its day is over. */
import { bankListActivities } from '../../activities/batches/bank-lists';
import { openDb } from '../../db/connection';
import { storeBankList } from '../../db/reconciliation/lines';
import { createLog } from '../../infra/log';
import { connectProviders } from '../../workers/providers';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { DealPolicy } from '../../workflows/domain/policy';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { type KstClock, kstClockAt } from '../fixtures/kst-clock';
import { ruleTransferFailed, taskOpens } from '../fixtures/operator';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { runHour, startHour } from '../fixtures/scheduled';
import { beginConfirm, prepareDeal, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const DAY_MS = 86_400_000;

let house: House;
let clock: KstClock;
let bank: FaultBoard;

/** By default a deal's own next question is days away: it is the hourly run that finds what is found. */
async function open(policy: Partial<DealPolicy> = { notFoundSettleMs: 3 * DAY_MS, unknownTimetableMs: [3 * DAY_MS] }) {
  clock = kstClockAt('12:00:00');
  house = await startHouse({ clock: clock.now, policy: { ...NO_ANSWERS, ...policy } });
  bank = faultBoard(house.sandboxes.bank);
}
afterEach(() => house.stop());

const hour = (kst: string, days = 0) => {
  clock.set(kst, days);
  return runHour(house, clock.now());
};
const transfersOf = ({ id }: Story): Promise<string[]> =>
  house.db('transfers').where({ deal_id: id }).orderBy('attempt').pluck('status');
const lines = () => house.db('bank_lines').orderBy(['trading_date', 'line_no']).select('reference', 'status');

/** Told by the row: sessions end when the clock moves on. */
async function becomes({ id, dealNo }: Story, status: string): Promise<void> {
  await poll(
    () => house.db('deals').where({ id }).first('status'),
    (deal) => deal.status === status,
    { what: `deal ${dealNo} is ${status}` },
  );
}

/** The bank never gets its first transfer, and the deal does not know. */
async function neverSent(): Promise<{ story: Story; mend: () => Promise<void> }> {
  const story = await prepareDeal(house);
  const match = { path: 'POST /transfers', reference: `${story.dealNo}-T1` };
  const mend = await bank.strike({ fault: 'error-500', match });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  return { story, mend };
}

/** Paid, and the bank told nobody. */
async function paidUntold(): Promise<Story> {
  const story = await prepareDeal(house);
  const match = { reference: `${story.dealNo}-T1` };
  await bank.strike({ fault: 'webhook-missing', match });
  await bank.strike({ fault: 'processing', match, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  bank.hurry(match.reference);
  await poll(
    () => groundTruth(house, story.dealNo),
    ({ transfersOut }) => transfersOut === 1,
    { what: 'the bank pays' },
  );
  return story;
}

test('an undecided transfer that the list of today has is decided within the hour', async () => {
  await open();
  const story = await paidUntold();
  expect(await hour('13:15:00')).toEqual({ told: 1 });
  await becomes(story, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
  expect(await hour('14:15:00')).toEqual({ told: 0 });
});

test('a transfer that the list has and no query finds is decided by its line', async () => {
  await open();
  const story = await prepareDeal(house);
  const match = { reference: `${story.dealNo}-T1` };
  await bank.strike({ fault: 'not-found', match, delayMs: WHEN_HURRIED });
  await bank.strike({ fault: 'webhook-missing', match });
  await bank.strike({ fault: 'drop-after-commit', match: { path: 'POST /transfers', ...match } });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await hour('13:15:00');
  await becomes(story, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});

test('one that the list of yesterday lacks is called failed after midnight and paid again, once', async () => {
  await open();
  const { story, mend } = await neverSent();
  await mend();
  const day = kstDayOf(clock.now());
  const readAt = async () => (await house.db('provider_lists').where({ source: 'bank', day }).first('read_at')).read_at;
  expect(await hour('23:15:00')).toEqual({ told: 0 });
  expect(await transfersOf(story)).toEqual(['PENDING']);
  expect(await hour('00:15:00', 1)).toEqual({ told: 1 });
  await becomes(story, 'COMPLETED');
  expect(await transfersOf(story)).toEqual(['FAILED', 'COMPLETED']);
  await expectMoneyBalanced(house, story.dealNo);
  const read = await readAt();
  expect(await hour('01:15:00', 1)).toEqual({ told: 0 });
  expect(await readAt()).toEqual(read);
});

test('a list that lost lines changes nothing and keeps no other list from being read; the next hour does it', async () => {
  await open();
  const paid = await paidUntold();
  const { story, mend } = await neverSent();
  await mend();
  await hour('13:15:00');
  await becomes(paid, 'COMPLETED');
  const before = await lines();
  const lift = await bank.strike({ fault: 'list-shrinks', match: { reference: `${paid.dealNo}-T1` } });
  await expect(hour('00:15:00', 1)).rejects.toThrow();
  expect(await lines()).toEqual(before);
  expect(await house.db('provider_lists').where({ day: kstDayOf(clock.now()) })).toHaveLength(1);
  expect(await transfersOf(story)).toEqual(['PENDING']);
  await lift();
  expect(await hour('01:15:00', 1)).toEqual({ told: 1 });
  await becomes(story, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});

test('a return that no webhook told reopens its deal within the hour', async () => {
  await open();
  const story = await prepareDeal(house, { account: '0209' });
  await bank.strike({ fault: 'webhook-missing', match: { reference: `${story.dealNo}-T1` } });
  void beginConfirm(story);
  await becomes(story, 'COMPLETED');
  await poll(
    () => groundTruth(house, story.dealNo),
    ({ charges, transfersOut }) => charges === 1 && transfersOut === 0,
    { what: 'the money comes back' },
  );
  await hour('13:15:00');
  await becomes(story, 'TRANSFER_FAILED');
});

test('a payout that was called failed is told to people within the hour, and once', async () => {
  await open({ unknownTimetableMs: [300] });
  const story = await prepareDeal(house);
  const match = { reference: `${story.dealNo}-T1` };
  await bank.strike({ fault: 'webhook-missing', match });
  await bank.strike({ fault: 'lands-late', match, delayMs: WHEN_HURRIED });
  await bank.strike({ fault: 'bank-closed', match });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, story.id, 1, clock.now);
  await becomes(story, 'COMPLETED');
  bank.hurry(match.reference);
  await poll(
    () => groundTruth(house, story.dealNo),
    ({ transfersOut }) => transfersOut === 2,
    { what: 'the bank pays the first transfer too' },
  );
  expect(await hour('13:15:00')).toEqual({ told: 1 });
  await taskOpens(house, story.id, 'paid-after-failure');
  expect(await hour('14:15:00')).toEqual({ told: 0 });
});

test('a deal that cannot be told keeps no other from it, and is told by the next run', async () => {
  await open();
  const [one, other] = [await paidUntold(), await paidUntold()];
  const { db, engine, config } = house;
  const unreachable = bankListActivities({
    ...{ db, log: createLog('test', 'silent'), heartbeat: () => undefined },
    openBatchDb: () => openDb({ databaseUrl: config.databaseUrl }),
    engine: {
      resume: (dealId, news) =>
        dealId === one.id ? Promise.reject(new Error('cut off')) : engine.resume(dealId, news),
    },
  });
  const reading = { day: kstDayOf(clock.now()), readAt: clock.now() };
  await storeBankList(db, reading, connectProviders(config).bank.dayList(reading.day));
  expect(await unreachable.tellListedDeals({ scheduledAt: clock.now().toISOString() })).toEqual({ told: 1 });
  await becomes(other, 'COMPLETED');
  expect(await transfersOf(one)).toEqual(['PROCESSING']);
  expect(await hour('13:15:00')).toEqual({ told: 1 });
  await becomes(one, 'COMPLETED');
});

test('a run that was killed while it read changed nothing, and is simply run again', async () => {
  await open();
  const story = await paidUntold();
  const mend = await bank.strike({ fault: 'timeout-before', match: { path: 'GET /transfers' } });
  const run = await startHour(house, clock.now());
  await poll(
    house.sandboxes.bank.journal,
    (entries) => entries.some(({ method, path }) => method === 'GET' && path === '/transfers'),
    { what: 'the list is asked for' },
  );
  await run.terminate('killed');
  await mend();
  expect(await lines()).toEqual([]);
  expect(await hour('13:15:00')).toEqual({ told: 1 });
  await becomes(story, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});
