/** A verdict belongs to the key, not to the call (spec/verdicts.md): lost POSTs that land late, and answers about one call. */
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { DEVICE } from '../fixtures/device';
import { openTasks, refusalOf, taskOpens, untilTaken } from '../fixtures/operator';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { beginConfirm, headerOf, prepareDeal, type Story, waitingDeal } from '../fixtures/story';
import { eventsClose, sendEvent } from '../fixtures/webhooks';
import { type House, startHouse } from '../servers/house';

interface Stage {
  readonly house: House;
  readonly pg: FaultBoard;
  readonly bank: FaultBoard;
}

/** A decline decides soon, and the bank is asked soon again. */
let brisk: Stage;
/** The PG may take long over a call that we gave up, and the bank is asked once. */
let slow: Stage;
beforeAll(async () => {
  const stage = async (policy: object) => {
    const house = await startHouse({ policy: { ...NO_ANSWERS, ...policy } });
    return { house, pg: faultBoard(house.sandboxes.softpayment), bank: faultBoard(house.sandboxes.bank) };
  };
  brisk = await stage({ unknownTimetableMs: [300] });
  slow = await stage({ chargeSettleMs: 600_000, notFoundSettleMs: 4_000, unknownTimetableMs: [600_000] });
});
afterAll(() => Promise.all([brisk, slow].map(({ house }) => house.stop())));

const LANDS_LATE = { fault: 'lands-late', delayMs: WHEN_HURRIED } as const;

const posted = async ({ house }: Stage, key: string): Promise<number> => {
  const [pg, bank] = await Promise.all([house.sandboxes.softpayment.journal(), house.sandboxes.bank.journal()]);
  return [...pg, ...bank].filter(
    ({ kind, method, path, orderId, reference }) =>
      kind === 'request' && method === 'POST' && !path?.includes('/cancel') && (orderId ?? reference) === key,
  ).length;
};
const sendsOf = ({ house }: Stage, key: string) => house.db('sends').where({ key }).orderBy('id');

/** Its first charge was lost on its way, and the PG answers the next call with a decline. */
async function lostThenDeclined({ house, pg }: Stage): Promise<Story & { orderId: string }> {
  const story = await prepareDeal(house);
  const orderId = `${story.dealNo}-1`;
  await pg.strike({ ...LANDS_LATE, match: { orderId } });
  await pg.strike({ fault: 'decline', match: { orderId } });
  return { ...story, orderId };
}

test.concurrent('a transfer whose POST was lost is not followed by another reference, whatever the bank says of a re-send', async () => {
  const { house, bank } = brisk;
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  const reference = `${dealNo}-T1`;
  await bank.strike({ ...LANDS_LATE, match: { reference } });
  const open = await bank.strike({ fault: 'bank-closed', match: { reference } });
  void beginConfirm(story);
  await poll(
    () => sendsOf(brisk, reference),
    (sends) => sends.filter(({ unknown }) => !unknown).length > 1,
    { what: 'the re-sends are turned away' },
  );
  expect((await payer.deal(id)).transfers).toMatchObject([{ reference, status: 'PENDING' }]);
  bank.hurry(reference);
  await open();
  const { transfers } = await payer.waitForStatus(id, 'COMPLETED');
  expect(transfers).toMatchObject([{ reference, status: 'COMPLETED' }]);
  expect(await groundTruth(house, dealNo)).toMatchObject({ transfersOut: 1, transferred: 100_000 });
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a charge whose first POST was lost just now is not decided by a decline, and goes on when it lands', async () => {
  const { house, pg } = slow;
  const { orderId, ...story } = await lostThenDeclined(slow);
  void beginConfirm(story);
  await story.waits('charge-unknown');
  const { waiting } = await story.payer.deal(story.id);
  // Asked again when the lost POST has surely ended, and the payer reads that time.
  expect(new Date(waiting?.nextMoveAt ?? 0).getTime()).toBeGreaterThan(Date.now() + 500_000);
  expect((await sendsOf(slow, orderId)).slice(0, 2)).toMatchObject([
    { answer: null, unknown: true },
    { answer: 'declined', unknown: false },
  ]);
  pg.hurry(orderId); // its event wakes the deal
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await groundTruth(house, story.dealNo)).toMatchObject({ charges: 1, refunded: 0 });
  await expectMoneyBalanced(house, story.dealNo);
});

