/** A deal whose principal the bank does not pay by its API is paid by a person, and PLIC books it: once, with evidence. */
import { acceptBreak } from '../../api/operator/accept-break';
import { manualTransfer } from '../../api/operator/manual-transfer';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { stopLeg } from '../../db/stop-switches';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { giveBack, payAtTheBank, payByHand } from '../fixtures/by-hand';
import { BY, liftStopOf, openTasks, refusalOf, ruleTransferFailed, stopOf, taskOpens } from '../fixtures/operator';
import { NO_ANSWERS } from '../fixtures/policy';
import { approvedOf, approvedRequest } from '../fixtures/requests';
import { beginConfirm, prepareDeal, type Story, waitingDeal } from '../fixtures/story';
import { reconcileDay, reconcileToday } from '../fixtures/today';
import { type House, startHouse } from '../servers/house';

const PRINCIPAL = 100_000;
let house: House;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({ policy: { ...NO_ANSWERS, unknownTimetableMs: [600_000], correctionGraceMs: 600_000 } });
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

const paidByHand = (story: Story) => payByHand(house, story);
const transfersOf = ({ id }: Story) => house.db('transfers').where({ deal_id: id }).orderBy('attempt');
const deps = () => ({ db: house.db, engine: async () => house.engine });
const EVIDENCE = { evidence: 'slip in the safe', reason: BY.reason };

test.each([
  { account: '0202', waits: 'operator-needed', what: 'an account that the bank’s API refuses', attempts: 1 },
  { account: '0208', waits: 'retry-due', what: 'failures that pass', attempts: 3 },
] as const)('$what: paid by hand the deal is completed, its books balance, and the night matches it', async (cast) => {
  const story = await waitingDeal(house, cast.waits, { account: cast.account });
  const { payer, id, dealNo } = story;
  const slip = await paidByHand(story);
  const { transfers } = await payer.waitForStatus(id, 'COMPLETED');
  expect(await story.workflow.result()).toBe('COMPLETED');
  expect(transfers).toHaveLength(cast.attempts + 1);
  expect(transfers.at(-1)).toMatchObject({ reference: `${dealNo}-M${cast.attempts + 1}`, status: 'COMPLETED' });
  await expectMoneyBalanced(house, dealNo);
  const [last] = (await transfersOf(story)).slice(-1);
  expect(last).toMatchObject({ bank_reference: slip.bankReference, evidence: EVIDENCE.evidence, paid_by: BY.actor });
  expect(await house.db('sends').where({ key: last.reference })).toEqual([]);
  expect(await house.db('transfer_jobs').where({ deal_id: id }).first()).toMatchObject({ status: 'COMPLETED' });
  const { open, cash } = await reconcileToday(house);
  expect([open, cash?.unexplained]).toEqual([{}, 0]);
});

test('its payer reads of an ordinary transfer: no word of an operator, and no name', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { payer, id } = story;
  await paidByHand(story);
  const deal = await payer.waitForStatus(id, 'COMPLETED');
  const timeline = await payer.call('GET', `/v1/deals/${id}/timeline`);
  const read = JSON.stringify([deal, timeline.body]);
  for (const word of ['kim', BY.reason, EVIDENCE.evidence, '-SLIP', 'manual', 'by hand'])
    expect(read).not.toContain(word);
  expect(read).toContain('"to":"COMPLETED","actor":"operator","cause":"transferred"');
  const told = await house.db('notices').where({ deal_id: id, template: 'deal-completed' });
  expect(new Set(told.map(({ event }) => event)).size).toBe(1);
});

test('while transfers are stopped what was paid by hand is booked all the same', async () => {
  await stopLeg(house.db, stopOf('transfer'));
  try {
    const story = await waitingDeal(house, 'operator-needed');
    const { payer, id, dealNo } = story;
    await paidByHand(story);
    await payer.waitForStatus(id, 'COMPLETED');
    expect((await transfersOf(story)).map(({ reference }) => reference)).toEqual([`${dealNo}-M1`]);
    await expectMoneyBalanced(house, dealNo);
  } finally {
    await liftStopOf(house.db, 'transfer');
  }
});

