/** An activity commits its result, and nobody hears of it: the deal goes on from what the database says. */
import type { Activities } from '../../activities';
import { createDealEngine } from '../../infra/deal-engine';
import { hasOpenRun } from '../../infra/temporal';
import { expectMoneyBalanced, groundTruth } from '../support/balance';
import { faultBoard } from '../support/faults';
import { type House, startHouse } from '../support/house';
import { openTasks } from '../support/operator';
import { ownWorker } from '../support/own-worker';
import { poll } from '../support/poll';
import { prepareDeal } from '../support/story';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { giveUpAfterMs: 500 } });
});
afterAll(() => house.stop());

/** Each try finds that the money came back, books it, and dies with its answer. */
const losingAnswers = (own: Activities): Partial<Activities> => ({
  async recheckTransfer(request) {
    await own.recheckTransfer(request);
    throw new Error('the answer got lost');
  },
});

test('a return that was booked, and whose every answer got lost, reopens the deal all the same', async () => {
  const { payer, id, dealNo, cardId, workflow } = await prepareDeal(house, { account: '0209' });
  await faultBoard(house.sandboxes.bank).strike({ fault: 'webhook-missing', match: { reference: `${dealNo}-T1` } });
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  await poll(
    async () => [(await groundTruth(house, dealNo)).transfersOut, await hasOpenRun(house.client, workflow.workflowId)],
    ([transfersOut, open]) => transfersOut === 0 && open === false,
    { what: 'the money has come back, and the deal has ended' },
  );
  const taskQueue = `${house.config.temporal.taskQueue}-losing`;
  const engine = createDealEngine({ client: house.client, taskQueue, policy: house.config.policy });
  const { worker, close } = await ownWorker(house, taskQueue, { replace: losingAnswers });
  await worker.runUntil(async () => {
    await engine.resume(id, { leg: 'transfer', attempt: 1 });
    expect(await workflow.result()).toBe('REFUNDED');
  });
  await close();
  expect((await payer.deal(id)).status).toBe('REFUNDED');
  expect(await openTasks(house, id)).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});
