/** An order that comes while its deal takes a step is not refused for it: it is judged when the step is over. */

import { activityInfo } from '@temporalio/activity';
import { stopLeg } from '../../db/stop-switches';
import { createDealEngine } from '../../infra/temporal/deal-engine';
import type { Activities } from '../../workers/compose';
import { refundFee } from '../../workflows/deal/messages';
import { expectMoneyBalanced } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import { BY, feeRefundEnds, liftStopOf, stopOf } from '../fixtures/operator';
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
        await engine.confirm(headerOf(story), { attempt: 1, cardId, ...DEVICE }, 10_000);
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
    await liftStopOf(house.db, 'transfer');
  }
  await expectMoneyBalanced(house, dealNo);
});

test('a part of the fee that is ordered while the deal looks for the next one goes back as well', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, cardId } = story;
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  const taskQueue = `${house.config.temporal.taskQueue}-looking`;
  const engine = createDealEngine({ client: house.client, taskQueue, policy: house.config.policy });
  const order = (requestId: string) => engine.orderAfterEnd(id, refundFee, { ...BY, amount: 100, requestId });
  const gate = createGate();
  let seen: object | null | undefined;
  const replace = (own: Activities): Partial<Activities> => ({
    async loadDeal(dealId) {
      const facts = await own.loadDeal(dealId);
      if (!activityInfo().isLocal) {
        seen ??= facts.feeRefund;
        await gate.opened;
      }
      return facts;
    },
  });
  await whileOwnWorker(house, taskQueue, { replace }, async () => {
    try {
      expect(await order('r-1')).toMatchObject({ kind: 'decided' });
      await poll(
        async () => seen,
        (next) => next === null,
        { what: 'the first went back, and no other is seen' },
      );
      expect(await order('r-2')).toMatchObject({ kind: 'decided' });
    } finally {
      gate.open();
    }
    await feeRefundEnds(house, id, 'r-2');
  });
  await expectMoneyBalanced(house, dealNo);
});
