import { type FaultBoard, faultBoard } from '../faults/faults';
import { expectMoneyBalanced } from '../fixtures/balance';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import type { Fault, JournalEntry } from '../servers/sandboxes';

/** Temporal gives a try up long before the call's own limit: the try goes on, and the next one runs beside it. */
let house: House;
let pg: FaultBoard;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({ policy: { startToCloseMs: 800, providerTimeoutMs: 6_000 } });
  pg = faultBoard(house.sandboxes.softpayment);
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

const SLOW: Pick<Fault, 'fault' | 'delayMs'> = { fault: 'slow', delayMs: 2_500 };

/** Until the provider has been asked as often, so that tries stand side by side. */
const asked = (provider: 'softpayment' | 'bank', times: number, isIt: (entry: JournalEntry) => boolean) =>
  poll(
    house.sandboxes[provider].journal,
    (journal) => journal.filter((entry) => entry.kind === 'request' && isIt(entry)).length >= times,
    { what: `${times} tries at ${provider}` },
  );

async function endsOnce({ payer, id, dealNo }: Story, status: string): Promise<void> {
  await payer.waitForStatus(id, status);
  await expectMoneyBalanced(house, dealNo);
}

test('a charge whose first try goes on beside the next one is made and booked once', async () => {
  const story = await prepareDeal(house);
  const orderId = `${story.dealNo}-1`;
  const mend = await pg.strike({ ...SLOW, match: { path: '/billing/payment', orderId } });
  void beginConfirm(story);
  await asked('softpayment', 2, (entry) => entry.orderId === orderId);
  await mend();
  await endsOnce(story, 'COMPLETED');
});

test('a transfer whose first try goes on beside the next one is sent and booked once', async () => {
  const story = await prepareDeal(house);
  const reference = `${story.dealNo}-T1`;
  const mend = await bank.strike({ ...SLOW, match: { reference } });
  void beginConfirm(story);
  await asked('bank', 2, (entry) => entry.reference === reference);
  await mend();
  await endsOnce(story, 'COMPLETED');
});

test('a refund whose first try goes on beside the next one is made and booked once', async () => {
  const story = await prepareDeal(house, { account: '0201' });
  const orderId = `${story.dealNo}-1`;
  const mend = await pg.strike({ ...SLOW, match: { path: '/cancel', orderId } });
  void beginConfirm(story);
  await asked('softpayment', 2, (entry) => entry.orderId === orderId && Boolean(entry.path?.includes('/cancel')));
  await mend();
  await endsOnce(story, 'REFUNDED');
});
