/** An order that came with a key is given once, also when its answer came too late and the key comes again. */
import { retryTransfer } from '../../workflows/deal/messages';
import { BY } from '../fixtures/operator';
import { waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

test('a retry under one key is one attempt, and under another key another one', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { id, payer } = story;
  const retry = (orderKey: string) => house.engine.order(id, retryTransfer, { ...BY, orderKey });
  const attempts = async () => (await house.db('transfers').where({ deal_id: id })).length;
  const retries = async () => (await house.db('deal_events').where({ deal_id: id, cause: 'retry' })).length;
  const before = await attempts();
  expect(await retry('one')).toMatchObject({ kind: 'decided' });
  await payer.waitForTransfers(id, before + 1);
  await story.waits('retry-due');
  expect(await retry('one')).toMatchObject({ kind: 'decided' });
  expect([await attempts(), await retries()]).toEqual([before + 1, 1]);
  expect(await retry('another')).toMatchObject({ kind: 'decided' });
  await payer.waitForTransfers(id, before + 2);
  expect(await retries()).toBe(2);
});
