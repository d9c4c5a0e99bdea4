import { providerNews } from '../../workflows/deal/messages';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { openTasks, workflowWaits } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { type Cast, prepareDeal, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
let pg: FaultBoard;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({ policy: { giveUpAfterMs: 3_000 } });
  pg = faultBoard(house.sandboxes.softpayment);
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

/** 3 % of 100,000 won. */
const FEE = 3_000;
const DONE = { kind: 'decided' };

async function completedDeal(cast?: Cast): Promise<Story> {
  const story = await prepareDeal(house, cast);
  await story.payer.confirm(story.id, story.cardId);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  return story;
}

const refundedAtPg = async ({ dealNo }: Story) => (await groundTruth(house, dealNo)).refunded;

test('a part of a completed deal’s fee goes back to the card; the deal stays completed and the books agree', async () => {
  const story = await completedDeal();
  expect(await story.operator.refundFee(1_000, 'r-1')).toMatchObject(DONE);
  const deal = await story.payer.deal(story.id);
  expect(deal).toMatchObject({ status: 'COMPLETED', waiting: null });
  expect(deal.payments).toMatchObject([{ status: 'PARTIALLY_REFUNDED', refundedAmount: 1_000 }]);
  expect(await refundedAtPg(story)).toBe(1_000);
  await expectMoneyBalanced(house, story.dealNo);
  const kept = await house.db('deal_events').where({ deal_id: story.id, cause: 'refund-fee' });
  expect(kept).toHaveLength(1);
  const said = await poll(
    () => house.messagesTo(story.payer.person.phone),
    (texts) => texts.some((text) => text.includes('수수료')),
    { what: 'the payer is told' },
  );
  expect(said.at(-1)).toContain('1,000원');
});

test('the same request is one refund, asked one after the other or fifty times at once', async () => {
  const story = await completedDeal();
  const asked = await Promise.all(Array.from({ length: 50 }, () => story.operator.refundFee(700, 'r-same')));
  // Who is answered `pending` is told to look before repeating it: a run takes ten updates at a time.
  for (const { kind } of asked) expect(['decided', 'pending']).toContain(kind);
  expect(await story.operator.refundFee(700, 'r-same')).toMatchObject(DONE);
  expect(await refundedAtPg(story)).toBe(700);
  await expectMoneyBalanced(house, story.dealNo);
});

test('fifty different requests at once give back what the fee allows and refuse the rest in words', async () => {
  const story = await completedDeal();
  const asked = await Promise.all(Array.from({ length: 50 }, (_, i) => story.operator.refundFee(FEE / 3, `r-${i}`)));
  const refused = asked.filter(({ kind }) => kind === 'refused');
  expect(asked.filter(({ kind }) => kind === 'decided').length).toBeLessThanOrEqual(3);
  expect(refused[0]).toMatchObject({ message: expect.stringContaining('0 won of the fee are left') });
  expect(await refundedAtPg(story)).toBe(FEE);
  await expectMoneyBalanced(house, story.dealNo);
});

test('more than the fee, no whole won, or a request of another amount: refused, and nothing moves', async () => {
  const story = await completedDeal();
  expect(await story.operator.refundFee(FEE + 1, 'r-much')).toMatchObject({ kind: 'refused' });
  for (const amount of [0, -1, 1.5, Number.NaN, 2 ** 53])
    expect(await story.operator.refundFee(amount, 'r-odd')).toMatchObject({ kind: 'refused' });
  expect(await story.operator.refundFee(100, 'r-known')).toMatchObject(DONE);
  expect(await story.operator.refundFee(200, 'r-known')).toMatchObject({ kind: 'refused' });
  expect(await refundedAtPg(story)).toBe(100);
  await expectMoneyBalanced(house, story.dealNo);
});

test('a deal that is not completed gives back no part of its fee', async () => {
  const story = await prepareDeal(house);
  expect(await story.operator.refundFee(100, 'r-early')).toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('completed'),
  });
  expect(await story.payer.deal(story.id)).toMatchObject({ status: 'PENDING', payments: [] });
});

