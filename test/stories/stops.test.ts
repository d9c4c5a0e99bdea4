import { liftStop, stopLeg } from '../../db/stop-switches';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import {
  liftStopOf,
  openTasks,
  refusalOf,
  ruleTransferFailed,
  runBatch,
  stopOf,
  taskOpens,
  untilTaken,
} from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { beginConfirm, headerOf, prepareDeal, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
let bank: FaultBoard;
beforeAll(async () => {
  // Long enough between two looks at the switch that an order meets the deal at rest.
  house = await startHouse({ policy: { stopRecheckMs: 2_000 } });
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

const stop = (leg: 'charge' | 'transfer') => stopLeg(house.db, stopOf(leg));
const lift = (leg: 'charge' | 'transfer') => liftStopOf(house.db, leg);
afterEach(async () => {
  for (const leg of ['charge', 'transfer'] as const) await lift(leg);
});

test('while charges are stopped a confirm is 503, charges nothing and may be repeated once they are not', async () => {
  const { payer, id, dealNo, cardId } = await prepareDeal(house);
  await stop('charge');
  const refused = await payer.confirm(id, cardId, 'one-key');
  expect([refused.status, refused.body.code]).toEqual([503, 'charges-stopped']);
  expect(refused.headers.get('retry-after')).not.toBeNull();
  expect(await payer.deal(id)).toMatchObject({ status: 'PENDING', payments: [] });
  await lift('charge');
  expect((await payer.confirm(id, cardId, 'one-key')).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test('a stop that the confirm had not seen is seen by the charge’s intent: nothing is sent, nothing stays reserved', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, cardId } = story;
  await stop('charge');
  const answer = await house.engine.confirm(headerOf(story), { attempt: 1, cardId, ...DEVICE }, 10_000);
  expect(answer).toMatchObject({ kind: 'decided', outcome: { kind: 'unavailable' } });
  expect(await payer.deal(id)).toMatchObject({ status: 'PENDING', payments: [{ declineCode: 'charges-stopped' }] });
  const asked = (await house.sandboxes.softpayment.journal()).filter(({ orderId }) => orderId === `${dealNo}-1`);
  expect(asked).toEqual([]);
  const reserved = await house.db('risk_decisions').where({ deal_id: id, reserved: true, released_at: null });
  expect(reserved).toEqual([]);
  await lift('charge');
  expect((await payer.confirm(id, cardId)).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test('while transfers are stopped a charged deal waits and says so; lifted, it is paid out by itself', async () => {
  const { payer, id, dealNo, cardId } = await prepareDeal(house);
  await stop('transfer');
  await payer.confirm(id, cardId);
  const waiting = await payer.waitForWaiting(id, 'operator-needed');
  expect(waiting).toMatchObject({ status: 'PAID', transfers: [] });
  expect(waiting.waiting?.nextMoveAt).not.toBeNull();
  await lift('transfer');
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});

test('a payer may cancel a deal that waits for the stop to be lifted, and an operator may refund it', async () => {
  await stop('transfer');
  const [cancelled, refunded] = [
    await waitingDeal(house, 'operator-needed'),
    await waitingDeal(house, 'operator-needed'),
  ];
  expect([200, 202]).toContain((await cancelled.payer.cancel(cancelled.id)).status);
  await untilTaken(refunded.operator.refund);
  for (const { payer, id, dealNo } of [cancelled, refunded]) {
    expect((await payer.waitForStatus(id, 'REFUNDED')).transfers).toEqual([]);
    await expectMoneyBalanced(house, dealNo);
  }
});

test('a transfer that was begun before the stop goes on to its end', async () => {
  const story = await prepareDeal(house);
  await bank.strike({ fault: 'processing', match: { reference: `${story.dealNo}-T1` }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await stop('transfer');
  bank.hurry(`${story.dealNo}-T1`);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});

/** How often the bank was asked for this deal's first transfer by this method. */
async function askedOf({ dealNo }: Story, method: 'GET' | 'POST'): Promise<number> {
  const journal = await house.sandboxes.bank.journal();
  return journal.filter((entry) => entry.method === method && entry.reference === `${dealNo}-T1`).length;
}

/** The payout never reached the bank, which says so each time it is asked; sent again it gets there once the bank is mended. */
async function transferThatGetsLost(): Promise<{ story: Story; mend: () => Promise<void> }> {
  const story = await prepareDeal(house);
  const post = { reference: `${story.dealNo}-T1`, path: 'POST /transfers' };
  const mend = await bank.strike({ fault: 'error-500', match: post });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  return { story, mend };
}

/** Until the bank has been asked so many times more. */
async function askedOn(story: Story, times: number): Promise<void> {
  const before = await askedOf(story, 'GET');
  await poll(
    () => askedOf(story, 'GET'),
    (now) => now >= before + times,
    { what: 'the bank is asked on' },
  );
}

test.each([
  [
    'transfers are stopped',
    async () => {
      await stop('transfer');
      return () => lift('transfer');
    },
  ],
  [
    'its charge is disputed',
    async ({ operator, dealNo }: Story) => {
      await operator.chargeback('open', dealNo);
      return () => operator.chargeback('won', dealNo);
    },
  ],
])('a transfer that the bank never had is not sent once more while %s', async (_, holdBack) => {
  const { story, mend } = await transferThatGetsLost();
  const letGo = await holdBack(story);
  await askedOn(story, 2); // what was on its way in that moment has been answered
  const sent = await askedOf(story, 'POST');
  await mend();
  // By the timetable, so many questions take longer than the time after which the bank's "not found" is believed.
  await askedOn(story, 6);
  expect(await askedOf(story, 'POST')).toBe(sent);
  await letGo();
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await askedOf(story, 'POST')).toBe(sent + 1);
  expect((await groundTruth(house, story.dealNo)).transfersOut).toBe(1);
});

test('the retry batch makes no attempt while transfers are stopped; the next one after the lift does', async () => {
  const story = await prepareDeal(house);
  const mend = await bank.strike({ fault: 'bank-closed' });
  void beginConfirm(story);
  await story.waits('retry-due');
  const before = (await story.payer.deal(story.id)).transfers.length;
  await stop('transfer');
  await mend();
  const row = house.db('deals').where({ id: story.id });
  await row.clone().update({ next_move_at: new Date() }); // the hour of the batch has come
  await runBatch(house, 'transferRetryWorkflow');
  await poll(
    () => row.clone().first('waiting_reason', 'next_move_at'),
    ({ waiting_reason, next_move_at }) => waiting_reason === 'retry-due' && next_move_at > new Date(),
    { what: `${story.dealNo} waits for the next batch` },
  );
  expect((await story.payer.deal(story.id)).transfers).toHaveLength(before);
  await lift('transfer');
  await runBatch(house, 'transferRetryWorkflow');
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});

test('a stop between two attempts in line: the deal waits where an operator can refund it, and it is given up in time', async () => {
  const patient = await startHouse({ policy: { giveUpAfterMs: 10_000, transferRetryMs: 3_000 } });
  try {
    const stories = [await prepareDeal(patient, { account: '0207' }), await prepareDeal(patient, { account: '0207' })];
    for (const story of stories) {
      void beginConfirm(story);
      await story.payer.waitForTransfers(story.id, 1);
    }
    await stopLeg(patient.db, stopOf('transfer'));
    const [refunded, forgotten] = stories as [Story, Story];
    for (const story of stories) await story.waits('retry-due');
    await refunded.operator.refund();
    for (const { payer, id, dealNo } of [refunded, forgotten]) {
      expect((await payer.waitForStatus(id, 'REFUNDED')).transfers).toHaveLength(1);
      await expectMoneyBalanced(patient, dealNo);
    }
  } finally {
    await patient.stop();
  }
});

test('money that reached the account that was replaced holds back the new one until it has come back', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, operator } = story;
  const match = { reference: `${dealNo}-T1` };
  await bank.strike({ fault: 'lands-late', match, delayMs: WHEN_HURRIED });
  await bank.strike({ fault: 'bank-closed', match });
  await bank.strike({ fault: 'late-return', match, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await stop('transfer'); // so that no attempt to the new account comes before the late news
  await ruleTransferFailed(house, id);
  await story.waits('retry-due');
  const replacement = await payer.addRecipient();
  await untilTaken(() => operator.correctAccount(replacement)); // the deal looks at the switch now and then
  await story.waits('retry-due');
  bank.hurry(match.reference); // it is paid after all
  await taskOpens(house, id, 'paid-after-failure');
  expect(await payer.deal(id)).toMatchObject({ status: 'TRANSFER_FAILED', transfers: [{ status: 'FAILED' }] });
  await lift('transfer');
  expect(await refusalOf(operator.retryTransfer())).toMatch(/its money is in doubt: paid-after-failure/);
  bank.hurry(match.reference); // the money comes back
  await poll(
    () => openTasks(house, id),
    (tasks) => tasks.length === 0,
    { what: 'the money is back' },
  );
  await story.waits('retry-due');
  await untilTaken(operator.retryTransfer);
  await payer.waitForStatus(id, 'COMPLETED');
  const [first, second] = await house.db('transfers').where({ deal_id: id }).orderBy('attempt');
  const journal = await house.sandboxes.bank.journal();
  const cameBack = journal.findIndex(({ effect, reference }) => effect === 'returned' && reference === `${dealNo}-T1`);
  expect(cameBack).toBeGreaterThan(0);
  expect(journal.findIndex(({ reference }) => reference === `${dealNo}-T2`)).toBeGreaterThan(cameBack);
  expect([first.status, second.status]).toEqual(['FAILED', 'COMPLETED']);
  expect(second.recipient_id).toBe(replacement);
  await expectMoneyBalanced(house, dealNo);
});

test('two sources stop side by side: lifting one leaves the other’s stop standing', async () => {
  const { payer, id, dealNo, cardId } = await prepareDeal(house);
  await stop('charge');
  const float = { leg: 'charge', source: 'float', actor: 'system', reason: 'float low' } as const;
  await stopLeg(house.db, float);
  await lift('charge');
  expect((await payer.confirm(id, cardId)).status).toBe(503);
  await liftStop(house.db, float);
  expect((await payer.confirm(id, cardId)).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
  const events = await house.db('stop_switch_events').where({ leg: 'charge' }).whereLike('reason', '%').pluck('action');
  expect(events).toEqual(expect.arrayContaining(['stop', 'lift']));
});
