import { expectMoneyBalanced } from '../support/balance';
import { type House, startHouse } from '../support/house';
import { accountEnding } from '../support/payer';

const DAY_MS = 86_400_000;
const SHINHAN = '088'; // closed from 23:30 to 00:30 KST

/** A clock that shows this KST time of today now, and goes on from there. */
function clockAt(kst: string): () => Date {
  const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
  const aheadMs = new Date(`${today}T${kst}+09:00`).getTime() - Date.now();
  return () => new Date(Date.now() + aheadMs);
}

async function withHouseAt(kst: string, story: (house: House) => Promise<void>): Promise<void> {
  const house = await startHouse({ clock: clockAt(kst), policy: { quoteMs: DAY_MS } });
  try {
    await story(house);
  } finally {
    await house.stop();
  }
}

async function paidDeal(house: House, bankCode: string) {
  const payer = await house.payer();
  const deal = await payer.createDeal(await payer.addRecipient(accountEnding('1234'), bankCode));
  expect((await payer.confirm(deal.id, await payer.registerCard())).status).toBe(200);
  return { payer, ...deal };
}

test('while the bank is closed the deal stays paid and says when it will move; the payer may still cancel', () =>
  withHouseAt('23:45:00', async (house) => {
    const { payer, id, dealNo } = await paidDeal(house, SHINHAN);
    const waiting = await payer.waitForWaiting(id, 'bank-closed');
    expect(waiting.status).toBe('PAID');
    expect(waiting.waiting?.nextMoveAt).toMatch(/T15:30:00/); // 00:30 KST
    expect((await house.sandboxes.bank.journal()).filter(({ path }) => path === '/transfers')).toEqual([]);
    expect((await payer.cancel(id)).status).toBe(200);
    await payer.waitForStatus(id, 'REFUNDED');
    await expectMoneyBalanced(house, dealNo);
  }));

test('as soon as the bank opens the transfer is made', () =>
  withHouseAt('00:29:56', async (house) => {
    const { payer, id, dealNo } = await paidDeal(house, SHINHAN);
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
