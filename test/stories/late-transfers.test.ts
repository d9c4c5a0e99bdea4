/** Late news of transfers: what a bank tells of one that was decided. */
import type { DealPolicy } from '../../workflows/domain/policy';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import {
  openTasks,
  ruleTransferFailed,
  settleByHand,
  sweepEventsOf,
  taskOpens,
  untilTaken,
} from '../fixtures/operator';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal, type Story } from '../fixtures/story';
import { eventsClose, sendEvent } from '../fixtures/webhooks';
import { type House, startHouse } from '../servers/house';

interface Stage {
  readonly house: House;
  readonly bank: FaultBoard;
}

let house: House;
let bank: FaultBoard;
let patient: Stage;
/** Here a failed transfer is given up. */
let impatient: Stage;
beforeAll(async () => {
  const stage = async (policy: Partial<DealPolicy>) => {
    const house = await startHouse({ policy: { ...NO_ANSWERS, unknownTimetableMs: [600_000], ...policy } });
    return { house, bank: faultBoard(house.sandboxes.bank) };
  };
  patient = await stage({});
  impatient = await stage({ giveUpAfterMs: 8_000 });
  ({ house, bank } = patient);
});
afterAll(() => Promise.all([patient, impatient].map(({ house }) => house.stop())));

const UNANSWERED = 'late-news-unanswered';

/** The first POST of this reference is lost until it is hurried, and the bank turns away what is sent again. */
async function loseOnItsWay({ bank }: Stage, reference: string): Promise<void> {
  await bank.strike({ fault: 'lands-late', match: { reference }, delayMs: WHEN_HURRIED });
  await bank.strike({ fault: 'bank-closed', match: { reference } });
}

test.concurrent('a return whose bank gives no answer waits for the sweep, and is booked once there is one', async () => {
  const { house, bank } = impatient;
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  const reference = `${dealNo}-T1`;
  await bank.strike({ fault: 'late-return', match: { reference }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await payer.waitForStatus(id, 'COMPLETED');
  const mend = await bank.strike({ fault: 'wrong-amount', match: { path: 'GET /transfers/', reference } });
  bank.hurry(reference);
  await taskOpens(house, id, UNANSWERED);
  await poll(
    async () => (await story.workflow.describe()).status.name,
    (status) => status === 'COMPLETED',
    { what: 'the reopened run ends' },
  );
  expect((await payer.deal(id)).status).toBe('COMPLETED');
  await mend();
  await sweepEventsOf(house, dealNo);
  await payer.waitForStatus(id, 'TRANSFER_FAILED');
  await eventsClose(house, dealNo, 'transfer.returned');
  await payer.waitForStatus(id, 'REFUNDED');
  expect(await openTasks(house, id)).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a transfer that the bank made after it was decided failed is a task, and moves nothing', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  await loseOnItsWay(patient, `${dealNo}-T1`);
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, id);
  const before = await payer.waitForStatus(id, 'COMPLETED');
  bank.hurry(`${dealNo}-T1`);
  await taskOpens(house, id, 'paid-after-failure');
  await eventsClose(house, dealNo, 'transfer.done');
  expect(await payer.deal(id)).toEqual(before);
  // What the task tells: the recipient has the principal twice, and our books say once.
  expect((await groundTruth(house, dealNo)).transfersOut).toBe(2);
});

/** The third transfer is ruled failed while it is on its way; the deal waits for the retry batch, its other attempts failed. */
async function transferRuledFailed(stage: Stage): Promise<Story> {
  const { house, bank } = stage;
  const story = await prepareDeal(house);
  const { dealNo } = story;
  await bank.strike({ fault: 'bank-closed', match: { reference: `${dealNo}-T1` } });
  await bank.strike({ fault: 'bank-closed', match: { reference: `${dealNo}-T2` } });
  await loseOnItsWay(stage, `${dealNo}-T3`);
  void beginConfirm(story);
  await poll(
    () => house.db('transfers').where({ deal_id: story.id, attempt: 3 }),
    (third) => third.length === 1,
    { what: 'the third transfer is begun' },
  );
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, story.id, 3);
  await story.waits('retry-due');
  return story;
}

