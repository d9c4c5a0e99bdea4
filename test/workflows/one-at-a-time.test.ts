import { createDealEngine } from '../../infra/deal-engine';
import { expectMoneyBalanced } from '../support/balance';
import { type House, startHouse } from '../support/house';
import { ownWorker } from '../support/own-worker';
import { poll } from '../support/poll';
import { prepareDeal } from '../support/story';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

test('a cancel that meets the first confirm in one workflow task is replayed as it ran', async () => {
  const taskQueue = `${house.config.temporal.taskQueue}-forgetful`;
  const engine = createDealEngine({ client: house.client, taskQueue, policy: house.config.policy });
  const { payer, id, dealNo, cardId, workflow } = await prepareDeal(house);
  const header = { dealId: id, dealNo, payerId: payer.userId, createdDay: '2026-01-01', amountBand: '<1M' };
  // Nobody works yet: both wait for the same first task.
  const confirmed = engine.confirm(header, { attempt: 1, cardId, deviceId: 'd' }, 30_000);
  await poll(
    () => workflow.describe().catch(() => null),
    (run) => run !== null,
    { what: 'the workflow is started' },
  );
  const cancelled = engine.cancel(header, { actor: 'payer', reason: 'payer' }, 30_000);
  // Every task replays the history from its beginning.
  const { worker, close } = await ownWorker(house, taskQueue, { maxCachedWorkflows: 0 });
  await worker.runUntil(async () => {
    await Promise.all([confirmed, cancelled]);
    await payer.waitForStatus(id, 'CANCELLED');
    expect(await workflow.result()).toBe('CANCELLED');
  });
  await close();
  const failures = (await workflow.fetchHistory()).events?.filter((event) => event.workflowTaskFailedEventAttributes);
  expect(failures).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});
