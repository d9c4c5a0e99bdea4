/** An order that comes while its deal takes a step is not refused for it: it is judged when the step is over. */

import { liftStop, stopLeg } from '../../db/stop-switches';
import { createDealEngine } from '../../infra/temporal/deal-engine';
import { expectMoneyBalanced } from '../fixtures/balance';
import { stopOf } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { headerOf, prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import { whileOwnWorker } from '../servers/own-worker';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { stopRecheckMs: 300 } });
});
afterAll(() => house.stop());

/** Opens once, for everybody who waits at it. */
function createGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test('a refund that is ordered while the deal looks whether transfers are still stopped is carried out', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, cardId, operator, workflow } = story;
  const taskQueue = `${house.config.temporal.taskQueue}-stepping`;
  const engine = createDealEngine({ client: house.client, taskQueue, policy: house.config.policy });
  const gate = createGate();
  let looks = 0;
  await stopLeg(house.db, stopOf('transfer'));
  try {
    await whileOwnWorker(
      house,
      taskQueue,
      {
        replace: (own) => ({
          async transferToRecipient(request) {
            looks += 1;
            if (looks > 1) await gate.opened;
            return own.transferToRecipient(request);
          },
        }),
      },
      async () => {
        await engine.confirm(headerOf(story), { attempt: 1, cardId, deviceId: 'd' }, 10_000);
        await poll(
          () => Promise.resolve(looks),
          (n) => n > 1,
          { what: 'the deal looks a second time' },
        );
        const refunding = operator.refund();
        const isAccepted = async () =>
          ((await workflow.fetchHistory()).events ?? []).some(
            (event) => event.workflowExecutionUpdateAcceptedEventAttributes,
          );
        await Promise.race([refunding, poll(isAccepted, Boolean, { what: 'the order was let in' })]);
        gate.open();
        await refunding;
        await payer.waitForStatus(id, 'REFUNDED');
      },
    );
  } finally {
    gate.open();
    await liftStop(house.db, stopOf('transfer'));
  }
  await expectMoneyBalanced(house, dealNo);
});
