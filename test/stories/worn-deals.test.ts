/** No request that a payer may send, at any rate, wears a deal's workflow out (spec §5.10): the history tells. */
import { type FaultBoard, faultBoard } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { cardEnding } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { beginConfirm, headerOf, prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

/** What Temporal takes in one run: the update after it is refused, whoever sends it. */
const UPDATES_MAX = 2_000;
const AT_ONCE = 100;

let house: House;
let pg: FaultBoard;
beforeAll(async () => {
  house = await startHouse({ policy: { unknownTimetableMs: [600_000] } });
  pg = faultBoard(house.sandboxes.softpayment);
});
afterAll(() => house.stop());

/** The updates that the deal's run has taken, by name. */
async function updatesOf({ workflow }: Story): Promise<string[]> {
  const { events } = await workflow.fetchHistory();
  return (events ?? []).flatMap(
    ({ workflowExecutionUpdateAcceptedEventAttributes: taken }) => taken?.acceptedRequest?.input?.name ?? [],
  );
}
const lengthOf = async ({ workflow }: Story): Promise<number> => (await workflow.describe()).historyLength;
const together = <T>(times: number, press: () => Promise<T>) => Promise.all(Array.from({ length: times }, press));

/** A deal whose charge is unknown until somebody rules it, and the PG's key of that charge. */
async function unknownCharge(): Promise<Story & { readonly paymentKey: string }> {
  const story = await prepareDeal(house);
  const orderId = `${story.dealNo}-1`;
  await pg.strike({ fault: 'garbage', match: { path: '/billing/payment', orderId } });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  const journal = await house.sandboxes.softpayment.journal();
  const charged = journal.find((entry) => entry.effect === 'charged' && entry.orderId === orderId);
  return { ...story, paymentKey: String(charged?.paymentKey) };
}

test('2,000 cancels of a deal that waits leave room for a ruling: they are one update of its workflow', async () => {
  const story = await unknownCharge();
  const { payer, id, dealNo, paymentKey } = story;
  for (const { status, body } of await together(AT_ONCE, () => payer.cancel(id)))
    expect([status, body.cancelRequested]).toEqual([202, true]);
  // From now on the row answers; so many presses that were on their way at once are the engine's alone.
  const press = () => house.engine.cancel(headerOf(story), { actor: 'payer', reason: 'payer' }, 30_000);
  for (let pressed = AT_ONCE; pressed < UPDATES_MAX; pressed += AT_ONCE)
    for (const answer of await together(AT_ONCE, press))
      expect(answer).toEqual({ kind: 'decided', outcome: { kind: 'requested' } });
  expect(await updatesOf(story)).toEqual(['confirmDeal', 'cancelDeal']);
  await story.operator.rule({ leg: 'charge', verdict: 'done', paymentKey });
  const { payments } = await payer.waitForStatus(id, 'CANCELLED');
  expect(payments).toMatchObject([{ status: 'REFUNDED' }]);
  await expectMoneyBalanced(house, dealNo);
});

test('a hundred cancels at once of a held deal are one update, and all hear that it is or will be refunded', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  const { payer, id, dealNo } = story;
  for (const { status, body } of await together(AT_ONCE, () => payer.cancel(id))) {
    expect([200, 202]).toContain(status);
    expect(body.cancelRequested).toBe(true);
  }
  await payer.waitForStatus(id, 'REFUNDED');
  expect((await updatesOf(story)).filter((name) => name === 'cancelDeal')).toHaveLength(1);
  expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1, transfersOut: 0 });
  await expectMoneyBalanced(house, dealNo);
});

test('a hundred cancels at once of a quote that nobody confirmed begin one run, and end it', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  for (const { status } of await together(AT_ONCE, () => payer.cancel(id))) expect([200, 202]).toContain(status);
  expect((await payer.deal(id)).status).toBe('CANCELLED');
  expect((await updatesOf(story)).length).toBeLessThanOrEqual(1);
  await expectMoneyBalanced(house, dealNo);
});

test('a hundred confirms at once while the charge is undecided are one update', async () => {
  const story = await unknownCharge();
  const { payer, id, cardId, dealNo, paymentKey } = story;
  const joining = together(AT_ONCE, () => payer.confirm(id, cardId));
  await story.operator.rule({ leg: 'charge', verdict: 'done', paymentKey });
  for (const { status } of await joining) expect(status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  expect((await updatesOf(story)).filter((name) => name === 'confirmDeal')).toHaveLength(1);
  await expectMoneyBalanced(house, dealNo);
});

/** A deal whose card has been charged three times within the hour. */
async function exhaustedCard(): Promise<Story> {
  const story = await prepareDeal(house);
  const { payer, cardId, recipientId } = story;
  for (let n = 0; n < 3; n++) {
    const { id } = await payer.createDeal(recipientId, 10_000 + n);
    expect((await payer.confirm(id, cardId)).status).toBe(200);
  }
  return story;
}
/** What the presses have written about the deal. */
async function writtenOf(story: Story) {
  const rows = await Promise.all(
    ['payments', 'risk_decisions', 'deal_events'].map((table) => house.db(table).where({ deal_id: story.id })),
  );
  return { rows, events: await lengthOf(story) };
}

test('a blocked confirm pressed again writes nothing; another card is asked, and pays', async () => {
  const story = await exhaustedCard();
  const { payer, id, cardId, dealNo } = story;
  for (const { status, body } of await together(AT_ONCE, () => payer.confirm(id, cardId)))
    expect([status, body.code]).toEqual([422, 'risk-blocked']);
  const [{ rules }] = await house.db('risk_decisions').where({ deal_id: id });
  await story.waits('card-needed');
  const before = await writtenOf(story);
  expect(before.rows.map((rows) => rows.length)).toEqual([1, 1, 1]);
  for (const { status, body } of await together(AT_ONCE, () => payer.confirm(id, cardId)))
    expect([status, body]).toMatchObject([422, { code: 'risk-blocked', rules }]);
  expect(await writtenOf(story)).toEqual(before);
  expect((await payer.confirm(id, await payer.registerCard(cardEnding('7777')))).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
  await expectMoneyBalanced(house, dealNo);
});

test('once its time is over a blocked confirm is judged anew', async () => {
  const brief = await startHouse({ policy: { blockedAgainMs: 1 } });
  try {
    const payer = await brief.payer();
    const { id } = await payer.createDeal(await payer.addRecipient(), 5_000_000);
    const first = await payer.createDeal(await payer.addRecipient(), 10_000);
    const cardId = await payer.registerCard();
    expect((await payer.confirm(first.id, cardId)).status).toBe(200);
    const press = async () => (await payer.confirm(id, cardId)).status;
    expect([await press(), await press()]).toEqual([422, 422]);
    const decisions = () => brief.db('risk_decisions').where({ deal_id: id });
    await poll(decisions, (rows) => rows.length === 2, { what: 'both presses are judged' });
  } finally {
    await brief.stop();
  }
});
