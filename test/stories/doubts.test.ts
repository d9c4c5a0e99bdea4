/** A doubt stops money, by whatever channel it came (spec/verdicts.md, "Doubts"). */
import { randomUUID } from 'node:crypto';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { taskQueuesOf } from '../../infra/temporal/client';
import { RECONCILE_WORKFLOW } from '../../workflows/batches/messages';
import { acceptBreak } from '../../workflows/deal/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { faultBoard, WHEN_HURRIED } from '../faults/faults';
import { groundTruth } from '../fixtures/balance';
import { type KstClock, kstClockAt } from '../fixtures/kst-clock';
import { BY, refusalOf, ruleTransferFailed, settleByHand, taskOpens, untilTaken } from '../fixtures/operator';
import { callApi } from '../fixtures/payer';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { approvedRequest } from '../fixtures/requests';
import { beginConfirm, prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { sendEvent } from '../fixtures/webhooks';
import { type House, startHouse } from '../servers/house';
import { API_KEYS } from '../servers/sandboxes';

const DAY_MS = 86_400_000;

let house: House;
let clock: KstClock;
let day: string;
beforeEach(async () => {
  clock = kstClockAt('12:00:00');
  day = kstDayOf(clock.now());
  const policy = { ...NO_ANSWERS, quoteMs: 9 * DAY_MS, holdMs: 9 * DAY_MS, giveUpAfterMs: 9 * DAY_MS };
  house = await startHouse({ clock: clock.now, policy });
});
afterEach(() => house.stop());

/** The nightly run of the day on which the story began. */
async function reconcile(): Promise<void> {
  clock.set('23:30:00', 1);
  const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).batches;
  const run = { taskQueue, workflowId: `reconcile-${randomUUID()}`, args: [{ day, wakePatienceMs: 500 }] };
  await house.client.workflow.execute(RECONCILE_WORKFLOW, run);
}

const breakOf = async (dealNo: string) => (await breaksAfter(house.db, 0, 'open')).find((one) => one.dealNo === dealNo);
const doubtsOf = ({ id }: Story): Promise<string[]> =>
  house.db('doubts').where({ deal_id: id, closed_at: null }).orderBy('kind').pluck('kind');

/** Told by the rows: sessions end when the clock moves on. */
const untilDeal = ({ id }: Story, column: 'status' | 'waiting_reason', value: string) =>
  poll(
    () => house.db('deals').where({ id }).first(column),
    (row) => row[column] === value,
    { what: `its ${column} is ${value}` },
  );

/** Somebody gives the whole charge back at the PG, and no webhook tells it. */
async function refundedBesideUs({ id, dealNo, total }: Story): Promise<void> {
  const pg = faultBoard(house.sandboxes.softpayment);
  await pg.strike({ fault: 'webhook-missing', match: { orderId: `${dealNo}-1` } });
  const { payment_key: paymentKey } = await house.db('payments').where({ deal_id: id }).first('payment_key');
  const body = { cancelReason: 'by hand', cancelAmount: total };
  const headers = { 'x-api-key': API_KEYS.softpayment, 'idempotency-key': 'by-hand' };
  const path = `/v1/payments/${paymentKey}/cancel`;
  expect((await callApi(house.places.softpaymentUrl, 'POST', path, body, headers)).status).toBe(200);
}

test('a foreign refund that the settlement file shows keeps the principal from going out, and from going back twice', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  const { id, dealNo, operator, total } = story;
  await refundedBesideUs(story);
  await reconcile();
  expect(await doubtsOf(story)).toEqual(['foreign-refund']);
  await operator.release();
  await untilDeal(story, 'waiting_reason', 'operator-needed'); // released, and not paid out
  await untilTaken(operator.refund); // before the doubt is ended: so it goes first
  const found = await breakOf(dealNo);
  expect(found).toMatchObject({ class: 'refund-not-ours' });
  expect(await house.db('refunds').where({ deal_id: id })).toEqual([]);
  const request = await approvedRequest(house.db, { kind: 'accept', subject: `${found?.id}`, dealId: id });
  const by = { ...BY, breakId: Number(found?.id), chargeback: null, request };
  await house.engine.orderAfterEnd(id, acceptBreak, by);
  await untilDeal(story, 'status', 'REFUNDED');
  expect(await groundTruth(house, dealNo)).toMatchObject({ transfersOut: 0, charged: total, refunded: total });
  const ended = await house.db('doubts').where({ deal_id: id }).pluck('closed_by');
  expect(ended).toEqual(['acceptance']);
});

