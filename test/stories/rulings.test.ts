import { providerNews } from '../../workflows/deal/messages';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { kstClockAt } from '../fixtures/kst-clock';
import { BY, refusalOf, ruleTransferFailed, taskOpens, untilTaken } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import type { JournalEntry } from '../servers/sandboxes';

let house: House;
let pg: FaultBoard;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({
    policy: { unknownTimetableMs: [300] },
  });
  pg = faultBoard(house.sandboxes.softpayment);
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

const DONE_AT_PG = { leg: 'charge', verdict: 'done', paymentKey: 'pay_of_the_ruling' } as const;

const chargeOf = ({ dealNo }: Story, attempt = 1) => ({ path: '/billing/payment', orderId: `${dealNo}-${attempt}` });
const cancelOf = ({ dealNo }: Story) => ({ path: '/cancel', orderId: `${dealNo}-1` });
const transferOf = ({ dealNo }: Story, attempt = 1) => ({ reference: `${dealNo}-T${attempt}` });

/** Until the provider has decided an answer to this key that is only on its way. */
const answered = (provider: 'softpayment' | 'bank', isIt: (entry: JournalEntry) => boolean) =>
  poll(
    house.sandboxes[provider].journal,
    (journal) => journal.some((entry) => entry.kind === 'request' && entry.status === 200 && isIt(entry)),
    { what: `an answer of ${provider}` },
  );

/** Softpayment's key of the first attempt's charge. */
async function keyAtPg({ dealNo }: Story): Promise<string> {
  const charged = ({ effect, orderId }: JournalEntry) => effect === 'charged' && orderId === `${dealNo}-1`;
  return (await house.sandboxes.softpayment.journal()).find(charged)?.paymentKey ?? 'not charged';
}

/** The rulings that are kept in the deal's story. */
const rulingsOf = ({ id }: Story): Promise<string[]> =>
  house.db('deal_events').where({ deal_id: id }).where({ cause: 'rule' }).pluck('note');

async function expectBooked({ id, dealNo }: Story, rows: object[]): Promise<void> {
  const payments = await house.db('payments').where({ deal_id: id }).orderBy('attempt');
  expect(payments).toMatchObject(rows);
  await expectMoneyBalanced(house, dealNo);
}

/** A charge that is unknown for the faults that stand; the next answer comes late, and is about to. */
async function chargeBeingAnswered(card: string): Promise<Story> {
  const story = await prepareDeal(house, { card });
  const mend = await pg.strike({ fault: 'error-500', match: chargeOf(story) });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  const speedUp = await pg.strike({ fault: 'slow', match: chargeOf(story), delayMs: WHEN_HURRIED });
  await mend();
  await answered('softpayment', ({ orderId }) => orderId === `${story.dealNo}-1`);
  await speedUp(); // that answer stays late; the PG's event makes the deal ask once more
  return story;
}

test.concurrent('a ruling given while the PG itself answers "charged" does not decide the transfer', async () => {
  const story = await chargeBeingAnswered('1234');
  await story.operator.rule(DONE_AT_PG);
  pg.hurry(`${story.dealNo}-1`);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectBooked(story, [{ status: 'PAID', payment_key: await keyAtPg(story) }]);
  expect((await groundTruth(house, story.dealNo)).transfersOut).toBe(1);
});

test.concurrent('a ruling given while the PG itself answers "declined" does not decide the next card', async () => {
  const story = await chargeBeingAnswered('0101');
  await story.operator.rule(DONE_AT_PG);
  pg.hurry(`${story.dealNo}-1`);
  await story.waits('card-needed');
  expect((await story.payer.confirm(story.id, await story.payer.registerCard())).status).toBe(200);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectBooked(story, [{ status: 'FAILED', decline_code: 'insufficient-funds' }, { status: 'PAID' }]);
});