test.concurrent('a transfer that was called failed and is paid after all is the payout: nothing more is paid or given back', async () => {
  const { payer, id, dealNo } = await transferRuledFailed(patient);
  bank.hurry(`${dealNo}-T3`);
  const { transfers } = await payer.waitForStatus(id, 'COMPLETED');
  expect(transfers.map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'COMPLETED']);
  expect((await payer.path(id)).slice(-2)).toEqual(['TRANSFERRING', 'COMPLETED']);
  await eventsClose(house, dealNo, 'transfer.done');
  expect(await openTasks(house, id)).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a payout that is told of and not confirmed yet holds back the next one', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  const reference = `${dealNo}-T1`;
  await loseOnItsWay(patient, reference);
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  const { trading_date: tradingDate } = await house
    .db('transfers')
    .where({ deal_id: id })
    .first(house.db.raw('trading_date::text'));
  await sendEvent(house, 'bank', 'transfer.done', { reference, tradingDate, amount: 100_000 });
  await ruleTransferFailed(house, id);
  await story.waits('retry-due');
  bank.hurry(reference);
  const { transfers } = await payer.waitForStatus(id, 'COMPLETED');
  expect(transfers).toMatchObject([{ reference, status: 'COMPLETED' }]);
  await eventsClose(house, dealNo, 'transfer.done');
  expect(await openTasks(house, id)).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('while a payout that was called failed is not settled, the deal is neither paid again nor given up', async () => {
  const { house, bank } = impatient;
  const story = await transferRuledFailed(impatient);
  const { payer, id, dealNo, operator } = story;
  await loseOnItsWay(impatient, `${dealNo}-T4`);
  await operator.retryTransfer();
  await story.waits('transfer-unknown'); // the fourth is under way
  bank.hurry(`${dealNo}-T3`);
  await poll(
    () => house.db('pg_webhook_events').where({ deal_no: dealNo, type: 'transfer.done' }),
    (events) => events.length > 0,
    { what: 'the third has arrived' },
  );
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, id, 4);
  await taskOpens(house, id, 'paid-after-failure');
  await story.waits('operator-needed'); // the time to give it up has come
  const truth = await groundTruth(house, dealNo);
  expect([truth.transfersOut, truth.refunded]).toEqual([1, 0]);
  await settleByHand(house, dealNo, 'paid-after-failure'); // the bank has it returned
  await payer.waitForStatus(id, 'REFUNDED');
  expect((await payer.deal(id)).transfers).toHaveLength(4);
});

test.concurrent('a transfer that counts as done and that the bank calls failed is a task', async () => {
  const story = await prepareDeal(house, { account: '0207' });
  const { payer, id, dealNo, operator } = story;
  await bank.strike({ fault: 'processing', match: { reference: `${dealNo}-T1` }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await operator.rule({ leg: 'transfer', attempt: 1, verdict: 'done' });
  const before = await payer.waitForStatus(id, 'COMPLETED');
  bank.hurry(`${dealNo}-T1`);
  await taskOpens(house, id, 'transfer-contradicted');
  await eventsClose(house, dealNo, 'transfer.failed');
  expect(await payer.deal(id)).toEqual(before);
});

test.concurrent('a refund that waited for a verdict gives way to the payout that was made after all, and its run ends', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, operator } = story;
  await loseOnItsWay(patient, `${dealNo}-T1`);
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await operator.chargeback('open', `case-${dealNo}`);
  await ruleTransferFailed(house, id);
  await story.waits('retry-due'); // the dispute bars another one
  await untilTaken(operator.refund);
  await story.waits('operator-needed');
  bank.hurry(`${dealNo}-T1`);
  await payer.waitForStatus(id, 'COMPLETED');
  await operator.chargeback('won', `case-${dealNo}`);
  expect(await story.workflow.result()).toBe('COMPLETED');
  expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1, refunded: 0, transfersOut: 1 });
  const overtaken = await house.db('deal_events').where({ deal_id: id, cause: 'overtaken' }).pluck('note');
  expect(overtaken).toEqual(['refund-ordered: the deal had gone on']);
});
