import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { poll } from '../fixtures/poll';
import { type ProcessHouse, startProcesses } from '../servers/processes';

let house: ProcessHouse;
beforeAll(async () => {
  house = await startProcesses();
});
afterAll(() => house.stop());

/** A deal ready to be confirmed, whose charge the PG answers only after `slowMs`. */
async function slowDeal(slowMs: number) {
  const payer = await house.payer();
  const [cardId, recipientId] = [await payer.registerCard(), await payer.addRecipient()];
  const deal = await payer.createDeal(recipientId);
  const match = { orderId: `${deal.dealNo}-1` };
  await house.sandboxes.softpayment.setFaults({ fault: 'slow', match, times: 1, delayMs: slowMs });
  return { payer, cardId, ...deal };
}

test('a worker killed while the charge is under way: the next one completes the deal with one charge', async () => {
  const { payer, id, dealNo, cardId } = await slowDeal(1_500);
  const confirmed = payer.confirm(id, cardId);
  await house.chargeAsked(`${dealNo}-1`);
  await house.worker.kill();
  house.worker.start();
  expect([200, 202]).toContain((await confirmed).status);
  await payer.waitForStatus(id, 'COMPLETED');
  expect((await groundTruth(house, dealNo)).charges).toBe(1);
  await expectMoneyBalanced(house, dealNo);
});

test('a worker killed while the transfer is under way: the money is sent once', async () => {
  const { payer, id, dealNo, cardId } = await slowDeal(0);
  const match = { reference: `${dealNo}-T1` };
  await house.sandboxes.bank.setFaults({ fault: 'slow', match, times: 1, delayMs: 1_500 });
  const confirmed = payer.confirm(id, cardId);
  const sent = (entries: { reference?: string }[]) => entries.some(({ reference }) => reference === match.reference);
  await poll(house.sandboxes.bank.journal, sent, { what: 'the transfer is asked' });
  await house.worker.kill();
  house.worker.start();
  await confirmed;
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test('an API killed during a confirm: the deal completes with one charge, and asking again says so', async () => {
  const { payer, id, dealNo, cardId } = await slowDeal(1_500);
  const confirmed = payer.confirm(id, cardId, 'one-key').catch(() => 'cut off');
  await house.chargeAsked(`${dealNo}-1`);
  await house.api.kill();
  expect(await confirmed).toBe('cut off');
  house.api.start();
  await house.apiUp();
  await payer.waitForStatus(id, 'COMPLETED');
  const again = await poll(
    () => payer.confirm(id, cardId, 'one-key'),
    ({ status }) => status !== 409, // the lease of the request that died
    { what: 'the key is free again' },
  );
  expect([again.status, again.body.status]).toEqual([200, 'COMPLETED']);
  expect((await groundTruth(house, dealNo)).charges).toBe(1);
  await expectMoneyBalanced(house, dealNo);
});

test('everything killed at once during a charge: after the restart the deal completes by itself', async () => {
  const { payer, id, dealNo, cardId } = await slowDeal(1_500);
  const confirmed = payer.confirm(id, cardId).catch(() => 'cut off');
  await house.chargeAsked(`${dealNo}-1`);
  await Promise.all([house.api.kill(), house.worker.kill()]);
  await confirmed;
  for (const member of [house.api, house.worker]) member.start();
  await house.apiUp();
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});