test.concurrent('a ruling given while the bank itself answers "failed" does not decide the next transfer', async () => {
  const story = await prepareDeal(house, { account: '0207' });
  const { reference } = transferOf(story);
  const query = { path: 'GET /transfers/', reference };
  await bank.strike({ fault: 'processing', match: { reference }, delayMs: WHEN_HURRIED });
  const mend = await bank.strike({ fault: 'error-500', match: query });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  bank.hurry(reference);
  const failed = ({ body }: JournalEntry) => Boolean(body?.includes('transfer.failed') && body.includes(reference));
  await poll(house.sandboxes.bank.journal, (entries) => entries.some(failed), { what: 'the bank has decided' });
  const speedUp = await bank.strike({ fault: 'slow', match: query, delayMs: WHEN_HURRIED });
  await mend();
  await answered('bank', (entry) => entry.method === 'GET' && entry.reference === reference);
  await speedUp(); // that answer stays late
  await story.operator.rule({ leg: 'transfer', verdict: 'done' });
  bank.hurry(reference);
  const { transfers } = await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(transfers.map(({ code }) => code)).toEqual(['903', '903', '0000']);
  await expectMoneyBalanced(house, story.dealNo);
});

test.concurrent('an unknown charge ruled failed is POSTed no more, and waits for its settlement files', async () => {
  const story = await prepareDeal(house);
  const mend = await pg.strike({ fault: 'error-500', match: chargeOf(story) });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  await untilTaken(() => story.operator.rule({ leg: 'charge', verdict: 'failed' }));
  await story.waits('operator-needed');
  await mend();
  const sent = () => house.db('sends').where({ key: `${story.dealNo}-1` });
  const before = await sent();
  await story.workflow.signal(providerNews, { leg: 'charge', attempt: 1 });
  await taskOpens(house, story.id, 'operator-needed');
  expect(await sent()).toEqual(before);
  const [ruling] = await house.db('rulings').where({ deal_id: story.id });
  expect(ruling).toMatchObject({ standing: 'pending', why: expect.stringContaining('complete settlement files of') });
  // A better word ends it.
  await story.operator.rule({ ...DONE_AT_PG, paymentKey: `pay_of_${story.dealNo}` });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
});

test.concurrent('an unknown charge ruled done needs its paymentKey, and then goes on', async () => {
  const story = await prepareDeal(house);
  await pg.strike({ fault: 'garbage', match: chargeOf(story) });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  const paymentKey = await keyAtPg(story);
  expect(await refusalOf(story.operator.rule({ leg: 'charge', verdict: 'done' }))).toMatch(/needs its paymentKey/);
  expect(await refusalOf(story.operator.rule({ leg: 'transfer', verdict: 'done' }))).toMatch(/never sent/);
  await story.operator.rule({ leg: 'charge', verdict: 'done', paymentKey });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await rulingsOf(story)).toEqual([`charge 1 done (settlement file): ${BY.reason}`]);
  await expectBooked(story, [{ status: 'PAID', payment_key: paymentKey }]);
});

test.concurrent('nothing is ruled while nothing is unknown, and nothing twice', async () => {
  const needsCard = await waitingDeal(house, 'card-needed', { card: '0101' });
  expect(await refusalOf(needsCard.operator.rule({ leg: 'charge', verdict: 'failed' }))).toMatch(
    /charge 1 is not undecided/,
  );
  const held = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  for (const leg of ['charge', 'transfer', 'refund'] as const)
    expect(await refusalOf(held.operator.rule({ ...DONE_AT_PG, leg }))).toMatch(/risk-review/);

  const story = await prepareDeal(house);
  await pg.strike({ fault: 'error-500', match: chargeOf(story) });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  const ruling = { ...DONE_AT_PG, paymentKey: `pay_of_${story.dealNo}` };
  await Promise.allSettled([story.operator.rule(ruling), story.operator.rule(ruling)]); // the later one may overtake
  await poll(
    () => house.db('payments').where({ deal_id: story.id, status: 'PENDING' }),
    (undecided) => undecided.length === 0,
    { what: 'the ruling is carried out' },
  );
  await expect(story.operator.rule(ruling)).rejects.toThrow();
  const standings: string[] = await house.db('rulings').where({ deal_id: story.id }).orderBy('id').pluck('standing');
  expect(standings.filter((standing) => standing !== 'overtaken')).toEqual(['carried-out']);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
});

test.concurrent('an unknown transfer ruled done completes the deal', async () => {
  const story = await prepareDeal(house);
  await bank.strike({ fault: 'garbage', match: transferOf(story) });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await story.operator.rule({ leg: 'transfer', verdict: 'done' });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});