test('beside an undecided transfer nobody may begin to pay, and the bank’s answer completes the deal', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, operator } = story;
  await bank.strike({ fault: 'processing', match: { reference: `${dealNo}-T1` }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  expect(await refusalOf(operator.holdByHand())).toMatch(/a transfer that has begun is finished first/);
  bank.hurry(`${dealNo}-T1`);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await transfersOf(story)).toHaveLength(1);
  await expectMoneyBalanced(house, dealNo);
});

test('in a dispute nobody may begin to pay, and without that nothing is booked', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const slip = { bankReference: `${story.dealNo}-SLIP`, tradingDate: kstDayOf(new Date()), amount: PRINCIPAL };
  expect(await refusalOf(story.operator.bookByHand(slip))).toMatch(/it must wait for paying-by-hand/);
  await story.operator.chargeback('open', `case-${story.dealNo}`);
  expect(await refusalOf(story.operator.holdByHand())).toMatch(/its money is in doubt: dispute-open/);
  expect(await transfersOf(story)).toHaveLength(3);
});

test('given twice it is one: at once, and after the deal has ended', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { payer, id, dealNo } = story;
  await story.operator.holdByHand();
  const slip = {
    ...{ ...(await payAtTheBank(house, story)), recipientId: story.recipientId },
    ...{ ...EVIDENCE, evidenceAt: new Date().toISOString() },
  };
  const by = { operator: 'kim', dealNo, request: await approvedOf(house.db, 'manual-transfer', id, slip) };
  const give = () => manualTransfer.carryOut(deps(), by, slip);
  const [first] = await Promise.all([give(), give()]);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(first?.words).toMatch(/manual-transfer accepted|another order/);
  expect(await manualTransfer.judge?.(house.db, by, slip)).toEqual({
    ...{ kind: 'done', words: `${dealNo}: this slip was booked before` },
  });
  const other = { ...slip, bankReference: `${dealNo}-OTHER` };
  const anew = { ...by, request: await approvedOf(house.db, 'manual-transfer', id, other) };
  expect(await manualTransfer.carryOut(deps(), anew, other)).toMatchObject({ why: 'not-now' });
  expect(await transfersOf(story)).toHaveLength(4);
  await expectMoneyBalanced(house, dealNo);
});

test('another recipient, amount or day, a slip of another deal or a reference of PLIC’s own is refused in words', async () => {
  const [paid, story] = (await Promise.all([1, 2].map(() => waitingDeal(house, 'retry-due', { account: '0208' })))) as [
    Story,
    Story,
  ];
  const used = await paidByHand(paid);
  await story.operator.holdByHand();
  const slip = { ...used, bankReference: `${story.dealNo}-SLIP` };
  const DAY = 86_400_000;
  for (const [change, words] of [
    [{ recipientId: paid.recipientId }, new RegExp(`it is paid to recipient ${story.recipientId}, not to another`)],
    [{ amount: PRINCIPAL - 1 }, /the principal is 100000 won, and 99999 were paid/],
    [{ tradingDate: kstDayOf(new Date(Date.now() + DAY)) }, /has not come yet/],
    [{ tradingDate: kstDayOf(new Date(Date.now() - DAY)) }, /is before the charge/],
    [{ evidenceAt: new Date(Date.now() - DAY).toISOString() }, /its evidence is older than the payment/],
    [{ bankReference: used.bankReference }, new RegExp(`pays ${paid.dealNo}`)],
    [{ bankReference: `${paid.dealNo}-T1` }, /is a transfer that PLIC sent/],
  ] as const)
    expect(await refusalOf(story.operator.bookByHand({ ...slip, ...change }))).toMatch(words);
  expect(await transfersOf(story)).toHaveLength(3);
  await story.operator.stopByHand();
  await story.waits('retry-due');
  await story.operator.refund();
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  await expectMoneyBalanced(house, story.dealNo);
});

