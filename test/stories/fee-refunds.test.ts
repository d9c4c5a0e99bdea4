import { providerNews } from '../../workflows/deal/messages';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { feeRefundEnds } from '../fixtures/operator';
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

/** What people are told of a part of the fee on its way. */
const told = ({ id }: Story): Promise<string[]> =>
  house.db('operator_tasks').where({ deal_id: id, reason: 'fee-refund-unknown', closed_at: null }).pluck('severity');

const isTold = (story: Story, severity = 'alarm') =>
  poll(
    () => told(story),
    (open) => open.includes(severity),
    { what: `people are told: ${severity}` },
  );

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
  const asked = await Promise.all(Array.from({ length: 50 }, () => story.operator.orderFeeRefund(700, 'r-same')));
  // Who is answered `pending` is told to look before repeating it: a run takes ten updates at a time.
  for (const { kind } of asked) expect(['decided', 'pending']).toContain(kind);
  expect(await story.operator.refundFee(700, 'r-same')).toMatchObject(DONE);
  expect(await refundedAtPg(story)).toBe(700);
  await expectMoneyBalanced(house, story.dealNo);
});

test('fifty different requests at once give back what the fee allows and refuse the rest in words', async () => {
  const story = await completedDeal();
  const order = (_: unknown, i: number) => story.operator.orderFeeRefund(FEE / 3, `r-${i}`);
  const asked = await Promise.all(Array.from({ length: 50 }, order));
  const words = asked.flatMap((answer) => (answer.kind === 'refused' ? [answer.message] : []));
  expect(words.length).toBeGreaterThan(0);
  for (const said of words) expect(said).toMatch(/0 won of the fee are left|another refund of it is not decided yet/);
  const given = () => house.db('refunds').where({ deal_id: story.id }).select('status');
  const rows = await poll(given, (all) => all.every(({ status }) => status === 'DONE'), { what: 'all are decided' });
  expect(rows.length).toBeGreaterThan(0);
  expect(await refundedAtPg(story)).toBe(rows.length * (FEE / 3));
  expect(await refundedAtPg(story)).toBeLessThanOrEqual(FEE);
  await expectMoneyBalanced(house, story.dealNo);
});

test('parts that are asked for one after the other give back no more than the fee', async () => {
  const story = await completedDeal();
  for (const n of [1, 2, 3]) expect(await story.operator.refundFee(FEE / 3, `r-${n}`)).toMatchObject(DONE);
  expect(await story.operator.refundFee(1, 'r-4')).toMatchObject({
    ...{ kind: 'refused', message: expect.stringContaining('only 0 won of the fee are left') },
  });
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

test('a fee refund whose outcome is unknown leaves the deal as it is, is told to people, and goes back once', async () => {
  const story = await completedDeal();
  const match = { path: '/cancel', orderId: `${story.dealNo}-1` };
  const mend = await pg.strike({ fault: 'drop-after-commit', match });
  expect(await story.operator.orderFeeRefund(500, 'r-unknown')).toMatchObject(DONE); // recorded, not done
  await isTold(story);
  expect(await story.payer.deal(story.id)).toMatchObject({ status: 'COMPLETED', waiting: null });
  await mend();
  await feeRefundEnds(house, story.id, 'r-unknown');
  expect(await told(story)).toEqual([]);
  expect(await refundedAtPg(story)).toBe(500);
  await expectMoneyBalanced(house, story.dealNo);
});

test('a fee refund whose run was terminated while it was unknown is finished when it is ordered again, once', async () => {
  const story = await completedDeal();
  const match = { path: '/cancel', orderId: `${story.dealNo}-1` };
  const mend = await pg.strike({ fault: 'drop-after-commit', match });
  await story.operator.orderFeeRefund(500, 'r-lost');
  await isTold(story);
  await story.workflow.terminate('by hand');
  await mend();
  expect(await story.operator.refundFee(500, 'r-lost')).toMatchObject(DONE);
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
  await story.operator.orderFeeRefund(500, 'r-forgotten');
  await isTold(story);
  await mend({ fault: 'key-expired', match });
  await isTold(story, 'task');
  const [calls, refunded] = [await asked(), await refundedAtPg(story)];
  expect(refunded).toBe(1_000); // the PG's own mistake, once
  for (let i = 0; i < 3; i++) await story.workflow.signal(providerNews, { leg: 'refund' });
  await story.operator.rule({ leg: 'refund', verdict: 'done' });
  await feeRefundEnds(house, story.id, 'r-forgotten');
  expect([await asked(), await refundedAtPg(story)]).toEqual([calls, refunded]);
  const ruled = await story.payer.deal(story.id);
  expect(ruled).toMatchObject({ status: 'COMPLETED', waiting: null, payments: [{ refundedAmount: 500 }] });
  expect(await told(story)).toEqual([]);
});

test('the same request id with another amount is refused while the first is undecided', async () => {
  const story = await completedDeal();
  const mend = await pg.strike({ fault: 'error-500', match: { path: '/cancel', orderId: `${story.dealNo}-1` } });
  await story.operator.orderFeeRefund(500, 'r-twice');
  await isTold(story);
  expect(await story.operator.refundFee(700, 'r-twice')).toMatchObject({ kind: 'refused' });
  expect(await story.operator.refundFee(200, 'r-other')).toMatchObject({ kind: 'refused' });
  await mend();
  await feeRefundEnds(house, story.id, 'r-twice');
  expect(await refundedAtPg(story)).toBe(500);
  await expectMoneyBalanced(house, story.dealNo);
});
