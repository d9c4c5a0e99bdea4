import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { cardEnding } from '../fixtures/payer';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: NO_ANSWERS });
});
afterAll(() => house.stop());

const chargeRequests = async (orderId: string) =>
  (await house.sandboxes.softpayment.journal()).filter(
    (entry) => entry.kind === 'request' && entry.orderId === orderId,
  );

test('an ordinary card pays and the recipient gets the whole principal', async () => {
  const payer = await house.payer();
  const { id, dealNo, principal, fee } = await payer.createDeal(await payer.addRecipient(), 100_000);
  const confirmed = await payer.confirm(id, await payer.registerCard());
  expect(confirmed.status).toBe(200);
  expect(confirmed.body.payments).toMatchObject([{ attempt: 1, status: 'PAID', amount: 103_000 }]);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await payer.path(id)).toEqual(['PENDING', 'PAID', 'TRANSFERRING', 'COMPLETED']);
  expect(await groundTruth(house, dealNo)).toMatchObject({
    charged: principal + fee,
    refunded: 0,
    transferred: principal,
  });
  await expectMoneyBalanced(house, dealNo);
});

test.each([
  ['0101', 'insufficient', []],
  ['0102', 'stolen', ['card-declining']], // it does not pass by itself: the payer is told
])(
  'a card ending %s (%s) is declined, nothing is charged, and another card completes the deal',
  async (last4, _, told) => {
    const payer = await house.payer();
    const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
    const declined = await payer.confirm(id, await payer.registerCard(cardEnding(last4)));
    expect([declined.status, declined.body.code]).toEqual([402, 'card-declined']);
    expect(await payer.deal(id)).toMatchObject({
      status: 'PENDING',
      waiting: { reason: 'card-needed' },
      payments: [{ attempt: 1, status: 'FAILED', orderId: `${dealNo}-1` }],
    });
    expect((await groundTruth(house, dealNo)).charges).toBe(0);
    const { user_id } = await house.db('deals').where({ id }).first('user_id');
    expect(await house.db('notices').where({ user_id }).pluck('template')).toEqual(told);
    const paid = await payer.confirm(id, await payer.registerCard());
    expect(paid.status).toBe(200);
    await payer.waitForStatus(id, 'COMPLETED');
    expect((await payer.deal(id)).payments).toMatchObject([
      { attempt: 1, status: 'FAILED' },
      { attempt: 2, status: 'PAID', orderId: `${dealNo}-2` },
    ]);
    await expectMoneyBalanced(house, dealNo);
  },
);

test.each([
  ['0103', 'times out after charging'],
  ['0104', 'times out without charging'],
  ['0105', 'answers 500 after charging'],
  ['0106', 'answers garbage after charging'],
])('a card ending %s (%s) is charged exactly once and its deal completes', async (last4) => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  await payer.confirm(id, await payer.registerCard(cardEnding(last4)));
  await payer.waitForStatus(id, 'COMPLETED');
  expect((await groundTruth(house, dealNo)).charges).toBe(1);
  expect((await chargeRequests(`${dealNo}-1`)).length).toBeGreaterThanOrEqual(2); // asked again under the same key
  expect((await payer.deal(id)).payments).toMatchObject([{ attempt: 1, status: 'PAID' }]);
  await expectMoneyBalanced(house, dealNo);
});

test('a PG that answers with another amount stops the deal for a person, and charges nothing more', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  await house.sandboxes.softpayment.setFaults({ fault: 'wrong-amount', match: { orderId: `${dealNo}-1` }, times: 2 });
  const confirmed = payer.confirm(id, await payer.registerCard());
  await payer.waitForWaiting(id, 'charge-unknown');
  const tasks = async () => house.db('operator_tasks').where({ deal_id: id, severity: 'task' });
  await poll(tasks, (rows) => rows.length === 1, { what: 'an operator task' });
  await confirmed;
  await payer.waitForStatus(id, 'COMPLETED'); // the third answer is right
  await expectMoneyBalanced(house, dealNo);
});

test.each(['error-500', 'rate-limit', 'timeout-before', 'timeout-after', 'drop-after-commit', 'garbage', 'slow'])(
  'three times "%s" from the PG in a row still end in one charge and a completed deal',
  async (fault) => {
    const payer = await house.payer();
    const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
    await house.sandboxes.softpayment.setFaults({ fault, match: { orderId: `${dealNo}-1` }, times: 3 });
    await payer.confirm(id, await payer.registerCard());
    await payer.waitForStatus(id, 'COMPLETED');
    expect((await groundTruth(house, dealNo)).charges).toBe(1);
    await expectMoneyBalanced(house, dealNo);
  },
);
