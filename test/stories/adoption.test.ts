import { DEAL_WORKFLOW, retryTransfer, SEARCH_ATTRIBUTES } from '../../workflows/deal/messages';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import { BY, runBatch } from '../fixtures/operator';
import { beginConfirm, prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
let pg: FaultBoard;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({
    policy: { unknownTimetableMs: [300] },
  });
  pg = faultBoard(house.sandboxes.softpayment);
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

const chargeOf = ({ dealNo }: Story) => ({ path: '/billing/payment', orderId: `${dealNo}-1` });

/** The deal loses its workflow, and is resumed from the database. */
async function adopt({ id, workflow }: Story): Promise<void> {
  await workflow.terminate();
  await house.engine.resume(id);
}

async function endsAs({ payer, id, dealNo }: Story, status: string): Promise<void> {
  await payer.waitForStatus(id, status);
  await expectMoneyBalanced(house, dealNo);
}

/** Its run was begun, and ended before it wrote anything. */
async function lostAtOnce(): Promise<Story> {
  const story = await prepareDeal(house);
  const { id, cardId } = story;
  const confirm = { attempt: 1, cardId, ...DEVICE };
  const run = await house.client.workflow.start(DEAL_WORKFLOW, {
    ...{ workflowId: story.workflow.workflowId, taskQueue: 'nobody' },
    args: [{ mode: 'confirm', dealId: id, policy: house.config.policy, confirm }],
  });
  await run.terminate();
  return story;
}

test.concurrent('a deal whose run was lost before it wrote anything is confirmed, or cancelled, all the same', async () => {
  const [confirmed, cancelled] = [await lostAtOnce(), await lostAtOnce()];
  expect((await confirmed.payer.confirm(confirmed.id, confirmed.cardId)).status).toBe(200);
  expect((await cancelled.payer.cancel(cancelled.id)).status).toBe(200);
  await endsAs(confirmed, 'COMPLETED');
  await endsAs(cancelled, 'CANCELLED');
});

test.concurrent('an adopted deal whose card was declined takes another card', async () => {
  const story = await waitingDeal(house, 'card-needed', { card: '0101' });
  await adopt(story);
  await story.waits('card-needed');
  expect((await story.payer.confirm(story.id, await story.payer.registerCard())).status).toBe(200);
  await endsAs(story, 'COMPLETED');
});

test.concurrent('Temporal knows a deal by its number, an adopted one too', async () => {
  const story = await waitingDeal(house, 'card-needed', { card: '0101' });
  const numberOf = async () => {
    const { typedSearchAttributes } = await story.workflow.describe();
    return typedSearchAttributes.get(SEARCH_ATTRIBUTES.dealNo);
  };
  expect(await numberOf()).toBe(story.dealNo);
  await adopt(story);
  await story.waits('card-needed');
  expect(await numberOf()).toBe(story.dealNo);
});

test.concurrent('an adopted deal whose charge is unknown asks under the same orderId', async () => {
  const story = await prepareDeal(house);
  const mend = await pg.strike({ fault: 'garbage', match: chargeOf(story) });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  await adopt(story);
  await story.waits('charge-unknown');
  await mend();
  await endsAs(story, 'COMPLETED');
  expect(await groundTruth(house, story.dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
});

test.concurrent('a deal adopted while its charge is on its way is charged once', async () => {
  const story = await prepareDeal(house);
  const mend = await pg.strike({ fault: 'slow', match: chargeOf(story), delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await house.chargeAsked(`${story.dealNo}-1`);
  await adopt(story);
  await mend();
  pg.hurry(`${story.dealNo}-1`);
  await endsAs(story, 'COMPLETED');
  expect(await groundTruth(house, story.dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
});

test.concurrent('an adopted deal under review is still held until it is released', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await adopt(story);
  await story.waits('risk-review');
  expect((await story.payer.deal(story.id)).transfers).toEqual([]);
  await story.operator.release();
  await endsAs(story, 'COMPLETED');
});

test.concurrent('an adopted deal whose transfer is unknown asks the bank and never sends it again', async () => {
  const story = await prepareDeal(house);
  const reference = `${story.dealNo}-T1`;
  await bank.strike({ fault: 'processing', match: { reference }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await adopt(story);
  bank.hurry(reference);
  await endsAs(story, 'COMPLETED');
  const sent = (await house.sandboxes.bank.journal()).filter(
    (entry) => entry.kind === 'request' && entry.method === 'POST' && entry.reference === reference,
  );
  expect(sent).toHaveLength(1);
});

test.concurrent('an adopted deal whose refund is unknown goes on refunding under the same key', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const mend = await pg.strike({ fault: 'garbage', match: { path: '/cancel', orderId: `${story.dealNo}-1` } });
  await story.operator.refund();
  await story.waits('refund-unknown');
  await adopt(story);
  await story.waits('refund-unknown');
  await mend();
  await endsAs(story, 'REFUNDED');
  expect(await house.db('refunds').where({ deal_id: story.id })).toHaveLength(1);
});

test.concurrent('an operator’s order adopts a deal that lost its workflow', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  await story.workflow.terminate();
  expect(await house.engine.order(story.id, retryTransfer, BY)).toEqual({ kind: 'decided', outcome: undefined });
  expect((await story.payer.waitForTransfers(story.id, 4)).transfers).toHaveLength(4);
  await story.waits('retry-due');
  await story.operator.refund();
  await endsAs(story, 'REFUNDED');
});

test('a batch knocks at deals that lost their workflow too: each is adopted and gets one attempt', async () => {
  const lost = await waitingDeal(house, 'retry-due', { account: '0208' });
  const adopted = await waitingDeal(house, 'retry-due', { account: '0208' });
  await lost.workflow.terminate();
  await adopt(adopted);
  await adopted.waits('retry-due');
  expect((await adopted.payer.deal(adopted.id)).transfers).toHaveLength(3);
  await runBatch(house, 'transferRetryWorkflow');
  for (const story of [lost, adopted]) {
    expect((await story.payer.waitForTransfers(story.id, 4)).transfers).toHaveLength(4);
    await story.waits('retry-due');
    expect((await story.payer.deal(story.id)).transfers).toHaveLength(4);
    await story.operator.refund();
    await endsAs(story, 'REFUNDED');
  }
});