test('a fee refund whose outcome is unknown keeps the deal completed, says so, and goes back once', async () => {
  const story = await completedDeal();
  const match = { path: '/cancel', orderId: `${story.dealNo}-1` };
  const mend = await pg.strike({ fault: 'drop-after-commit', match });
  const asked = story.operator.refundFee(500, 'r-unknown');
  const deal = await story.payer.waitForWaiting(story.id, 'refund-unknown');
  expect(deal.status).toBe('COMPLETED');
  await workflowWaits(house, story.id, 'refund-unknown');
  await mend();
  expect(await asked).toMatchObject(DONE);
  expect(await story.payer.deal(story.id)).toMatchObject({ status: 'COMPLETED', waiting: null });
  expect(await openTasks(house, story.id)).toEqual([]);
  expect(await refundedAtPg(story)).toBe(500);
  await expectMoneyBalanced(house, story.dealNo);
});

test('a fee refund whose run was terminated while it was unknown is finished by the next order, once', async () => {
  const story = await completedDeal();
  const match = { path: '/cancel', orderId: `${story.dealNo}-1` };
  const mend = await pg.strike({ fault: 'drop-after-commit', match });
  const asked = story.operator.refundFee(500, 'r-lost').catch(() => 'lost');
  await workflowWaits(house, story.id, 'refund-unknown');
  await story.workflow.terminate('by hand');
  await asked;
  await mend();
  expect(await story.operator.refundFee(300, 'r-next')).toMatchObject(DONE);
  expect(await refundedAtPg(story)).toBe(800);
  await expectMoneyBalanced(house, story.dealNo);
});

test('money that comes back after a part of the fee did: the rest of the charge is given back, never more', async () => {
  const story = await prepareDeal(house);
  await bank.strike({ fault: 'late-return', match: { reference: `${story.dealNo}-T1` }, delayMs: WHEN_HURRIED });
  await story.payer.confirm(story.id, story.cardId);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await story.operator.refundFee(1_234, 'r-before')).toMatchObject(DONE);
  bank.hurry(`${story.dealNo}-T1`);
  const deal = await story.payer.waitForStatus(story.id, 'REFUNDED');
  expect(deal.payments).toMatchObject([{ status: 'REFUNDED', refundedAmount: story.total }]);
  expect(await refundedAtPg(story)).toBe(story.total);
  await expectMoneyBalanced(house, story.dealNo);
});

test('a PG that has forgotten the key is asked no further: a part of the fee is never drained, a person decides', async () => {
  const story = await completedDeal();
  const match = { path: '/cancel', orderId: `${story.dealNo}-1` };
  const asked = async () =>
    (await house.sandboxes.softpayment.journal()).filter(
      ({ kind, path, orderId }) => kind === 'request' && path?.includes('/cancel') && orderId === `${story.dealNo}-1`,
    ).length;
  const mend = await pg.strike({ fault: 'drop-after-commit', match });
  const order = story.operator.refundFee(500, 'r-forgotten');
  await story.payer.waitForWaiting(story.id, 'refund-unknown');
  await mend({ fault: 'key-expired', match });
  await workflowWaits(house, story.id, 'operator-needed');
  const [calls, refunded] = [await asked(), await refundedAtPg(story)];
  expect(refunded).toBe(1_000); // the PG's own mistake, once
  for (let i = 0; i < 3; i++) await story.workflow.signal(providerNews, { leg: 'refund' });
  await workflowWaits(house, story.id, 'operator-needed');
  expect([await asked(), await refundedAtPg(story)]).toEqual([calls, refunded]);
  expect(await openTasks(house, story.id)).toContain('operator-needed');
  await story.operator.rule({ leg: 'refund', verdict: 'done' });
  expect(await order).toMatchObject(DONE);
  const ruled = await story.payer.deal(story.id);
  expect(ruled).toMatchObject({ status: 'COMPLETED', waiting: null, payments: [{ refundedAmount: 500 }] });
  expect(await openTasks(house, story.id)).toEqual([]);
});

test('the same request id with another amount is refused while the first is undecided', async () => {
  const story = await completedDeal();
  const mend = await pg.strike({ fault: 'error-500', match: { path: '/cancel', orderId: `${story.dealNo}-1` } });
  const first = story.operator.refundFee(500, 'r-twice');
  await workflowWaits(house, story.id, 'refund-unknown');
  expect(await story.operator.refundFee(700, 'r-twice')).toMatchObject({ kind: 'refused' });
  expect(await story.operator.refundFee(200, 'r-other')).toMatchObject({ kind: 'refused' });
  await mend();
  expect(await first).toMatchObject(DONE);
  expect(await refundedAtPg(story)).toBe(500);
  await expectMoneyBalanced(house, story.dealNo);
});
