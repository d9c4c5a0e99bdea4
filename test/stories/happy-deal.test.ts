import type { temporal } from '@temporalio/proto';
import { expectMoneyBalanced } from '../fixtures/balance';
import { openedTextsIn } from '../fixtures/history-texts';
import { workflowOf } from '../fixtures/operator';
import { accountEnding, cardEnding, type Payer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { recordWrites } from '../fixtures/writes';
import { type House, startHouse } from '../servers/house';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { giveUpAfterMs: 2_000 } });
});
afterAll(() => house.stop());

async function historyOf(dealId: string): Promise<HistoryEvent[]> {
  const workflow = workflowOf(house, dealId);
  await workflow.result();
  return (await workflow.fetchHistory()).events ?? [];
}

async function happyDeal(): Promise<{ payer: Payer; id: string; dealNo: string }> {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  return { payer, id, dealNo };
}

/** What Temporal Cloud bills: starts, updates, signals, timers, search attributes, markers and every try of an activity. */
function billableActions(events: readonly HistoryEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.workflowExecutionStartedEventAttributes) return ['start'];
    if (event.workflowExecutionUpdateAcceptedEventAttributes) return ['update'];
    if (event.workflowExecutionSignaledEventAttributes) return ['signal'];
    if (event.timerStartedEventAttributes) return ['timer'];
    if (event.upsertWorkflowSearchAttributesEventAttributes) return ['search attributes'];
    if (event.markerRecordedEventAttributes) return ['local activity'];
    const started = event.activityTaskStartedEventAttributes;
    return started ? Array.from({ length: started.attempt ?? 1 }, () => 'activity') : [];
  });
}

test('a happy deal costs at most 24 history events and 7 billable actions', async () => {
  await happyDeal(); // the first deal of a worker may meet cold caches
  const { id, dealNo } = await happyDeal();
  const events = await historyOf(id);
  const actions = billableActions(events);
  expect(actions.filter((action) => action === 'activity')).toHaveLength(2); // one charge, one transfer
  expect(actions).toEqual(actions.slice(0, 7));
  expect(events.length).toBeLessThanOrEqual(24);
  await expectMoneyBalanced(house, dealNo);
});

test('a happy deal is at most six writing transactions from confirm to completed', async () => {
  const own = await startHouse();
  try {
    const payer = await own.payer();
    const [cardId, recipientId] = [await payer.registerCard(), await payer.addRecipient()];
    const { id } = await payer.createDeal(recipientId);
    const writes = await recordWrites(own.db);
    expect((await payer.confirm(id, cardId)).status).toBe(200);
    await payer.waitForStatus(id, 'COMPLETED');
    await workflowOf(own, id).result();
    const beside = ['pg_webhook_events', 'notices']; // the inbox and the dispatcher
    const counted = (await writes.transactions()).filter((tables) => !tables.every((table) => beside.includes(table)));
    expect(counted).toEqual(counted.slice(0, 6));
    expect(counted.flat()).toEqual(
      expect.arrayContaining(['idempotency_keys', 'payments', 'transfers', 'ledger_entries']),
    );
  } finally {
    await own.stop();
  }
});

async function expectNoSecrets(payer: Payer, dealId: string): Promise<void> {
  const workflow = workflowOf(house, dealId);
  const described = await workflow.describe();
  const seen = (await openedTextsIn([await historyOf(dealId), described.raw], house)).join('\n');
  expect(seen).toContain(dealId); // the scan reads what it should
  expect(seen).toContain(payer.userId);
  expect(payer.secrets.length).toBeGreaterThanOrEqual(9);
  for (const secret of payer.secrets) expect(seen).not.toContain(secret);
  for (const secret of payer.secrets) expect(seen).not.toContain(Buffer.from(secret).toString('base64').slice(0, -4));
}

test('nothing personal is in the history, id or search attributes of a completed deal', async () => {
  const { payer, id } = await happyDeal();
  await expectNoSecrets(payer, id);
});

test('nothing personal is in the history of a deal that was declined, asked about, failed and refunded', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient(accountEnding('0208')));
  await payer.confirm(id, await payer.registerCard(cardEnding('0101')));
  await payer.confirm(id, await payer.registerCard(cardEnding('0106')));
  await payer.waitForStatus(id, 'REFUNDED');
  await expectNoSecrets(payer, id);
  await expectMoneyBalanced(house, dealNo);
});

test('the payer is told by SMS when the deal is completed', async () => {
  const { payer } = await happyDeal();
  const messages = await poll(
    () => house.messagesTo(payer.person.phone),
    (seen) => seen.length >= 2,
    { what: 'an SMS' },
  );
  expect(messages).toHaveLength(2); // the sign-up code, and this
});

test('the payer is told by SMS when the deal is refunded, with when the card statement shows it', async () => {
  const payer = await house.payer();
  const { id } = await payer.createDeal(await payer.addRecipient(accountEnding('0202')));
  await payer.confirm(id, await payer.registerCard());
  await payer.waitForStatus(id, 'REFUNDED');
  const messages = await poll(
    () => house.messagesTo(payer.person.phone),
    (seen) => seen.some((text) => /환불|취소/.test(text) && /명세서 반영 .+까지/.test(text)),
    { what: 'an SMS about the refund' },
  );
  expect(messages.length).toBeGreaterThanOrEqual(2);
});