test.concurrent('a decline decides once the lost POST has ended; what lands even later is given back by its paymentKey', async () => {
  const { house, pg } = brisk;
  const { orderId, ...story } = await lostThenDeclined(brisk);
  const { payer, id, dealNo } = story;
  void beginConfirm(story);
  await story.waits('card-needed');
  const calls = await posted(brisk, orderId);
  pg.hurry(orderId);
  await poll(
    () => groundTruth(house, dealNo),
    ({ charged, refunded }) => charged > 0 && refunded === charged,
    { what: 'the late charge is given back' },
  );
  await eventsClose(house, dealNo, 'payment.done');
  expect(await posted(brisk, orderId)).toBe(calls); // a decided attempt is never POSTed again
  await poll(
    () => openTasks(house, id),
    (open) => open.length === 0,
    { what: 'its task is closed' },
  );
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(house, dealNo, { chargesMax: 2 });
});

test.concurrent('a card that the PG does not know, after a lost POST, decides nothing, and is not POSTed again', async () => {
  const { house, pg } = brisk;
  const story = await prepareDeal(house);
  const orderId = `${story.dealNo}-1`;
  const mend = await pg.strike({ fault: 'error-500', match: { orderId } });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  await pg.strike({ fault: 'unknown-card', match: { orderId } });
  await mend();
  await story.waits('operator-needed');
  const calls = await posted(brisk, orderId);
  await story.workflow.signal('knock');
  await story.workflow.signal('providerNews', { leg: 'charge', attempt: 1 });
  await taskOpens(house, story.id, 'operator-needed');
  expect([await posted(brisk, orderId), (await story.payer.deal(story.id)).payments]).toMatchObject([
    calls,
    [{ status: 'PENDING' }],
  ]);
});

/** Declined at once; nothing more was sent. */
const declinedDeal = (): Promise<Story> => waitingDeal(brisk.house, 'card-needed', { card: '0101' });
const claim = ({ dealNo, total }: Story, paymentKey: string) =>
  sendEvent(brisk.house, 'softpayment', 'payment.done', {
    ...{ orderId: `${dealNo}-1`, paymentKey, status: 'DONE', amount: total },
  });

test.concurrent('a claim that cancelling refutes moves nothing; its task stays, and meanwhile no other card is charged', async () => {
  const { house } = brisk;
  const story = await declinedDeal();
  const { payer, id, dealNo } = story;
  await claim(story, 'pay_of_nobody');
  await eventsClose(house, dealNo, 'payment.done');
  const [task] = await house.db('operator_tasks').where({ deal_id: id, reason: 'charge-claimed' });
  expect(task).toMatchObject({ closed_at: null, detail: 'attempt 1: the PG answers not-found' });
  expect(await house.db('refunds').where({ deal_id: id })).toMatchObject([{ status: 'REJECTED' }]);
  expect(await house.db('payments').where({ deal_id: id })).toMatchObject([{ status: 'FAILED', payment_key: null }]);
  expect(await payer.confirm(id, await payer.registerCard())).toMatchObject({
    ...{ status: 409, body: { code: 'charge-in-progress' } },
  });
  // A confirm that had not seen the doubt is refused by the intent, and under the same name.
  const request = { attempt: 2, cardId: await payer.registerCard(), ...DEVICE };
  const past = await house.engine.confirm(headerOf(story), request, 10_000);
  expect(past).toMatchObject({ kind: 'decided', outcome: { kind: 'unavailable' } });
  expect((await payer.deal(id)).payments).toMatchObject([{}, { declineCode: 'charge-in-doubt' }]);
  expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 0, refunded: 0 });
});

test.concurrent('a claim under the paymentKey of the standing charge says nothing new, and cancels nothing', async () => {
  const { house } = brisk;
  const story = await declinedDeal();
  const { payer, id, dealNo } = story;
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  const { payment_key: standing } = await house.db('payments').where({ deal_id: id, attempt: 2 }).first();
  await claim(story, standing);
  await eventsClose(house, dealNo, 'payment.done');
  expect([await openTasks(house, id), await house.db('refunds').where({ deal_id: id })]).toEqual([[], []]);
  await expectMoneyBalanced(house, dealNo);
});

