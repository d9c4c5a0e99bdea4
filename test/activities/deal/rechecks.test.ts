/** The questions about late news, asked twice: a worker that dies after the commit leaves its answer to the next one. */
import { createLog } from '../../../infra/log';
import { openRedis, type Redis } from '../../../infra/redis';
import { createActivities } from '../../../workers/compose';
import { connectProviders } from '../../../workers/providers';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../../fixtures/balance';
import { keysOf } from '../../fixtures/keys';
import { poll } from '../../fixtures/poll';
import { prepareDeal } from '../../fixtures/story';
import { type House, startHouse } from '../../servers/house';

let house: House;
let redis: Redis;
let money: ReturnType<typeof createActivities>;
let pg: FaultBoard;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({ policy: { giveUpAfterMs: 500 } });
  redis = await openRedis(house.config.redisUrl);
  const { config, db, client } = house;
  const keys = await keysOf(house);
  const log = createLog('test', 'silent');
  money = createActivities({
    ...{ config, db, redis, keys, client, log },
    providers: connectProviders(config),
    ...{ clock: () => new Date(), wallClock: () => new Date() },
  });
  pg = faultBoard(house.sandboxes.softpayment);
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(async () => {
  redis.disconnect();
  await house.stop();
});

test('a return is answered "returned" as often as it is asked about, booked once, and a resumed deal takes it up', async () => {
  const { payer, id, dealNo, cardId } = await prepareDeal(house);
  const match = { reference: `${dealNo}-T1` };
  await bank.strike({ fault: 'webhook-missing', match });
  await bank.strike({ fault: 'late-return', match, delayMs: WHEN_HURRIED });
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await money.recheckTransfer({ dealId: id, attempt: 1 })).toBe('completed');
  bank.hurry(match.reference);
  await poll(
    () => groundTruth(house, dealNo),
    ({ transfersOut, charges }) => charges === 1 && transfersOut === 0,
    { what: 'the money comes back' },
  );
  const ask = () => money.recheckTransfer({ dealId: id, attempt: 1 });
  expect(await Promise.all([ask(), ask()])).toEqual(['returned', 'returned']);
  expect(await ask()).toBe('returned');
  expect(await house.db('ledger_journals').where({ deal_id: id, kind: 'return' })).toHaveLength(1);
  await house.engine.resume(id);
  await payer.waitForStatus(id, 'REFUNDED');
  expect(await ask()).toBe('unchanged');
  await expectMoneyBalanced(house, dealNo);
});

test('a late charge that a settlement file has is answered "charged" until it is given back, booked once, and its deal gives it back', async () => {
  const { payer, id, dealNo, cardId } = await prepareDeal(house);
  const match = { orderId: `${dealNo}-1` };
  await pg.strike({ fault: 'webhook-missing', match });
  await pg.strike({ fault: 'late-success', match, delayMs: 300 });
  expect((await payer.confirm(id, cardId)).status).toBe(402);
  await poll(
    () => groundTruth(house, dealNo),
    ({ charges }) => charges === 1,
    { what: 'the late charge' },
  );
  const ask = () => money.recheckCharge({ dealId: id, attempt: 1 });
  expect(await ask()).toBe('unchanged'); // nothing names a paymentKey, and a decided attempt is not POSTed again
  const journal = await house.sandboxes.softpayment.journal();
  const line = journal.find(({ effect, orderId }) => effect === 'charged' && orderId === match.orderId);
  await house.db('settlement_lines').insert({
    ...{ file_day: '2026-03-02', line_no: 1, kind: 'payment', order_id: match.orderId, payment_key: line?.paymentKey },
    ...{ amount: line?.amount, fee: 0, net: line?.amount, at: new Date(), settle_date: '2026-03-04' },
  });
  expect(await Promise.all([ask(), ask()])).toEqual(['charged', 'charged']);
  expect(await ask()).toBe('charged');
  expect(await house.db('ledger_journals').where({ deal_id: id, kind: 'charge' })).toHaveLength(1);
  await house.engine.resume(id, { leg: 'charge', attempt: 1 });
  await poll(ask, (answer) => answer === 'unchanged', { what: 'the late charge is given back' });
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo, { chargesMax: 2 });
});