/** T1 is lost on its way and ruled failed while transfers are stopped; then the bank pays it after all, untold. */
async function paidAfterRuling(): Promise<Story> {
  const bank = faultBoard(house.sandboxes.bank);
  const story = await prepareDeal(house);
  const { id, dealNo } = story;
  const reference = `${dealNo}-T1`;
  await bank.strike({ fault: 'webhook-missing', match: { reference } });
  await bank.strike({ fault: 'lands-late', match: { reference }, delayMs: WHEN_HURRIED });
  await bank.strike({ fault: 'bank-closed', match: { reference } });
  await bank.strike({ fault: 'bank-busy', match: { reference: `${dealNo}-T2` } });
  await bank.strike({ fault: 'bank-busy', match: { reference: `${dealNo}-T3` } });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, id, 1, clock.now);
  await story.waits('retry-due');
  bank.hurry(reference);
  await poll(
    () => groundTruth(house, dealNo),
    ({ transfersOut }) => transfersOut === 1,
    { what: 'the bank pays the first transfer' },
  );
  return story;
}

test('an attempt called failed that the bank’s list has paid is not paid again by the next batch', async () => {
  const story = await paidAfterRuling();
  const { id, dealNo, operator } = story;
  const bank = faultBoard(house.sandboxes.bank);
  // The bank does not answer about the first transfer: only its list has told.
  const mend = await bank.strike({ fault: 'error-500', match: { path: 'GET /transfers/', reference: `${dealNo}-T1` } });
  await reconcile();
  expect(await doubtsOf(story)).toEqual(['transfer-claimed']);
  await story.waits('retry-due');
  const before = await house.db('transfers').where({ deal_id: id }).pluck('attempt');
  expect(await refusalOf(operator.retryTransfer())).toMatch(/its money is in doubt: transfer-claimed/);
  await untilTaken(operator.refund);
  await untilDeal(story, 'waiting_reason', 'operator-needed');
  expect(await house.db('transfers').where({ deal_id: id }).pluck('attempt')).toEqual(before);
  expect(await groundTruth(house, dealNo)).toMatchObject({ transfersOut: 1, refunded: 0 });
  await mend();
});

test('a signed event and the doubt that it raises are one: the deal that it is about sends nothing after it', async () => {
  const story = await paidAfterRuling();
  const { id, dealNo, operator } = story;
  const bank = faultBoard(house.sandboxes.bank);
  await bank.strike({ fault: 'error-500', match: { path: 'GET /transfers/', reference: `${dealNo}-T1` } });
  const [{ amount, trading_date: tradingDate }] = await house
    .db('transfers')
    .where({ deal_id: id, attempt: 1 })
    .select('amount', house.db.raw(`to_char(trading_date, 'YYYY-MM-DD') as trading_date`));
  const reference = `${dealNo}-T1`;
  await sendEvent(house, 'bank', 'transfer.done', { reference, tradingDate, amount: Number(amount) });
  expect(await doubtsOf(story)).toEqual(['transfer-claimed']);
  const before = await house.db('transfers').where({ deal_id: id }).pluck('attempt');
  expect(await refusalOf(operator.retryTransfer())).toMatch(/its money is in doubt: transfer-claimed/);
  await taskOpens(house, id, 'late-news-unanswered');
  expect(await house.db('transfers').where({ deal_id: id }).pluck('attempt')).toEqual(before);
  await sendEvent(house, 'bank', 'transfer.done', { reference, tradingDate, amount: Number(amount) });
  await settleByHand(house, dealNo, 'late-news-unanswered'); // the operator takes what came before it as settled
  expect(await doubtsOf(story)).toEqual(['transfer-claimed']);
  const open = await house.db('pg_webhook_events').where({ deal_no: dealNo }).whereNull('processed_at').pluck('type');
  expect(open).toEqual(['transfer.done']);
  expect(await house.db('transfers').where({ deal_id: id }).pluck('attempt')).toEqual(before);
  await taskOpens(house, id, 'late-news-unanswered'); // the sweep brings it again
  await settleByHand(house, dealNo, 'late-news-unanswered');
  expect(await doubtsOf(story)).toEqual([]);
});

test('a dispute is a doubt: no part of the fee goes back beside it, and its task is closed by the verdict alone', async () => {
  const story = await prepareDeal(house);
  const { id, dealNo, operator, payer, cardId } = story;
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  await operator.chargeback('open', `case-${dealNo}`);
  expect(await doubtsOf(story)).toEqual(['dispute-open']);
  await expect(settleByHand(house, dealNo, 'chargeback-open')).rejects.toThrow('ends only when the dispute is decided');
  const answer = await operator.refundFee(700, 'request-1');
  expect(answer).toMatchObject({ kind: 'refused', message: expect.stringContaining('its charge is disputed') });
  await operator.chargeback('won', `case-${dealNo}`);
  expect(await doubtsOf(story)).toEqual([]);
});
