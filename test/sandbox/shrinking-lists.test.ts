/** A list that is read again may lack what it told before; a first reading is whole, and the provider log knows better. */
import { startBank } from '../../infra/sandbox/bank';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import {
  cancel,
  charge,
  DAY,
  dayListOf,
  effectsOf,
  perTest,
  registerCard,
  setFaults,
  settlementOf,
  transfer,
} from './client';

const pg = perTest(startSoftpayment, { now: () => Date.parse(`${DAY}T10:00:00+09:00`) });
const bank = perTest(startBank);

describe('the settlement file', () => {
  const ordersOf = async () => (await settlementOf(pg.url, DAY)).map(({ orderId, kind }) => [orderId, kind]);

  test('lacks every line of its earlier readings, and has those that are new', async () => {
    const card = await registerCard(pg.url);
    await setFaults(pg.url, [{ fault: 'list-shrinks' }]);
    for (const orderId of ['D1-1', 'D2-1']) await charge(pg.url, card, orderId);
    expect(await ordersOf()).toEqual([
      ['D1-1', 'payment'],
      ['D2-1', 'payment'],
    ]);
    await charge(pg.url, card, 'D3-1');
    expect(await ordersOf()).toEqual([['D3-1', 'payment']]);
    expect(await ordersOf()).toEqual([]);
    await setFaults(pg.url, []);
    expect(await ordersOf()).toHaveLength(3);
    expect(await effectsOf(pg.url)).toHaveLength(3);
  });

  test('lacks the lines of one order, or as many as it is told', async () => {
    const card = await registerCard(pg.url);
    const { paymentKey } = (await charge(pg.url, card, 'D1-1')).body;
    await charge(pg.url, card, 'D2-1');
    await cancel(pg.url, paymentKey, 3_000, 'D1-R1');
    expect(await ordersOf()).toHaveLength(3);
    await setFaults(pg.url, [{ fault: 'list-shrinks', match: { orderId: 'D1-1' } }]);
    expect(await ordersOf()).toEqual([['D2-1', 'payment']]);
    await setFaults(pg.url, [{ fault: 'list-shrinks', times: 1, match: { last4: '1111' } }]);
    expect(await ordersOf()).toHaveLength(2);
    expect(await ordersOf()).toHaveLength(3);
  });
});

test('the bank’s day list lacks the line of one reference', async () => {
  for (const reference of ['D1-T1', 'D2-T1']) await transfer(bank.url, reference);
  const shrinks = { fault: 'list-shrinks', match: { reference: 'D1-T1', path: 'GET /transfers' } };
  await setFaults(bank.url, [shrinks]);
  expect(await dayListOf(bank.url)).toHaveLength(2);
  expect(await dayListOf(bank.url)).toEqual([['D2-T1', 'done']]);
  expect(await effectsOf(bank.url)).toHaveLength(2);
});