/** The bank does not take this transfer, and knows nothing of it. */
const refuseTransfer = (story: Story, attempt = 1) =>
  bank.strike({ fault: 'error-500', match: { ...transferOf(story, attempt), path: 'POST /transfers' } });

test.concurrent('an unknown transfer ruled failed is made again under a new reference', async () => {
  const story = await prepareDeal(house);
  await refuseTransfer(story);
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, story.id);
  const { transfers } = await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(transfers).toMatchObject([
    { reference: `${story.dealNo}-T1`, status: 'FAILED', code: 'ruled-failed' },
    { reference: `${story.dealNo}-T2`, status: 'COMPLETED' },
  ]);
  await expectMoneyBalanced(house, story.dealNo);
});

test.concurrent('a ruling about one transfer that is given again does not decide the next one', async () => {
  const story = await prepareDeal(house);
  const first = { leg: 'transfer', verdict: 'failed', attempt: 1 } as const;
  const mend = await refuseTransfer(story, 1);
  const mendSecond = await refuseTransfer(story, 2);
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, story.id);
  await poll(
    () => house.db('transfers').where({ deal_id: story.id, attempt: 2 }),
    (second) => second.length === 1,
    { what: 'the second transfer is begun' },
  );
  await story.waits('transfer-unknown');
  expect(await refusalOf(story.operator.rule(first))).toMatch(/transfer 1 is not undecided/);
  await Promise.all([mend(), mendSecond()]);
  const { transfers } = await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(transfers.map(({ code }) => code)).toEqual(['ruled-failed', '0000']);
  // One that a send had followed meanwhile was refused, and given again.
  expect(new Set(await rulingsOf(story))).toEqual(new Set([`transfer 1 failed (settlement file): ${BY.reason}`]));
  await expectMoneyBalanced(house, story.dealNo);
});

test.concurrent('an unknown refund ruled done ends the deal, and the PG is not asked again', async () => {
  const story = await prepareDeal(house, { account: '0202' });
  await pg.strike({ fault: 'garbage', match: cancelOf(story) });
  void beginConfirm(story);
  await story.waits('refund-unknown');
  await story.operator.rule({ leg: 'refund', verdict: 'done' });
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  expect(await house.db('refunds').where({ deal_id: story.id })).toMatchObject([{ n: 1, status: 'DONE' }]);
  await expectMoneyBalanced(house, story.dealNo);
});

test('a charge too old to be asked about is asked about no more: it waits for a person, and the ruling ends it', async () => {
  const clock = kstClockAt('12:00:00');
  const own = await startHouse({ clock: clock.now, policy: { unknownTimetableMs: [300] } });
  try {
    const board = faultBoard(own.sandboxes.softpayment);
    const story = await prepareDeal(own);
    const mend = await board.strike({ fault: 'drop-after-commit', match: chargeOf(story) });
    void beginConfirm(story);
    await story.waits('charge-unknown');
    const charged = (entry: JournalEntry) => entry.effect === 'charged' && entry.orderId === `${story.dealNo}-1`;
    const paymentKey = (await own.sandboxes.softpayment.journal()).find(charged)?.paymentKey;
    clock.set('12:00:00', 8); // half of the time for which the PG knows an order, and more
    await story.waits('operator-needed');
    await board.strike({ fault: 'key-expired', match: chargeOf(story) }); // asked again, it would charge again
    await mend();
    await story.operator.rule({ leg: 'charge', verdict: 'done', ...(paymentKey && { paymentKey }) });
    expect(await story.workflow.result()).toBe('COMPLETED');
    await expectMoneyBalanced(own, story.dealNo);
  } finally {
    await own.stop();
  }
});

test.concurrent('a charge is not ruled done by the paymentKey of another deal, and a better ruling is heard', async () => {
  const [other, story] = [await prepareDeal(house), await prepareDeal(house)];
  await other.payer.confirm(other.id, other.cardId);
  const mend = await pg.strike({ fault: 'drop-after-commit', match: chargeOf(story) });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  const rule = async (of: Story) =>
    story.operator.rule({ leg: 'charge', verdict: 'done', paymentKey: await keyAtPg(of) });
  expect(await refusalOf(rule(other))).toMatch(/this paymentKey is of another charge/);
  await rule(story);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await mend();
  await expectBooked(story, [{ status: 'PAID', payment_key: await keyAtPg(story) }]);
});
