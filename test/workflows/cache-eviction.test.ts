/** A worker that keeps no workflow in memory: every task replays the history from its beginning, and must find what it did before. */
import { Context } from '@temporalio/activity';
import { createDealEngine } from '../../infra/temporal/deal-engine';
import { expectMoneyBalanced } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import { poll } from '../fixtures/poll';
import { headerOf, prepareDeal, REVIEWED, untilBegun } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import { type OwnWorkerOptions, whileOwnWorker } from '../servers/own-worker';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { holdMs: 2_000 } });
});
afterAll(() => house.stop());

/** A deal whose confirm waits for a worker that nobody runs yet. */
async function confirmedDeal(queue: string, cast: Parameters<typeof prepareDeal>[1] = {}) {
  const taskQueue = `${house.config.temporal.taskQueue}-${queue}`;
  const engine = createDealEngine({ client: house.client, taskQueue, policy: house.config.policy });
  const story = await prepareDeal(house, cast);
  const { payer, id, dealNo, cardId, workflow } = story;
  const confirmed = engine.confirm(headerOf(story), { attempt: 1, cardId, ...DEVICE }, 30_000);
  await untilBegun(story);
  const eventsOf = async (kind: 'timerStarted' | 'timerFired' | 'workflowTaskFailed') =>
    (await workflow.fetchHistory()).events?.filter((event) => event[`${kind}EventAttributes`]) ?? [];
  return {
    ...{ ...story, eventsOf },
    cancel: () => engine.cancel(headerOf(story), { actor: 'payer', reason: 'payer' }, 30_000),
    async endsCancelled(cancelled: Promise<unknown>): Promise<void> {
      await Promise.all([confirmed, cancelled]);
      await payer.waitForStatus(id, 'CANCELLED');
      expect(await workflow.result()).toBe('CANCELLED');
    },
    /** Plays beside the worker; then no task may have failed, and the money must be balanced. */
    async whileWorking(play: () => Promise<void>, replace?: OwnWorkerOptions['replace']): Promise<void> {
      await whileOwnWorker(house, taskQueue, { maxCachedWorkflows: 0, ...(replace && { replace }) }, play);
      expect(await eventsOf('workflowTaskFailed')).toEqual([]);
      await expectMoneyBalanced(house, dealNo);
    },
  };
}

test('a cancel that meets the first confirm in one workflow task is replayed as it ran', async () => {
  const { cancel, endsCancelled, whileWorking } = await confirmedDeal('together');
  const cancelled = cancel();
  await whileWorking(() => endsCancelled(cancelled));
});

test('a step whose store is silent does not hold up its workflow task: the payer can cancel meanwhile', async () => {
  const { id, cancel, endsCancelled, eventsOf, whileWorking } = await confirmedDeal('silent');
  let isSilent = true;
  const play = async () => {
    await poll(
      () => eventsOf('timerStarted'),
      (timers) => timers.length > 0,
      { what: 'the step waits for its next try' },
    );
    const cancelled = cancel();
    await poll(
      () => house.db('deals').where({ id }).first('cancel_requested_at'),
      (deal) => deal?.cancel_requested_at !== null,
      { what: 'the cancel is recorded' },
    );
    isSilent = false;
    await endsCancelled(cancelled);
  };
  await whileWorking(play, (own) => ({
    screenDeal: (request) => (isSilent ? Context.current().cancelled : own.screenDeal(request)),
  }));
});

test('a deal whose release is being recorded when its hold ends was released in time', async () => {
  const { payer, id, operator, waits, eventsOf, whileWorking } = await confirmedDeal('late', { principal: REVIEWED });
  let isAway = true;
  const play = async () => {
    await waits('risk-review');
    const released = operator.release();
    await poll(
      () => eventsOf('timerFired'),
      (timers) => timers.length > 0,
      { what: 'the hold ends' },
    );
    isAway = false;
    await released;
    await payer.waitForStatus(id, 'COMPLETED');
  };
  await whileWorking(play, (own) => ({
    async recordAction(action) {
      if (isAway) throw new Error('the store is away');
      return own.recordAction(action);
    },
  }));
});
