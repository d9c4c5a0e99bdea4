import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced } from '../fixtures/balance';
import { kstClockAt } from '../fixtures/kst-clock';
import { BY, refusalOf } from '../fixtures/operator';
import { accountEnding } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
let pg: FaultBoard;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({
    policy: { unknownTimetableMs: [300] },
  });
  pg = faultBoard(house.sandboxes.softpayment);
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

/** What operators ordered, as the deal's story keeps it. */
const ordersOf = ({ id }: Story): Promise<string[]> =>
  house.db('deal_events').where({ deal_id: id, actor: BY.actor }).whereRaw('from_state = to_state').pluck('cause');

async function endsRefunded({ payer, id, dealNo, operator, waits }: Story): Promise<void> {
  await waits('retry-due');
  await operator.refund();
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
}

test.concurrent('a cancel from Temporal comes too late for a failed transfer, and operators still move the deal', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { payer, id, dealNo, operator } = story;
  await story.workflow.cancel();
  await operator.retryTransfer();
  await payer.waitForTransfers(id, 4);
  await story.waits('retry-due');
  expect(await payer.deal(id)).toMatchObject({ status: 'TRANSFER_FAILED', cancelRequested: false });
  await operator.correctAccount(await payer.addRecipient());
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a cancel from Temporal before any charge closes the deal', async () => {
  const { payer, id, dealNo, workflow } = await waitingDeal(house, 'card-needed', { card: '0101' });
  await workflow.cancel();
  await payer.waitForStatus(id, 'CANCELLED');
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a cancel from Temporal while a charge is unknown is heard when it turns out done', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, total } = story;
  const mend = await pg.strike({ fault: 'garbage', match: { path: '/billing/payment', orderId: `${dealNo}-1` } });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  await story.workflow.cancel();
  await poll(
    () => payer.deal(id),
    (deal) => deal.cancelRequested,
    { what: 'the cancel is recorded' },
  );
  await mend();
  const deal = await payer.waitForStatus(id, 'CANCELLED');
  expect(deal.payments).toMatchObject([{ status: 'REFUNDED', refundedAmount: total }]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('while a transfer is unknown every order is refused in words, and the deal stays as it is', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, operator } = story;
  await bank.strike({ fault: 'processing', match: { reference: `${dealNo}-T1` }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  expect(await refusalOf(operator.refund())).toMatch(/TRANSFERRING.*a transfer that has begun is finished first/);
  const correct = () => operator.correctAccount(story.recipientId);
  for (const order of [operator.retryTransfer, operator.release, correct])
    expect(await refusalOf(order())).toMatch(/transfer-unknown/);
  bank.hurry(`${dealNo}-T1`);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await ordersOf(story)).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('while an attempt is under way every order is refused, and what was ordered before is not lost', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { payer, id, dealNo, operator } = story;
  const reference = `${dealNo}-T4`;
  await bank.strike({ fault: 'slow', match: { reference }, delayMs: WHEN_HURRIED });
  await operator.retryTransfer();
  await poll(house.sandboxes.bank.journal, (entries) => entries.some((entry) => entry.reference === reference), {
    what: 'the attempt is under way',
  });
  const other = await payer.addRecipient();
  for (const order of [operator.refund, operator.retryTransfer, () => operator.correctAccount(other), operator.release])
    expect(await refusalOf(order())).toMatch(/^not now/);
  bank.hurry(reference);
  expect((await payer.waitForTransfers(id, 4)).transfers).toHaveLength(4);
  expect(await ordersOf(story)).toEqual(['retry']);
  await endsRefunded(story);
});

test.concurrent('of orders given at the same time one is taken and carried out', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { payer, id, dealNo, operator } = story;
  const other = await payer.addRecipient();
  const orders = [
    operator.retryTransfer(),
    operator.refund(),
    operator.retryTransfer(),
    operator.correctAccount(other),
  ];
  const taken = (await Promise.allSettled(orders)).map(({ status }) => status === 'fulfilled');
  const [retried, refunded, retriedToo, corrected] = taken;
  expect(taken.filter(Boolean)).toHaveLength(1);
  expect(await ordersOf(story)).toHaveLength(1);
  if (refunded) await payer.waitForStatus(id, 'REFUNDED');
  if (corrected) await payer.waitForStatus(id, 'COMPLETED');
  if (retried || retriedToo) {
    expect((await payer.waitForTransfers(id, 4)).transfers).toHaveLength(4);
    await endsRefunded(story);
  }
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent.each([
  { account: '0208', waits: 'retry-due', what: 'failed' },
  { account: '0209', waits: 'operator-needed', what: 'came back' },
] as const)('a transfer that $what is corrected only to another verified account of the same payer', async (cast) => {
  const story = await prepareDeal(house, cast);
  const { payer, id, dealNo, operator } = story;
  void beginConfirm(story);
  await story.waits(cast.waits);
  const stranger = await house.payer();
  const refused = { bankCode: '092', accountNumber: accountEnding('0298'), holderName: '김수취' };
  expect((await payer.call('POST', '/v1/recipients', refused)).status).toBe(422);
  const unverified = await house.db('bank_accounts').where({ user_id: payer.userId, account_last4: '0298' }).first();
  for (const recipientId of [
    story.recipientId,
    await payer.addRecipient(story.accountNumber), // the same account under another row
    await stranger.addRecipient(),
    unverified.id,
  ])
    expect(await refusalOf(operator.correctAccount(recipientId))).toMatch(/another verified one of the same payer/);
  expect(await ordersOf(story)).toEqual([]);
  await operator.correctAccount(await payer.addRecipient());
  const { transfers } = await payer.waitForStatus(id, 'COMPLETED');
  expect(transfers).toHaveLength(cast.account === '0209' ? 2 : 4);
  await expectMoneyBalanced(house, dealNo);
});

const SHINHAN = '088'; // closed from 23:30 to 00:30 KST

test('while a retry in line waits for the bank a refund is refused in words, and the deal does not spin', async () => {
  const clock = kstClockAt('23:29:00');
  const night = await startHouse({ clock: clock.now, policy: { quoteMs: 86_400_000, transferRetryMs: 1_500 } });
  try {
    const story = await prepareDeal(night, { account: '0207', bankCode: SHINHAN });
    const { id, dealNo, operator, workflow } = story;
    void beginConfirm(story);
    await poll(
      () => night.db('transfers').where({ deal_id: id }).pluck('status'),
      ([first]) => first === 'FAILED',
      { what: 'the first attempt fails while the bank is open' },
    );
    clock.set('00:29:54', 1);
    await story.waits('bank-closed');
    expect(await refusalOf(operator.refund())).toMatch(/TRANSFERRING.*a transfer that has begun is finished first/);
    await expect(operator.retryTransfer()).rejects.toThrow();
    expect((await workflow.fetchHistory()).events?.length).toBeLessThan(50);
    expect(await workflow.result()).toBe('COMPLETED');
    expect(await night.db('transfers').where({ deal_id: id }).orderBy('attempt').pluck('code')).toEqual([
      '903',
      '903',
      '0000',
    ]);
    await expectMoneyBalanced(night, dealNo);
  } finally {
    await night.stop();
  }
});
