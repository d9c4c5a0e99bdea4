import { WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { ALWAYS_OPEN_BANK, accountEnding, type Payer } from '../fixtures/payer';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';
import type { JournalEntry } from '../servers/sandboxes';

/** Long enough to be seen waiting. */
const GIVE_UP_AFTER_MS = 5_000;

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { ...NO_ANSWERS, giveUpAfterMs: GIVE_UP_AFTER_MS } });
});
afterAll(() => house.stop());

/** A deal to an account with this ending, paid with an ordinary card. */
async function payTo(last4: string) {
  const payer = await house.payer();
  const deal = await payer.createDeal(await payer.addRecipient(accountEnding(last4)));
  expect((await payer.confirm(deal.id, await payer.registerCard())).status).toBe(200);
  return { payer, ...deal };
}

/** What the bank was asked about the deal, in order. */
const requestsOf = async (dealNo: string) =>
  (await house.sandboxes.bank.journal()).filter(
    ({ kind, reference }) => kind === 'request' && reference?.startsWith(`${dealNo}-`),
  );
const isSend = ({ method }: JournalEntry) => method === 'POST';
const sendsOf = async (dealNo: string) => (await requestsOf(dealNo)).filter(isSend).map(({ reference }) => reference);

/** Until the payer reads when the deal is given up, if nobody acts: sooner than any batch. */
async function untilItSaysWhen(payer: Payer, id: string): Promise<void> {
  const { failing_since: since } = await house.db('deals').where({ id }).first();
  const givenUpAt = new Date(since).getTime() + GIVE_UP_AFTER_MS;
  await poll(
    () => payer.deal(id),
    ({ waiting }) => Math.abs(new Date(waiting?.nextMoveAt ?? 0).getTime() - givenUpAt) < 1_000,
    { what: `deal ${id} says when it is given up` },
  );
}

