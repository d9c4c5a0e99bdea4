import { createDealEngine } from '../../infra/temporal/deal-engine';
import { expectMoneyBalanced } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import { openedTextsIn } from '../fixtures/history-texts';
import { runBatch } from '../fixtures/operator';
import { headerOf, prepareDeal, REVIEWED, type Story, untilBegun, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

/** What is left of a cancel whose update died with Temporal after the database had it, more than a minute ago. */
const leaveCancelInDatabase = ({ id }: Story) =>
  house
    .db('deals')
    .where({ id })
    .update({ cancel_requested_at: new Date(Date.now() - 120_000) });

test('a held deal whose cancel only the database knows is refunded by the next sweep', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await leaveCancelInDatabase(story);
  await runBatch(house, 'minuteSweepWorkflow');
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  await expectMoneyBalanced(house, story.dealNo);
});

test('a deal that waits for another card and whose cancel only the database knows is closed by the next sweep', async () => {
  const story = await waitingDeal(house, 'card-needed', { card: '0101' });
  await leaveCancelInDatabase(story);
  await runBatch(house, 'minuteSweepWorkflow');
  await story.payer.waitForStatus(story.id, 'CANCELLED');
  await expectMoneyBalanced(house, story.dealNo);
});

test('a knock at a deal that nobody cancelled changes nothing', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await house.engine.knock(story.id);
  await story.waits('risk-review');
  expect((await story.payer.deal(story.id)).status).toBe('PAID');
  await story.operator.release();
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});

/** A run that nobody works on yet: its messages are admitted and no more. */
function idleEngine() {
  const taskQueue = `${house.config.temporal.taskQueue}-idle`;
  return createDealEngine({ client: house.client, taskQueue, policy: house.config.policy });
}

test('a confirm is durable when it began the run, and is not when it only met one', async () => {
  const [own, met] = [await prepareDeal(house), await prepareDeal(house)];
  const engine = idleEngine();
  const confirm = (story: Story) =>
    engine.confirm(headerOf(story), { attempt: 1, cardId: story.cardId, ...DEVICE }, 1_500);
  expect(await confirm(own)).toEqual({ kind: 'pending', durable: true });
  void engine.cancel(headerOf(met), { actor: 'payer', reason: 'payer' }, 1_000);
  await untilBegun(met);
  expect(await confirm(met)).toEqual({ kind: 'pending', durable: false });
});

test('a cancel that began the run is heard although its update is lost', async () => {
  const story = await prepareDeal(house);
  const lost = idleEngine().cancel(headerOf(story), { actor: 'payer', reason: 'payer' }, 1_000);
  await untilBegun(story);
  await lost;
  const started = (await story.workflow.fetchHistory()).events?.[0]?.workflowExecutionStartedEventAttributes;
  const [, input = ''] = await openedTextsIn(started?.input?.payloads?.[0], house);
  await story.workflow.terminate('its updates go with it');
  // The same input again, without the update.
  await house.client.workflow.execute('dealWorkflow', {
    workflowId: `deal-${story.id}`,
    taskQueue: `${house.config.temporal.taskQueue}-deals`,
    args: [JSON.parse(input)],
  });
  expect(await story.payer.deal(story.id)).toMatchObject({ status: 'CANCELLED', cancelRequested: true });
});