test('a transfer that was called failed and arrives after all is found to be a second payout', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  const reference = `${dealNo}-T1`;
  await bank.strike({ fault: 'lands-late', match: { reference }, delayMs: WHEN_HURRIED });
  for (const closed of ['T1', 'T2', 'T3'])
    await bank.strike({ fault: 'bank-closed', match: { reference: `${dealNo}-${closed}` } });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, id);
  await story.waits('retry-due');
  await paidByHand(story);
  await payer.waitForStatus(id, 'COMPLETED');
  bank.hurry(reference);
  await taskOpens(house, id, 'paid-after-failure');
  expect(await groundTruth(house, dealNo)).toMatchObject({ transfersOut: 2 });
  expect((await payer.deal(id)).status).toBe('COMPLETED');
  expect(await house.db('doubts').where({ deal_id: id, closed_at: null }).pluck('kind')).toEqual([
    'paid-after-failure',
  ]);
});

test('booked as of another day than the bank’s it is proven by its line all the same, and the break keeps both days', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { payer, id, dealNo, operator } = story;
  const yesterday = kstDayOf(new Date(Date.now() - 86_400_000));
  // Charged yesterday, so that its operator may mean that day.
  await house
    .db('payments')
    .where({ deal_id: id })
    .update({ approved_at: `${yesterday}T12:00:00+09:00` });
  await operator.holdByHand();
  const slip = await payAtTheBank(house, story);
  await operator.bookByHand({ ...slip, tradingDate: yesterday });
  await payer.waitForStatus(id, 'COMPLETED');
  const ofIt = async () =>
    (await breaksAfter(house.db, 0, 'all')).filter((one) => one.class === 'manual-transfer-unproven');
  await reconcileDay(house, yesterday);
  expect(await ofIt()).toMatchObject([{ dealNo, resolution: null }]);
  const { open, cash } = await reconcileToday(house);
  expect([open['manual-transfer-unproven'], open['cash-not-booked'], cash?.unexplained]).toEqual([
    undefined,
    undefined,
    0,
  ]);
  expect(await ofIt()).toMatchObject([
    { resolution: expect.stringMatching(`paid on ${slip.tradingDate}, and booked as of ${yesterday}$`) },
  ]);
  await expectMoneyBalanced(house, dealNo);
});

test('what the bank gives back is a break, and accepting it reopens the deal', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const { payer, id, dealNo, operator } = story;
  const slip = await paidByHand(story);
  await payer.waitForStatus(id, 'COMPLETED');
  await giveBack(house, slip);
  await reconcileToday(house);
  const found = (await breaksAfter(house.db, 0, 'open')).find(({ dealNo: of }) => of === dealNo);
  expect(found).toMatchObject({ class: 'manual-transfer-returned', key: `return:${dealNo}-M4`, amount: PRINCIPAL });
  expect(found?.proposedFix).toMatch(/books the return/);
  const request = await approvedRequest(house.db, { kind: 'accept', subject: `${found?.id}`, dealId: id });
  const order = { operator: 'kim', breakId: found?.id ?? 0, request };
  expect(await acceptBreak.carryOut(deps(), order, { reason: BY.reason })).toMatchObject({ kind: 'done' });
  expect(await acceptBreak.carryOut(deps(), order, { reason: BY.reason })).toMatchObject({ kind: 'done' });
  await story.waits('operator-needed');
  expect(await payer.deal(id)).toMatchObject({ status: 'TRANSFER_FAILED' });
  expect((await transfersOf(story)).at(-1)).toMatchObject({ status: 'RETURNED' });
  await operator.refund();
  await payer.waitForStatus(id, 'REFUNDED');
  await expectMoneyBalanced(house, dealNo);
  const { open } = await reconcileToday(house);
  expect(open['manual-transfer-returned']).toBeUndefined();
  expect(await openTasks(house, id)).toEqual([]);
});