test.concurrent.each([
  ['0201', 'no such account', '412'],
  ['0202', 'closed', '415'],
  ['0203', 'name mismatch at transfer', '815'],
  ['0205', 'undecided, then suspended for an accident', '419'],
])('an account ending %s (%s) gets nothing and the payer gets principal and fee back', async (last4, _, code) => {
  const { payer, id, dealNo, total } = await payTo(last4);
  const deal = await payer.waitForStatus(id, 'REFUNDED');
  expect(deal.transfers).toMatchObject([{ attempt: 1, status: 'FAILED', code }]);
  expect(deal.payments).toMatchObject([{ status: 'REFUNDED', refundedAmount: total }]);
  expect(await payer.path(id)).toEqual(['PENDING', 'PAID', 'TRANSFERRING', 'TRANSFER_FAILED', 'REFUNDED']);
  expect(await sendsOf(dealNo)).toEqual([`${dealNo}-T1`]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent.each([
  ['0204', 'bank timeout'],
  ['0206', 'processing for long'],
])('a transfer to …%s (%s) is asked about, never sent again, and completes', async (last4) => {
  const { payer, id, dealNo } = await payTo(last4);
  await payer.waitForWaiting(id, 'transfer-unknown');
  expect((await groundTruth(house, dealNo)).refunded).toBe(0);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await sendsOf(dealNo)).toEqual([`${dealNo}-T1`]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('an account ending 0207 fails twice for a moment and is paid at the third try', async () => {
  const { payer, id, dealNo } = await payTo('0207');
  const deal = await payer.waitForStatus(id, 'COMPLETED');
  expect(deal.transfers.map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'COMPLETED']);
  expect(await sendsOf(dealNo)).toEqual([1, 2, 3].map((n) => `${dealNo}-T${n}`));
  await expectMoneyBalanced(house, dealNo);
});

test('an account ending 0208 fails every time: after the tries in line the deal waits, is given up and refunded', async () => {
  const { payer, id, dealNo, total } = await payTo('0208');
  const waiting = await payer.waitForWaiting(id, 'retry-due');
  expect(waiting.status).toBe('TRANSFER_FAILED');
  expect(waiting.waiting?.nextMoveAt).not.toBeNull();
  await untilItSaysWhen(payer, id);
  const deal = await payer.waitForStatus(id, 'REFUNDED');
  expect(deal.transfers).toHaveLength(3);
  expect(deal.payments).toMatchObject([{ status: 'REFUNDED', refundedAmount: total }]);
  await expectMoneyBalanced(house, dealNo);
});

test('money that comes back from an account ending 0209 reopens the deal; with nobody acting it is refunded, never re-sent', async () => {
  const { payer, id, dealNo } = await payTo('0209');
  const failed = await payer.waitForWaiting(id, 'operator-needed');
  expect(failed.status).toBe('TRANSFER_FAILED');
  await untilItSaysWhen(payer, id);
  const deal = await payer.waitForStatus(id, 'REFUNDED');
  expect(deal.transfers).toMatchObject([{ attempt: 1, status: 'RETURNED' }]);
  expect(await payer.path(id)).toEqual(['PENDING', 'PAID', 'TRANSFERRING', 'COMPLETED', 'TRANSFER_FAILED', 'REFUNDED']);
  expect(await sendsOf(dealNo)).toEqual([`${dealNo}-T1`]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent.each(['0298', '0299'])(
  'an account ending %s fails its real-name check and is no recipient',
  async (last4) => {
    const payer = await house.payer();
    const recipient = { bankCode: ALWAYS_OPEN_BANK, accountNumber: accountEnding(last4), holderName: '김수취' };
    expect((await payer.call('POST', '/v1/recipients', recipient)).status).toBe(422);
  },
);

test.each([
  'timeout-after',
  'drop-after-commit',
  'error-500',
  'garbage',
  'rate-limit',
  'timeout-before',
  'late-success',
])('a transfer met by "%s" is made exactly once', async (fault) => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  await house.sandboxes.bank.setFaults({
    fault,
    match: { reference: `${dealNo}-T1`, path: 'POST /transfers' },
    times: 1,
  });
  await payer.confirm(id, await payer.registerCard());
  const deal = await payer.waitForStatus(id, 'COMPLETED');
  expect(deal.transfers).toMatchObject([{ attempt: 1, status: 'COMPLETED' }]);
  expect(new Set(await sendsOf(dealNo))).toEqual(new Set([`${dealNo}-T1`]));
  await expectMoneyBalanced(house, dealNo);
});

test('a transfer that the bank has and does not show for seconds is made once, whether it says "not found" or "DUP"', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  const match = { reference: `${dealNo}-T1`, path: 'POST /transfers' };
  // Hidden for longer than notFoundSettle: it is asked for, sent again, and asked for again.
  await house.sandboxes.bank.setFaults({ fault: 'late-success', match, times: 1, delayMs: WHEN_HURRIED });
  await payer.confirm(id, await payer.registerCard());
  await poll(
    () => requestsOf(dealNo),
    (requests) => requests.filter(isSend).length > 1 && requests.findLastIndex(isSend) < requests.length - 1,
    { what: 'the transfer is sent again, and asked about after the answer to that' },
  );
  house.sandboxes.bank.hurry(match.reference);
  const deal = await payer.waitForStatus(id, 'COMPLETED');
  expect(deal.transfers).toMatchObject([{ attempt: 1, status: 'COMPLETED' }]);
  expect(new Set(await sendsOf(dealNo))).toEqual(new Set([`${dealNo}-T1`]));
  await expectMoneyBalanced(house, dealNo);
});

test.each(['timeout-after', 'drop-after-commit', 'error-500', 'garbage'])(
  'a refund met by "%s" gives the money back exactly once',
  async (fault) => {
    const { softpayment } = house.sandboxes;
    await softpayment.setFaults({ fault, match: { path: '/cancel' }, times: 2 });
    const { payer, id, dealNo, total } = await payTo('0202');
    await payer.waitForStatus(id, 'REFUNDED');
    expect((await groundTruth(house, dealNo)).refunded).toBe(total);
    await softpayment.setFaults();
    await expectMoneyBalanced(house, dealNo);
  },
);
