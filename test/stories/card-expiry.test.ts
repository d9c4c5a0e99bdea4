/** The batch of the morning, through the whole house: a card that was registered with its last month is told in time. */
import { kstDayOf, kstMonthStart } from '../../workflows/domain/bank-calendar';
import { runBatch } from '../fixtures/operator';
import { callApi, cardEnding } from '../fixtures/payer';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

test('a card that ends next month is told to its payer once, one that ends later is not', async () => {
  const payer = await house.payer();
  const month = kstDayOf(kstMonthStart(new Date(), -1)).slice(0, 7);
  const [year = '', digits = ''] = month.split('-');
  for (const [cardNumber, expiry] of [
    [cardEnding('1234'), `${digits}/${year.slice(2)}`],
    [cardEnding('4321'), '12/99'],
  ]) {
    const form = { cardNumber, expiry, cvc: '123', birthDate: '900101' };
    const billing = await callApi(house.places.softpaymentUrl, 'POST', '/sdk/billing-keys', form);
    expect((await payer.call('POST', '/v1/cards', billing.body)).status).toBe(201);
  }
  expect(await runBatch(house, 'cardExpiryWorkflow')).toEqual({ told: 1 });
  expect(await runBatch(house, 'cardExpiryWorkflow')).toEqual({ told: 0 });
  const told = await house.db('notices').where({ template: 'card-expiring' }).select('channel', 'params');
  expect(told).toEqual([{ channel: 'sms', params: { issuer: expect.any(Object), lastFour: '1234', expiry: month } }]);
});
