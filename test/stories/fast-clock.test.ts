/** The clock of a demo, which is put forward: everything goes by it, nothing is told twice, nobody has to log in anew. */
import { laggards, putForward, readFastClock } from '../../db/fast-clock';
import { createLog } from '../../infra/log';
import { taskQueuesOf } from '../../infra/temporal/client';
import { carryOn, FOLLOWERS, move } from '../../workers/clock/leader';
import { expectMoneyBalanced } from '../fixtures/balance';
import { whatCheckFinds } from '../fixtures/clean-check';
import { accountEnding, cardEnding, type Payer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let house: House;
beforeAll(async () => {
  house = await startHouse({ fastClock: true, policy: { giveUpAfterMs: 36 * HOUR } });
});
afterAll(() => house.stop());

const leader = () => ({
  ...{ db: house.appDb, client: house.client, log: createLog('test', 'silent') },
  ...{ dealsQueue: taskQueuesOf(house.config.temporal.taskQueue).deals, sandboxUrl: house.sandboxes.softpayment.url },
});
async function advance(ms: number): Promise<void> {
  const clock = await readFastClock(house.appDb);
  expect(await move(leader(), clock, clock.aheadMs + ms)).toMatchObject({ aheadMs: clock.aheadMs + ms });
}

async function unsentDeal(payer: Payer): Promise<{ id: string; dealNo: string }> {
  const deal = await payer.createDeal(await payer.addRecipient(accountEnding('0208')));
  await payer.confirm(deal.id, await payer.registerCard());
  await payer.waitForWaiting(deal.id, 'retry-due');
  return deal;
}

test('a quote whose card was declined expires at once when its ten minutes are passed over', async () => {
  const payer = await house.payer();
  const { id } = await payer.createDeal(await payer.addRecipient());
  expect((await payer.confirm(id, await payer.registerCard(cardEnding('0101')))).status).toBe(402);
  await payer.waitForWaiting(id, 'card-needed');
  await advance(9 * MINUTE);
  expect((await payer.deal(id)).status).toBe('PENDING');
  await advance(2 * MINUTE);
  await payer.waitForStatus(id, 'CANCELLED');
});

test('money that cannot be sent is given back when 36 hours are passed over, and the payer is still logged in', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await unsentDeal(payer);
  await advance(37 * HOUR);
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
  const { rows } = await house.db.raw(
    "select max(created_at) - pg_catalog.now() > interval '36 hours' as later from deals",
  );
  expect(rows).toEqual([{ later: false }]); // it was made before
  const again = await payer.createDeal(await payer.addRecipient());
  const made = await house
    .db('deals')
    .where({ id: again.id })
    .first(house.db.raw("created_at > now() + interval '36 hours' as later"));
  expect(made).toEqual({ later: true });
  expect(await whatCheckFinds({ ...house.env, PLIC_FAST_CLOCK: 'on' })).toEqual([]);
});

test('what tables fill in by themselves goes by it too, however they reckon', async () => {
  const { rows } = await house.db.raw(
    `select table_name || '.' || column_name as place, column_default as filled from information_schema.columns
     where table_schema = 'public' and column_default ~ '(now|timestamp)[(][)]'`,
  );
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter(({ filled }: { filled: string }) => !/^[(]?clock[.]/.test(filled))).toEqual([]);
});

test('a deal that was made after a move is not touched by it, however late it hears of it', async () => {
  const payer = await house.payer();
  const { aheadMs, move: before } = await readFastClock(house.appDb);
  const moved = await putForward(house.appDb, before, aheadMs + 11 * MINUTE); // whoever moved it dies here
  expect(await putForward(house.appDb, before, aheadMs + 99 * MINUTE)).toBeUndefined();
  expect(await putForward(house.appDb, before + 1, aheadMs + 99 * MINUTE)).toBeUndefined(); // not all follow yet
  const late = () => laggards(house.appDb, FOLLOWERS, before + 1);
  await poll(late, ({ length }) => length === 0, { what: 'API and worker follow by themselves' });
  const { id } = await payer.createDeal(await payer.addRecipient());
  expect((await payer.confirm(id, await payer.registerCard(cardEnding('0101')))).status).toBe(402);
  await payer.waitForWaiting(id, 'card-needed');
  for (let time = 0; time < 2; time++) await carryOn(leader()); // by another life, and once more for nothing
  expect(await readFastClock(house.appDb)).toMatchObject({ aheadMs: moved?.aheadMs, isFollowed: true });
  expect((await payer.deal(id)).status).toBe('PENDING');
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
});

test('the clock does not go back, also by a statement', async () => {
  const { aheadMs, move: last } = await readFastClock(house.appDb);
  await expect(putForward(house.appDb, last, aheadMs - 1)).rejects.toThrow(/check constraint/);
  expect(await readFastClock(house.appDb)).toMatchObject({ aheadMs, move: last });
});
