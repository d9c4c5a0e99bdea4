/** An activity commits its result, and nobody hears of it: the deal goes on from what the database says. */

import { stopLeg } from '../../db/stop-switches';
import { hasOpenRun } from '../../infra/temporal/client';
import { createDealEngine } from '../../infra/temporal/deal-engine';
import type { Activities } from '../../workers/compose';
import { faultBoard } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import { liftStopOf, openTasks, stopOf } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { headerOf, prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import { whileOwnWorker } from '../servers/own-worker';

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
  await whileOwnWorker(house, taskQueue, { replace: losingAnswers }, async () => {
    await engine.resume(id, { leg: 'transfer', attempt: 1 });
    expect(await workflow.result()).toBe('REFUNDED');
  });
  expect((await payer.deal(id)).status).toBe('REFUNDED');
  expect(await openTasks(house, id)).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

/** Transfers are stopped just before the second attempt, and the worker that hears so dies with what it heard. */
function stoppedUnheard(own: Activities): Partial<Activities> {
  let lost = false;
  return {
    async transferToRecipient(request) {
      if (request.attempt === 2 && !lost) await stopLeg(house.db, stopOf('transfer'));
      const outcome = await own.transferToRecipient(request);
      if (outcome.kind !== 'stopped' || lost) return outcome;
      lost = true;
      throw new Error('the answer got lost');
    },
  };
}

test('a deal that a stop took out of its line, which nobody heard, waits where operators can act on it', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, cardId, operator } = story;
  const match = { reference: `${dealNo}-T1` };
  await faultBoard(house.sandboxes.bank).strike({ fault: 'bank-closed', match });
  const taskQueue = `${house.config.temporal.taskQueue}-stopped`;
  const policy = { ...house.config.policy, giveUpAfterMs: 60_000 };
  const engine = createDealEngine({ client: house.client, taskQueue, policy });
  await whileOwnWorker(house, taskQueue, { replace: stoppedUnheard }, async () => {
    await engine.confirm(headerOf(story), { attempt: 1, cardId, ...DEVICE }, 10_000);
    await story.waits('retry-due');
    expect(await payer.deal(id)).toMatchObject({ status: 'TRANSFER_FAILED', transfers: [{ attempt: 1 }] });
    await liftStopOf(house.db, 'transfer');
    await operator.retryTransfer();
    await payer.waitForStatus(id, 'COMPLETED');
  });
  await expectMoneyBalanced(house, dealNo);
});
