/** An operator may reset a deal's workflow from Temporal Web: it runs its whole course again, over a database that has gone on. */
import { randomUUID } from 'node:crypto';
import { stopLeg } from '../../db/stop-switches';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { liftStopOf, stopOf } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { beginConfirm, type Cast, prepareDeal, REVIEWED, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

/** Resets the deal's last run to its first task. */
async function reset({ workflow }: Story): Promise<void> {
  const { workflowId, runId } = await workflow.describe();
  const { events } = await workflow.fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  await house.client.workflowService.resetWorkflowExecution({
    namespace: house.config.temporal.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: first?.eventId ?? null,
  });
}

async function runEnds({ workflow }: Story): Promise<unknown> {
  await poll(
    async () => (await workflow.describe()).status.name,
    (status) => status !== 'RUNNING',
    { what: 'the run ends' },
  );
  return workflow.result();
}

interface Course {
  readonly what: string;
  readonly cast: Cast;
  /** What people do on the way. */
  readonly play?: (story: Story) => Promise<unknown>;
  readonly end: 'COMPLETED' | 'REFUNDED' | 'CANCELLED';
}

const COURSES: readonly Course[] = [
  { what: 'completed after retries', cast: { account: '0207' }, end: 'COMPLETED' },
  { what: 'refunded', cast: { account: '0202' }, end: 'REFUNDED' },
  {
    what: 'released',
    cast: { principal: REVIEWED },
    play: ({ waits, operator }) => waits('risk-review').then(operator.release),
    end: 'COMPLETED',
  },
  {
    what: 'paid with another card',
    cast: { card: '0101' },
    play: ({ waits, payer, id }) =>
      waits('card-needed').then(async () => payer.confirm(id, await payer.registerCard())),
    end: 'COMPLETED',
  },
  {
    what: 'cancelled by its payer',
    cast: { card: '0101' },
    play: ({ waits, payer, id }) => waits('card-needed').then(() => payer.cancel(id)),
    end: 'CANCELLED',
  },
  {
    what: 'paid to a corrected account',
    cast: { account: '0208' },
    play: ({ waits, operator, payer }) =>
      waits('retry-due').then(async () => operator.correctAccount(await payer.addRecipient())),
    end: 'COMPLETED',
  },
  {
    what: 'refunded by an operator',
    cast: { account: '0208' },
    play: ({ waits, operator }) => waits('retry-due').then(operator.refund),
    end: 'REFUNDED',
  },
];

test.concurrent.each(COURSES)(
  'a deal that was $what comes to the same end after a reset, and nothing happens twice',
  async ({ cast, play, end }) => {
    const story = await prepareDeal(house, cast);
    const { payer, id, dealNo } = story;
    void beginConfirm(story);
    await play?.(story);
    await payer.waitForStatus(id, end);
    expect(await runEnds(story)).toBe(end);
    const seen = async () => ({
      deal: await payer.deal(id),
      timeline: await payer.timeline(id),
      truth: await groundTruth(house, dealNo),
    });
    const before = await seen();
    await reset(story);
    expect(await runEnds(story)).toBe(end);
    expect(await seen()).toEqual(before);
    await expectMoneyBalanced(house, dealNo);
  },
);

test('a charge that succeeded late and was given back is no charge of the deal after a reset: another card pays', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  const match = { path: '/billing/payment', orderId: `${dealNo}-1` };
  await house.sandboxes.softpayment.setFaults({ fault: 'late-success', match, times: 1 });
  expect((await payer.confirm(id, story.cardId)).status).toBe(402);
  await poll(
    () => payer.deal(id),
    ({ payments }) => payments[0]?.status === 'REFUNDED',
    { what: 'the late charge is given back' },
  );
  await story.waits('card-needed');
  await reset(story);
  await story.waits('card-needed');
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo, { chargesMax: 2 });
});

test('a deal that its payer cancelled while transfers were stopped stays refunded after a reset, and its run ends', async () => {
  const story = await prepareDeal(house);
  await stopLeg(house.db, stopOf('transfer'));
  try {
    void beginConfirm(story);
    await story.waits('operator-needed');
    await story.payer.cancel(story.id);
    expect(await runEnds(story)).toBe('REFUNDED');
  } finally {
    await liftStopOf(house.db, 'transfer');
  }
  await reset(story);
  expect(await runEnds(story)).toBe('REFUNDED');
  expect((await story.payer.deal(story.id)).transfers).toEqual([]);
  await expectMoneyBalanced(house, story.dealNo);
});

test.concurrent('a deal held for review stays held after a reset, also when another card had been declined', async () => {
  const story = await prepareDeal(house, { card: '0101', principal: REVIEWED });
  const { payer, id, dealNo } = story;
  void beginConfirm(story);
  await story.waits('card-needed');
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await story.waits('risk-review');
  // A run that still waits for a card finds the deal paid when the quote is over.
  const expires_at = new Date(Date.now() + 1_000);
  await house.db('deals').where({ id }).update({ expires_at });
  await reset(story);
  await story.waits('risk-review');
  expect(await payer.deal(id)).toMatchObject({ status: 'PAID', transfers: [] });
  await story.operator.release();
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo);
});
