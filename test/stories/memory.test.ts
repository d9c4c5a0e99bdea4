/** A worker runs out of memory in the middle of many charges (F10): V8 ends it, slowly at first, and its successor finishes every deal. */
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { type ProcessHouse, startProcesses } from '../servers/processes';

let house: ProcessHouse;
beforeAll(async () => {
  house = await startProcesses();
});
afterAll(() => house.stop());

const PAYERS = 4;
const DEALS_PER_PAYER = 3; // a card's limit of an hour
const HEAP_MB = 256;

/** A deal whose charge the PG answers only after a while. */
async function slowDeals() {
  const payer = await house.payer();
  const [cardId, recipientId] = [await payer.registerCard(), await payer.addRecipient()];
  const deals = await Promise.all(Array.from({ length: DEALS_PER_PAYER }, () => payer.createDeal(recipientId)));
  return deals.map((deal) => ({ payer, cardId, ...deal }));
}

test('a worker that runs out of memory while a dozen cards are being charged: the next one ends every deal, each charged once', async () => {
  await house.worker.kill();
  house.worker.start({ heapMb: HEAP_MB });
  const deals = (await Promise.all(Array.from({ length: PAYERS }, slowDeals))).flat();
  await house.sandboxes.softpayment.setFaults({ fault: 'slow', match: { path: '/billing/payment' }, delayMs: 1_500 });
  for (const { payer, id, cardId } of deals) payer.confirm(id, cardId).catch(() => undefined);
  await Promise.all(deals.map(({ dealNo }) => house.chargeAsked(`${dealNo}-1`)));
  house.worker.hoard();
  expect(await house.worker.died()).toBe('SIGABRT');
  house.worker.start();
  for (const { payer, id, dealNo } of deals) {
    await payer.waitForStatus(id, 'COMPLETED');
    expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
    await expectMoneyBalanced(house, dealNo);
  }
});
