import { expectMoneyBalanced } from '../fixtures/balance';
import { type KstClock, kstClockAt } from '../fixtures/kst-clock';
import { workflowWaits } from '../fixtures/operator';
import { accountEnding } from '../fixtures/payer';
import { type House, startHouse } from '../servers/house';

const DAY_MS = 86_400_000;
const SHINHAN = '088'; // closed from 23:30 to 00:30 KST

async function withHouseAt(kst: string, story: (house: House, clock: KstClock) => Promise<void>): Promise<void> {
  const clock = kstClockAt(kst);
  const house = await startHouse({ clock: clock.now, policy: { quoteMs: DAY_MS } });
  try {
    await story(house, clock);
  } finally {
    await house.stop();
  }
}

async function newDeal(house: House, bankCode: string) {
  const payer = await house.payer();
  const deal = await payer.createDeal(await payer.addRecipient(accountEnding('1234'), bankCode));
  return { payer, cardId: await payer.registerCard(), ...deal };
}

async function paidDeal(house: House, bankCode: string) {
  const deal = await newDeal(house, bankCode);
  expect((await deal.payer.confirm(deal.id, deal.cardId)).status).toBe(200);
  return deal;
}

test('while the bank is closed the deal stays paid and says when it will move; the payer may still cancel', () =>
  withHouseAt('23:45:00', async (house) => {
    const { payer, id, dealNo } = await paidDeal(house, SHINHAN);
    const waiting = await payer.waitForWaiting(id, 'bank-closed');
    expect(waiting.status).toBe('PAID');
    expect(waiting.waiting?.nextMoveAt).toMatch(/T15:30:00/); // 00:30 KST
    expect((await house.sandboxes.bank.journal()).filter(({ path }) => path === '/transfers')).toEqual([]);
    await workflowWaits(house, id, 'bank-closed');
    expect((await payer.cancel(id)).status).toBe(200);
    await payer.waitForStatus(id, 'REFUNDED');
    await expectMoneyBalanced(house, dealNo);
  }));

test('as soon as the bank opens the transfer is made', () =>
  withHouseAt('00:29:30', async (house, clock) => {
    const { payer, id, dealNo, cardId } = await newDeal(house, SHINHAN);
    clock.set('00:29:55');
    expect((await payer.confirm(id, cardId)).status).toBe(200);
    await payer.waitForWaiting(id, 'bank-closed');
    await payer.waitForStatus(id, 'COMPLETED');
    await expectMoneyBalanced(house, dealNo);
  }));

test('a bank that never closes is paid in the middle of the night', () =>
  withHouseAt('23:59:00', async (house) => {
    const { payer, id, dealNo } = await paidDeal(house, '092');
    await payer.waitForStatus(id, 'COMPLETED');
    await expectMoneyBalanced(house, dealNo);
  }));
