/** Keys that cannot be had hold a deal up and never fail it: it goes on when they are back, and its money moves once. */
import type { DataKeys } from '../../infra/keys/data-keys';
import { KeysUnavailable } from '../../infra/keys/master-key';
import { expectMoneyBalanced } from '../fixtures/balance';
import { poll } from '../fixtures/poll';
import { prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
const away = { now: false, refusals: 0 };
const orAway = <T>(have: () => Promise<T>): Promise<T> => {
  if (!away.now) return have();
  away.refusals += 1;
  return Promise.reject(new KeysUnavailable('away'));
};
const goingAway = (own: DataKeys): DataKeys => ({
  current: (purpose) => orAway(() => own.current(purpose)),
  byId: (id) => orAway(() => own.byId(id)),
});
beforeAll(async () => {
  house = await startHouse({ workersDataKeys: goingAway });
});
afterAll(() => house.stop());

/** The keys are away until they were asked for this often in vain. */
async function awayFor(refusals: number): Promise<void> {
  Object.assign(away, { now: true, refusals: 0 });
  await poll(
    async () => away.refusals,
    (count) => count >= refusals,
    { what: `${refusals} refusals` },
  );
  away.now = false;
}

test('keys are away when a deal begins, and again while its card is charged', async () => {
  const { payer, id, dealNo, cardId } = await prepareDeal(house);
  const begun = awayFor(3);
  const confirmed = payer.confirm(id, cardId);
  await begun;
  await house.chargeAsked(`${dealNo}-1`);
  await awayFor(3);
  expect([200, 202]).toContain((await confirmed).status);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
  expect(await house.db('payments').where({ deal_id: id }).pluck('status')).toHaveLength(1);
});