test.concurrent('a declined charge that an operator finds at the PG is booked by its paymentKey, and given back', async () => {
  const { house, pg } = brisk;
  const story = await prepareDeal(house);
  const { payer, id, dealNo, operator } = story;
  const orderId = `${dealNo}-1`;
  await pg.strike({ fault: 'webhook-missing', match: { orderId } });
  await pg.strike({ fault: 'late-success', match: { orderId }, delayMs: WHEN_HURRIED });
  expect((await payer.confirm(id, story.cardId)).status).toBe(402);
  pg.hurry(orderId);
  await poll(
    () => groundTruth(house, dealNo),
    ({ charges }) => charges === 1,
    { what: 'it is charged late' },
  );
  const charged = (await house.sandboxes.softpayment.journal()).find(
    (entry) => entry.effect === 'charged' && entry.orderId === orderId,
  );
  const paymentKey = charged?.paymentKey ?? 'not charged';
  const ruling = { leg: 'charge', verdict: 'done', paymentKey } as const;
  expect(await refusalOf(operator.rule({ ...ruling, attempt: 2 }))).toMatch(/charge 2 is not undecided/);
  await operator.rule(ruling);
  await poll(
    () => groundTruth(house, dealNo),
    ({ refunded }) => refunded === story.total,
    { what: 'it is given back' },
  );
  expect((await payer.cancel(id)).status).toBe(200);
  await expectMoneyBalanced(house, dealNo);
});

/** The first transfer was lost on its way, and the bank does not know it. */
async function lostTransfer({ house, bank }: Stage): Promise<Story & { reference: string }> {
  const story = await prepareDeal(house);
  const reference = `${story.dealNo}-T1`;
  await bank.strike({ ...LANDS_LATE, match: { reference } });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  return { ...story, reference };
}
const standingsOf = ({ house }: Stage, { id }: Story) =>
  house.db('rulings').where({ deal_id: id }).orderBy('id').pluck('standing');

test.concurrent('a transfer is not ruled failed by evidence that is older than its last send, or of the future', async () => {
  const story = await lostTransfer(slow);
  const rule = (evidenceAt: number) =>
    refusalOf(
      story.operator.rule({ leg: 'transfer', verdict: 'failed', evidenceAt: new Date(evidenceAt).toISOString() }),
    );
  const [{ sent_at: sentAt }] = await sendsOf(slow, story.reference);
  expect(await rule(sentAt.getTime() - 1_000)).toMatch(/older than the last send/);
  expect(await rule(sentAt.getTime() + 100)).toMatch(/older than the last send/); // that one may take longer
  expect(await rule(Date.now() + 3_600_000)).toMatch(/a time that has not come yet/);
  expect(await standingsOf(slow, story)).toEqual([]);
});

test.concurrent('a transfer that the bank knows by now is not failed by a ruling: the bank decides', async () => {
  const { house, bank } = slow;
  const story = await lostTransfer(slow);
  await bank.strike({ fault: 'webhook-missing', match: { reference: story.reference } });
  bank.hurry(story.reference); // it lands, and nobody tells
  await poll(
    () => groundTruth(house, story.dealNo),
    ({ transfersOut }) => transfersOut === 1,
    { what: 'it has landed' },
  );
  await untilTaken(() => story.operator.rule({ leg: 'transfer', verdict: 'failed' }));
  const { transfers } = await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(transfers).toMatchObject([{ reference: story.reference, status: 'COMPLETED' }]);
  expect(await standingsOf(slow, story)).toEqual(['overtaken']);
  await expectMoneyBalanced(house, story.dealNo);
});

test.concurrent('while the bank says that it is deciding, no ruling fails its transfer', async () => {
  const { house, bank } = slow;
  const story = await prepareDeal(house);
  const reference = `${story.dealNo}-T1`;
  await bank.strike({ fault: 'processing', match: { reference }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await untilTaken(() => story.operator.rule({ leg: 'transfer', verdict: 'failed' }));
  await poll(
    () => standingsOf(slow, story),
    ([standing]) => standing !== 'pending',
    { what: 'the ruling is tried' },
  );
  expect(await standingsOf(slow, story)).toEqual(['refused']);
  bank.hurry(reference);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect((await story.payer.deal(story.id)).transfers).toHaveLength(1);
  await expectMoneyBalanced(house, story.dealNo);
});

test.concurrent('a ruling that the bank did not answer waits for its answer, and says so', async () => {
  const { house, bank } = slow;
  const story = await lostTransfer(slow);
  const mend = await bank.strike({
    fault: 'error-500',
    match: { path: 'GET /transfers/', reference: story.reference },
  });
  await untilTaken(() => story.operator.rule({ leg: 'transfer', verdict: 'failed' }));
  await taskOpens(house, story.id, 'transfer-unknown');
  expect(await standingsOf(slow, story)).toEqual(['pending']);
  await mend();
  await story.workflow.signal('providerNews', { leg: 'transfer', attempt: 1 });
  const { transfers } = await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(transfers.map(({ code }) => code)).toEqual(['ruled-failed', '0000']);
  expect(await standingsOf(slow, story)).toEqual(['carried-out']);
});
