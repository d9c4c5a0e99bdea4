import { hasOpenRun, taskQueuesOf } from '../../infra/temporal/client';
import { DEAL_WORKFLOW, type DealInput } from '../../workflows/deal/messages';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { forgetRun, letDealsRest } from '../faults/losses';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import { type KstClock, kstClockAt } from '../fixtures/kst-clock';
import { runBatch } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { beginConfirm, headerOf, prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const DAY_MS = 86_400_000;
const SHINHAN = '088'; // closed from 23:30 to 00:30 KST

let house: House;
let clock: KstClock;
let pg: FaultBoard;
let bank: FaultBoard;
beforeAll(async () => {
  clock = kstClockAt('23:40:00');
  const policy = { giveUpAfterMs: DAY_MS, quoteMs: DAY_MS, holdMs: DAY_MS, unknownTimetableMs: [300] };
  house = await startHouse({ clock: clock.now, policy });
  pg = faultBoard(house.sandboxes.softpayment);
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

const terminate = ({ workflow }: Story): Promise<unknown> => workflow.terminate();
const forget = ({ workflow }: Story): Promise<unknown> => forgetRun(house, workflow);

/** What the minute's sweep says of the deals' workflows. */
const lookAfterRuns = async () => (await runBatch(house, 'minuteSweepWorkflow')).lookAfterRuns;

/** Sweeps, time passing in between, until the deal has its workflow again; answers how many deals were adopted. */
async function sweepUntilAdopted({ workflow }: Story): Promise<number> {
  let adopted = 0;
  await poll(
    async () => {
      await letDealsRest(house);
      adopted += (await lookAfterRuns()).adopted;
      return adopted;
    },
    (count) => count > 0,
    { what: `${workflow.workflowId} is adopted` },
  );
  return adopted;
}

/** Told by the row: sessions end when the clock moves on. */
async function endsAs({ id, dealNo }: Story, status: string, chargesMax = 1): Promise<void> {
  await poll(
    () => house.db('deals').where({ id }).first('status'),
    (deal) => deal.status === status,
    { what: `deal ${dealNo} becomes ${status}` },
  );
  await expectMoneyBalanced(house, dealNo, { chargesMax });
  await runEnds({ id });
}
const runEnds = ({ id }: Pick<Story, 'id'>) =>
  poll(
    () => hasOpenRun(house.client, `deal-${id}`),
    (open) => !open,
    { what: `the run of ${id} ends` },
  );

interface Staged extends Story {
  /** The provider answers again. */
  readonly mend?: () => Promise<void>;
}

const chargeOf = ({ dealNo }: Story) => ({ path: '/billing/payment', orderId: `${dealNo}-1` });
const cancelOf = ({ dealNo }: Story) => ({ path: '/cancel', orderId: `${dealNo}-1` });

async function unknownCharge(): Promise<Staged> {
  const story = await prepareDeal(house);
  const mend = await pg.strike({ fault: 'garbage', match: chargeOf(story) });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  return { ...story, mend };
}

async function unknownTransfer(): Promise<Staged> {
  const story = await prepareDeal(house);
  const reference = `${story.dealNo}-T1`;
  await bank.strike({ fault: 'processing', match: { reference }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  return { ...story, mend: async () => bank.hurry(reference) };
}

async function unknownRefund(): Promise<Staged> {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const mend = await pg.strike({ fault: 'garbage', match: cancelOf(story) });
  await story.operator.refund();
  await story.waits('refund-unknown');
  return { ...story, mend };
}

/** Declined, then charged late all the same, and its refund is unknown; another card has paid and the deal is COMPLETED. */
async function unknownLateRefund(): Promise<Staged> {
  const story = await prepareDeal(house);
  const { payer, id } = story;
  await pg.strike({ fault: 'late-success', match: chargeOf(story), delayMs: WHEN_HURRIED });
  const mend = await pg.strike({ fault: 'garbage', match: cancelOf(story) });
  expect((await payer.confirm(id, story.cardId)).status).toBe(402);
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  pg.hurry(`${story.dealNo}-1`);
  await poll(
    () => house.db('refunds').where({ deal_id: id }).pluck('status'),
    (refunds) => refunds.length > 0,
    { what: 'the late charge is being given back' },
  );
  return { ...story, mend };
}

/** A quote that was never confirmed, whose cancel was recorded just before its workflow was lost. */
async function cancelledQuote(): Promise<Staged> {
  const story = await prepareDeal(house);
  await house.db('deals').where({ id: story.id }).update({ cancel_requested_at: clock.now() });
  return story;
}

/** What becomes of the deal after its adoption, until it has ended. */
type Course = (story: Staged) => Promise<void>;
const once =
  (status: string, chargesMax = 1): Course =>
  async (story) => {
    await story.mend?.();
    await endsAs(story, status, chargesMax);
  };
const anotherCard: Course = async (story) => {
  await story.waits('card-needed');
  expect((await story.payer.confirm(story.id, await story.payer.registerCard())).status).toBe(200);
  await endsAs(story, 'COMPLETED');
};
const ordered =
  (order: 'release' | 'refund', status: string): Course =>
  async (story) => {
    await story.waits(order === 'release' ? 'risk-review' : 'retry-due');
    await story.operator[order]();
    await endsAs(story, status);
  };
const cancelled: Course = async (story) => {
  await story.waits('bank-closed');
  expect((await story.payer.cancel(story.id)).status).toBe(200);
  await endsAs(story, 'REFUNDED');
};

type Lose = (story: Story) => Promise<unknown>;
const none: Lose = async () => undefined;
const at = (reason: Parameters<typeof waitingDeal>[1], cast: Parameters<typeof waitingDeal>[2]) => () =>
  waitingDeal(house, reason, cast);

const LOSSES: readonly (readonly [string, Lose, () => Promise<Staged>, Course])[] = [
  ['its charge is unknown, terminated', terminate, unknownCharge, once('COMPLETED')],
  ['its charge is unknown, forgotten', forget, unknownCharge, once('COMPLETED')],
  ['its card was declined, terminated', terminate, at('card-needed', { card: '0101' }), anotherCard],
  [
    'it is held for review, forgotten',
    forget,
    at('risk-review', { principal: REVIEWED }),
    ordered('release', 'COMPLETED'),
  ],
  ['its bank is closed, terminated', terminate, at('bank-closed', { bankCode: SHINHAN }), cancelled],
  ['its transfer is unknown, terminated', terminate, unknownTransfer, once('COMPLETED')],
  ['its transfer failed, forgotten', forget, at('retry-due', { account: '0208' }), ordered('refund', 'REFUNDED')],
  ['its refund is unknown, terminated', terminate, unknownRefund, once('REFUNDED')],
  ['its refund is unknown, forgotten', forget, unknownRefund, once('REFUNDED')],
  ['it has ended and a late charge is not given back, forgotten', forget, unknownLateRefund, once('COMPLETED', 2)],
  ['it was cancelled before any card, and has no run', none, cancelledQuote, once('CANCELLED')],
];

test.each(LOSSES)('a deal that lost its workflow is adopted and goes on: %s', async (_state, lose, stage, goOn) => {
  const story = await stage();
  await lose(story);
  expect(await hasOpenRun(house.client, story.workflow.workflowId)).toBe(false);
  expect(await sweepUntilAdopted(story)).toBe(1);
  await goOn(story);
});

test('a bank that opens while nobody owns the deal: its transfer is made after the adoption, once', async () => {
  const story = await waitingDeal(house, 'bank-closed', { bankCode: SHINHAN });
  await terminate(story);
  clock.set('00:31:00', 1);
  expect(await sweepUntilAdopted(story)).toBe(1);
  await endsAs(story, 'COMPLETED');
  expect(await groundTruth(house, story.dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
});

test('a deal that should have moved and has no workflow is adopted by the sweep of the minute', async () => {
  const story = await unknownTransfer();
  await terminate(story);
  await house
    .db('deals')
    .where({ id: story.id })
    .update({ next_move_at: new Date(clock.now().getTime() - 60_000) });
  await letDealsRest(house);
  expect(await lookAfterRuns()).toMatchObject({ adopted: 1, stuck: 0 });
  await story.mend?.();
  await endsAs(story, 'COMPLETED');
});

test('a healthy deal is looked at and left alone: no event enters its history', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  const before = await story.workflow.describe();
  await letDealsRest(house);
  expect(await lookAfterRuns()).toEqual({ looked: 1, adopted: 0, stuck: 0, failed: 0 });
  const { runId, historyLength } = await story.workflow.describe();
  expect([runId, historyLength]).toEqual([before.runId, before.historyLength]);
  await story.operator.refund();
  await endsAs(story, 'REFUNDED');
});

test('a deal that has moved within the minute is not even looked at: its workflow may just be starting', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await terminate(story);
  expect(await lookAfterRuns()).toEqual({ looked: 0, adopted: 0, stuck: 0, failed: 0 });
  await sweepUntilAdopted(story);
  await story.waits('risk-review');
  await story.operator.refund();
  await endsAs(story, 'REFUNDED');
});

test('a completed deal is not started again, and once the engine has forgotten its run a second start moves nothing', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo, cardId, workflow } = story;
  expect((await payer.confirm(id, cardId)).status).toBe(200);
  await endsAs(story, 'COMPLETED');
  const confirm = { attempt: 2, cardId, ...DEVICE };
  expect(await house.engine.confirm(headerOf(story), confirm, 10_000)).toEqual({ kind: 'closed' });
  const { policy, temporal } = house.config;
  const inputs: DealInput[] = [
    { mode: 'confirm', dealId: id, policy, confirm: { ...confirm, attempt: 1 } },
    { mode: 'confirm', dealId: id, policy, confirm },
    { mode: 'cancel', dealId: id, policy },
  ];
  for (const input of inputs) {
    const again = await house.client.workflow.start(DEAL_WORKFLOW, {
      workflowId: workflow.workflowId,
      taskQueue: taskQueuesOf(temporal.taskQueue).deals,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE', // what retention does to the first fence
      args: [input],
    });
    expect(await again.result()).toBe('COMPLETED');
  }
  expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
  await endsAs(story, 'COMPLETED');
  await letDealsRest(house);
  expect(await lookAfterRuns()).toEqual({ looked: 0, adopted: 0, stuck: 0, failed: 0 });
});
