/** The retry batch: every deal that waits for it gets one attempt, whatever becomes of the others (spec §8). */
import { batchActivities } from '../../activities/batches/sweeps';
import { createLog } from '../../infra/log';
import type { DealId } from '../../workflows/domain/ids';
import { workflowWaits } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeEach(async () => {
  house = await startHouse();
});
afterEach(() => house.stop());

const failing = () => waitingDeal(house, 'retry-due', { account: '0208' });
const attempts = ({ id }: Story): Promise<number[]> => house.db('transfers').where({ deal_id: id }).pluck('attempt');
const untilTried = (story: Story, times: number) =>
  poll(
    () => attempts(story),
    ({ length }) => length === times,
    { what: `attempt ${times} of ${story.dealNo}` },
  );

/** The batch, as it runs while this deal cannot be reached. */
const batchWithout = (cutOff: DealId | null) => {
  const { db, engine, config } = house;
  const retryDue = (dealId: DealId, batch: string) =>
    dealId === cutOff ? Promise.reject(new Error('cut off')) : engine.retryDue(dealId, batch);
  const deps = { db, policy: config.policy, readers: {}, clock: () => new Date(), log: createLog('test', 'silent') };
  return batchActivities({ ...deps, engine: { ...engine, retryDue } });
};

test('a deal that cannot be told keeps no other from its attempt, and the repeated batch buys no second one', async () => {
  const [one, other] = [await failing(), await failing()];
  await expect(batchWithout(one.id).signalRetryDue({ batch: '09:00' })).rejects.toThrow('1 of 2 deals');
  await untilTried(other, 4);
  await workflowWaits(house, other.id, 'retry-due');
  expect(await attempts(one)).toHaveLength(3);
  expect(await batchWithout(null).signalRetryDue({ batch: '09:00' })).toEqual({ signalled: 2 });
  await untilTried(one, 4);
  await workflowWaits(house, other.id, 'retry-due');
  expect(await attempts(other)).toHaveLength(4);
  await batchWithout(null).signalRetryDue({ batch: '14:00' });
  await untilTried(other, 5);
});
