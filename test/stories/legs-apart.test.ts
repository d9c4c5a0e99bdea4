/** Legs run apart (spec §5.9): each waits for a doubt, or for another cancel of the same payment, and for nothing else. */
import type { DealPolicy } from '../../workflows/domain/policy';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { feeRefundEnds, runBatch, untilTaken } from '../fixtures/operator';
import { accountEnding } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type Cast, prepareDeal, REVIEWED, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

interface Stage {
  readonly house: House;
  readonly pg: FaultBoard;
  readonly bank: FaultBoard;
}

let patient: Stage;
/** Here a failed deal is given up. */
let impatient: Stage;
beforeAll(async () => {
  const stage = async (policy: Partial<DealPolicy>): Promise<Stage> => {
    const house = await startHouse({ policy: { unknownTimetableMs: [300], ...policy } });
    return { house, pg: faultBoard(house.sandboxes.softpayment), bank: faultBoard(house.sandboxes.bank) };
  };
  [patient, impatient] = await Promise.all([stage({}), stage({ giveUpAfterMs: 4_000 })]);
});
afterAll(() => Promise.all([patient, impatient].map(({ house }) => house.stop())));

const told = ({ house }: Stage, { id }: Story): Promise<string[]> =>
  house.db('operator_tasks').where({ deal_id: id, closed_at: null }).pluck('reason');
const isTold = (stage: Stage, story: Story, reason: string) =>
  poll(
    () => told(stage, story),
    (reasons) => reasons.includes(reason),
    { what: `people are told ${reason}` },
  );

interface Undecided extends Story {
  mend(): Promise<void>;
}

/**
 * The first card's attempt was declined and charged all the same, as an operator rules; its refund gets no answer.
 * Another card pays the deal.
 */
async function lateRefundUndecided(
  stage: Stage,
  cast: Cast,
  strike?: (story: Story) => Promise<void>,
): Promise<Undecided> {
  const { house, pg } = stage;
  const story = await prepareDeal(house, cast);
  await strike?.(story);
  const { payer, id, dealNo, cardId, operator } = story;
  const orderId = `${dealNo}-1`;
  await pg.strike({ fault: 'webhook-missing', match: { orderId } });
  await pg.strike({ fault: 'late-success', match: { path: '/billing/payment', orderId }, delayMs: WHEN_HURRIED });
  expect((await payer.confirm(id, cardId)).status).toBe(402);
  pg.hurry(orderId);
  const charged = await poll(
    async () =>
      (await house.sandboxes.softpayment.journal()).find((e) => e.effect === 'charged' && e.orderId === orderId),
    (effect) => effect !== undefined,
    { what: 'it is charged late' },
  );
  const mend = await pg.strike({ fault: 'error-500', match: { path: '/cancel', orderId } });
  await operator.rule({ leg: 'charge', verdict: 'done', paymentKey: charged?.paymentKey ?? '' });
  await isTold(stage, story, 'late-refund-unknown');
  expect([200, 202]).toContain((await payer.confirm(id, await payer.registerCard())).status);
  return { ...story, mend };
}

async function expectGivenBack(stage: Stage, story: Undecided): Promise<void> {
  const { dealNo, total, mend } = story;
  expect(await told(stage, story)).toContain('late-refund-unknown');
  await mend();
  await poll(
    () => groundTruth(stage.house, dealNo),
    ({ payments }) => payments.some(({ orderId, cancelled }) => orderId === `${dealNo}-1` && cancelled === total),
    { what: 'the late charge is given back' },
  );
  await poll(
    () => told(stage, story),
    (reasons) => reasons.length === 0,
    { what: 'nobody is told of it any more' },
  );
  await expectMoneyBalanced(stage.house, dealNo, { chargesMax: 2 });
}

test.concurrent('an undecided late refund hides no risk review from the payer and keeps no operator from releasing', async () => {
  const story = await lateRefundUndecided(patient, { principal: REVIEWED });
  await story.waits('risk-review');
  const { waiting } = await story.payer.deal(story.id);
  expect(waiting?.reason).toBe('risk-review');
  expect(new Date(waiting?.nextMoveAt ?? 0).getTime()).toBeGreaterThan(Date.now());
  await untilTaken(story.operator.release);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectGivenBack(patient, story);
});

test.concurrent('an undecided late refund keeps neither the retry batch nor giving up from a failed deal', async () => {
  const story = await lateRefundUndecided(impatient, { account: '0208' });
  await story.waits('retry-due');
  await runBatch(impatient.house, 'transferRetryWorkflow');
  const { transfers } = await story.payer.waitForStatus(story.id, 'REFUNDED');
  expect(transfers).toHaveLength(4); // three in line, one of the batch
  await expectGivenBack(impatient, story);
});

test.concurrent('an undecided fee refund keeps no other account from being paid; a refund of the rest waits for it', async () => {
  const { house, pg, bank } = patient;
  const deals = await Promise.all([prepareDeal(house), prepareDeal(house)]);
  const mends: (() => Promise<void>)[] = [];
  for (const { payer, id, dealNo, cardId, operator } of deals) {
    await bank.strike({ fault: 'late-return', match: { reference: `${dealNo}-T1` }, delayMs: WHEN_HURRIED });
    expect((await payer.confirm(id, cardId)).status).toBe(200);
    await payer.waitForStatus(id, 'COMPLETED');
    mends.push(await pg.strike({ fault: 'error-500', match: { path: '/cancel', orderId: `${dealNo}-1` } }));
    expect(await operator.orderFeeRefund(500, 'part')).toMatchObject({ kind: 'decided' });
    bank.hurry(`${dealNo}-T1`);
    await payer.waitForStatus(id, 'TRANSFER_FAILED');
  }
  const [paid, refunded] = deals as [Story, Story];
  const recipientId = await paid.payer.addRecipient(accountEnding('4321'));
  await untilTaken(() => paid.operator.correctAccount(recipientId));
  await paid.payer.waitForStatus(paid.id, 'COMPLETED');
  await untilTaken(refunded.operator.refund);
  await refunded.payer.waitForWaiting(refunded.id, 'refund-unknown');
  for (const story of deals) expect(await told(patient, story)).toContain('fee-refund-unknown');
  for (const mend of mends) await mend();
  await refunded.payer.waitForStatus(refunded.id, 'REFUNDED');
  for (const story of deals) {
    await feeRefundEnds(house, story.id, 'part');
    await expectMoneyBalanced(house, story.dealNo);
  }
});

test.concurrent('money that came back beside an undecided refund is not sent to that account again, whoever bought the attempt', async () => {
  const { bank } = patient;
  const story = await lateRefundUndecided(patient, {}, async ({ dealNo }) => {
    for (const n of [1, 2, 3]) await bank.strike({ fault: 'bank-closed', match: { reference: `${dealNo}-T${n}` } });
    await bank.strike({ fault: 'late-return', match: { reference: `${dealNo}-T4` }, delayMs: WHEN_HURRIED });
  });
  const { payer, id, dealNo, operator } = story;
  await story.waits('retry-due');
  await untilTaken(operator.retryTransfer);
  await payer.waitForStatus(id, 'COMPLETED');
  bank.hurry(`${dealNo}-T4`);
  await story.waits('operator-needed');
  expect((await payer.deal(id)).transfers).toHaveLength(4);
  await untilTaken(operator.refund);
  await payer.waitForStatus(id, 'REFUNDED');
  await expectGivenBack(patient, story);
});
