/** Whoever can send an update to a deal, and knows an approved request, orders no more by it than it says. */
import { correctAccount, manualTransfer, ruleOutcome } from '../../workflows/deal/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { faultBoard } from '../faults/faults';
import { expectMoneyBalanced } from '../fixtures/balance';
import { payAtTheBank } from '../fixtures/by-hand';
import { BY, refusalOf } from '../fixtures/operator';
import { NO_ANSWERS } from '../fixtures/policy';
import { approvedOf } from '../fixtures/requests';
import { type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const DAY_MS = 86_400_000;
let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { ...NO_ANSWERS, unknownTimetableMs: [600_000], correctionGraceMs: 600_000 } });
});
afterAll(() => house.stop());

/** What is kept of the deal and of its money. */
const kept = async ({ id }: Story) => {
  const rows = (table: string) => house.db(table).where({ deal_id: id });
  const [transfers, events, rulings] = await Promise.all(['transfers', 'deal_events', 'rulings'].map(rows));
  return { transfers, events, rulings, deal: await house.db('deals').where({ id }).first('recipient_id', 'status') };
};
const standing = (id: string) => house.db('operator_requests').where({ id }).pluck('standing');
const ELSE = /its request says something else/;

test('a slip of another amount, account, day, number or evidence than was agreed on is not booked', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const recipientId = await story.payer.addRecipient();
  await story.operator.holdByHand();
  const evidence = { evidence: 'slip in the safe', evidenceAt: new Date().toISOString() };
  const paid = { ...(await payAtTheBank(house, story)), recipientId: story.recipientId, ...evidence };
  const request = await approvedOf(house.db, 'manual-transfer', story.id, paid);
  const before = await kept(story);
  for (const change of [
    { amount: paid.amount - 1 },
    { recipientId },
    { tradingDate: kstDayOf(new Date(Date.now() - DAY_MS)) },
    { bankReference: `${story.dealNo}-OTHER` },
    { evidence: 'another slip' },
    { evidenceAt: new Date(Date.now() - 1_000).toISOString() },
  ])
    expect(
      await refusalOf(story.workflow.executeUpdate(manualTransfer, { args: [{ ...BY, ...paid, ...change, request }] })),
    ).toMatch(ELSE);
  expect(await kept(story)).toEqual(before);
  expect(await standing(request)).toEqual(['APPROVED']);
  await story.workflow.executeUpdate(manualTransfer, { args: [{ ...BY, ...paid, request }] });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});

test('another verdict, leg, attempt or evidence than was agreed on is not ruled', async () => {
  const mend = await faultBoard(house.sandboxes.bank).strike({ fault: 'error-500', match: { path: '/transfers' } });
  const story = await waitingDeal(house, 'transfer-unknown');
  const evidence = { evidence: 'seen at the bank', evidenceAt: new Date().toISOString() };
  const ruled = { leg: 'transfer', attempt: 1, verdict: 'done', ...evidence } as const;
  const request = await approvedOf(house.db, 'rule', story.id, ruled);
  const before = await kept(story);
  for (const change of [
    { verdict: 'failed' },
    { leg: 'charge', paymentKey: 'pay_of_another' },
    { attempt: 2 },
    { evidence: 'nothing was seen' },
    { evidenceAt: new Date(Date.now() + 1_000).toISOString() },
    { paymentKey: 'pay_of_another' },
  ] as const)
    expect(
      await refusalOf(story.workflow.executeUpdate(ruleOutcome, { args: [{ ...BY, ...ruled, ...change, request }] })),
    ).toMatch(ELSE);
  expect(await kept(story)).toEqual(before);
  expect(await standing(request)).toEqual(['APPROVED']);
  await story.workflow.executeUpdate(ruleOutcome, { args: [{ ...BY, ...ruled, request }] });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await mend();
});

test('another account than was agreed on is not paid', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const [agreed, other] = [await story.payer.addRecipient(), await story.payer.addRecipient()];
  const request = await approvedOf(house.db, 'correct-account', story.id, { recipientId: agreed });
  const before = await kept(story);
  const correct = (recipientId: string) =>
    story.workflow.executeUpdate(correctAccount, { args: [{ ...BY, recipientId, request }] });
  await refusalOf(correct(other));
  expect(await kept(story)).toEqual(before);
  await correct(agreed);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect((await kept(story)).deal).toMatchObject({ recipient_id: agreed });
});
