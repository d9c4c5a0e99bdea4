/** Reserve, pay, book: while a person pays a deal by hand nothing else moves its money, whoever asks for it. */
import { acceptBreak } from '../../api/operator/accept-break';
import { stopPayingByHand } from '../../api/operator/manual-transfer';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { stopLeg } from '../../db/stop-switches';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { payAtTheBank } from '../fixtures/by-hand';
import {
  BY,
  liftStopOf,
  openTasks,
  refusalOf,
  ruleTransferFailed,
  runBatch,
  stopOf,
  taskOpens,
} from '../fixtures/operator';
import { NO_ANSWERS } from '../fixtures/policy';
import { approvedOf, approvedRequest } from '../fixtures/requests';
import { beginConfirm, prepareDeal, type Story, waitingDeal } from '../fixtures/story';
import { reconcileDay } from '../fixtures/today';
import { type House, startHouse } from '../servers/house';

const DAY_MS = 86_400_000;
let house: House;
let bank: FaultBoard;
let ahead = 0;
beforeAll(async () => {
  house = await startHouse({
    policy: { ...NO_ANSWERS, unknownTimetableMs: [600_000], correctionGraceMs: 600_000 },
    clock: () => new Date(Date.now() + ahead),
  });
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

const deps = () => ({ db: house.db, engine: async () => house.engine });
const referencesOf = ({ id }: Story): Promise<string[]> =>
  house.db('transfers').where({ deal_id: id }).orderBy('attempt').pluck('reference');
const eventsOf = ({ id }: Story): Promise<string[]> =>
  house.db('deal_events').where({ deal_id: id, actor: BY.actor }).orderBy('id').pluck('cause');
const waitOf = async ({ id }: Story) => (await house.db('deals').where({ id }).first()).waiting_reason;

/** Held, with nothing of it moved. */
async function expectHeld(story: Story): Promise<void> {
  await story.waits('paying-by-hand');
  expect(await waitOf(story)).toBe('paying-by-hand');
  expect(await house.db('refunds').where({ deal_id: story.id })).toEqual([]);
}

async function expectPaidOnce(story: Story): Promise<void> {
  await story.operator.bookByHand(await payAtTheBank(house, story));
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await groundTruth(house, story.dealNo)).toMatchObject({ transfersOut: 1, refunded: 0 });
  await expectMoneyBalanced(house, story.dealNo);
}

const failed = () => waitingDeal(house, 'retry-due', { account: '0208' });

test('whatever operators order of a deal that is paid by hand is refused in words; booked, it is paid once', async () => {
  const story = await failed();
  const { operator, payer } = story;
  await operator.holdByHand();
  const other = await payer.addRecipient();
  for (const order of [
    operator.refund,
    operator.retryTransfer,
    operator.release,
    () => operator.correctAccount(other),
    operator.holdByHand,
  ])
    expect(await refusalOf(order())).toMatch(/waiting paying-by-hand; it must wait for/);
  await expectHeld(story);
  await expectPaidOnce(story);
  expect(await eventsOf(story)).toEqual(['pay-by-hand', 'manual-transfer', 'retry-ordered', 'transferred']);
});

test('the retry batch passes it by', async () => {
  const story = await failed();
  await story.operator.holdByHand();
  await house.engine.retryDue(story.id, 'a-batch');
  await runBatch(house, 'transferRetryWorkflow');
  await house.engine.knock(story.id);
  await expectHeld(story);
  expect(await referencesOf(story)).toHaveLength(3);
  await expectPaidOnce(story);
});

test('its run is lost when patience is over long ago: the next one, which knows the rows alone, waits all the same', async () => {
  const story = await failed();
  await story.operator.holdByHand();
  await story.workflow.terminate('lost');
  await house
    .db('deals')
    .where({ id: story.id })
    .update({ failing_since: new Date(Date.now() - 30 * DAY_MS) });
  await house.engine.retryDue(story.id, 'a-batch');
  await expectHeld(story);
  expect(await referencesOf(story)).toHaveLength(3);
  await expectPaidOnce(story);
});

test('a payer’s cancel comes too late for it, over the API and in Temporal', async () => {
  await stopLeg(house.db, stopOf('transfer'));
  try {
    const story = await waitingDeal(house, 'operator-needed');
    const { payer, id } = story;
    expect((await payer.deal(id)).status).toBe('PAID');
    await story.operator.holdByHand();
    expect(await payer.deal(id)).toMatchObject({
      waiting: { reason: 'paying-by-hand', nextMoveAt: null },
      actions: [],
    });
    expect(await payer.cancel(id)).toMatchObject({ status: 409, body: { code: 'not-cancellable' } });
    await story.workflow.cancel();
    await house.engine.knock(id);
    await expectHeld(story);
    await expectPaidOnce(story);
  } finally {
    await liftStopOf(house.db, 'transfer');
  }
});

test('not paid, it goes back to where it was, and can be refunded', async () => {
  const story = await failed();
  const { payer, id, dealNo, operator } = story;
  await operator.holdByHand();
  await story.waits('paying-by-hand');
  await operator.stopByHand();
  await story.waits('retry-due');
  const by = { operator: 'kim', dealNo, request: await approvedOf(house.db, 'stop-paying-by-hand', id) };
  expect(await stopPayingByHand.carryOut(deps(), by, { reason: BY.reason })).toMatchObject({ why: 'not-now' });
  await operator.refund();
  await payer.waitForStatus(id, 'REFUNDED');
  expect(await referencesOf(story)).toHaveLength(3);
  await expectMoneyBalanced(house, dealNo);
});

test('a transfer that was called failed and is paid after all completes it, and a person is told before they pay', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, operator } = story;
  for (const closed of ['T1', 'T2'])
    await bank.strike({ fault: 'bank-closed', match: { reference: `${dealNo}-${closed}` } });
  const match = { reference: `${dealNo}-T3` };
  await bank.strike({ fault: 'lands-late', match, delayMs: WHEN_HURRIED });
  await bank.strike({ fault: 'bank-closed', match });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, id, 3);
  await story.waits('retry-due');
  await operator.holdByHand();
  bank.hurry(`${dealNo}-T3`);
  await payer.waitForStatus(id, 'COMPLETED');
  await taskOpens(house, id, 'paid-while-by-hand');
  expect(await groundTruth(house, dealNo)).toMatchObject({ transfersOut: 1 });
  await expectMoneyBalanced(house, dealNo);
});

test('what was held is booked although its charge has come to be disputed since', async () => {
  const story = await failed();
  await story.operator.holdByHand();
  await story.operator.chargeback('open', `case-${story.dealNo}`);
  await expectHeld(story);
  await story.operator.bookByHand(await payAtTheBank(house, story));
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await groundTruth(house, story.dealNo)).toMatchObject({ transfersOut: 1, refunded: 0 });
});

test('what nobody paid is found unproven; accepted, the deal is reopened, refunded, and nothing is left to explain', async () => {
  const story = await failed();
  const { payer, id, dealNo, operator } = story;
  const day = kstDayOf(new Date());
  await operator.holdByHand();
  await operator.bookByHand({ bankReference: `${dealNo}-SLIP`, tradingDate: day, amount: 100_000 });
  await payer.waitForStatus(id, 'COMPLETED');
  const nextNight = async () => {
    ahead = DAY_MS; // the statement of the day is complete
    const [night] = await reconcileDay(house, day);
    ahead = 0;
    return night;
  };
  await nextNight();
  const found = (await breaksAfter(house.db, 0, 'open')).find(({ dealNo: of }) => of === dealNo);
  expect(found).toMatchObject({ class: 'manual-transfer-unproven', amount: 100_000 });
  const request = await approvedRequest(house.db, { kind: 'accept', subject: `${found?.id}`, dealId: id });
  const order = { operator: 'kim', breakId: found?.id ?? 0, request };
  expect(await acceptBreak.carryOut(deps(), order, { reason: BY.reason })).toMatchObject({ kind: 'done' });
  await story.waits('operator-needed');
  expect(await payer.deal(id)).toMatchObject({ status: 'TRANSFER_FAILED' });
  await operator.refund();
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
  const night = await nextNight();
  expect([night?.open, night?.cash?.unexplained]).toEqual([{}, 0]);
  expect(await openTasks(house, id)).toEqual([]);
});
