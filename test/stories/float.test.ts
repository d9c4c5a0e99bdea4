import { floatActivities } from '../../activities/batches/float-watch';
import { sumInFlight } from '../../db/float';
import { openStops, stopLeg } from '../../db/stop-switches';
import { createLog } from '../../infra/log';
import { createBank } from '../../infra/providers/bank/client';
import { won } from '../../workflows/domain/money';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { liftStopOf, runBatch } from '../fixtures/operator';
import { cardEnding } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const HEADROOM = 20_000_000;
const MINUTE_MS = 60_000;

let house: House;
let pg: FaultBoard;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({ policy: { unknownTimetableMs: [300] } });
  pg = faultBoard(house.sandboxes.softpayment);
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());
afterEach(async () => {
  await setBalance(10_000_000_000);
  await watch();
});

async function setBalance(balance: number): Promise<void> {
  const answer = await fetch(`${house.sandboxes.bank.url}/_sandbox/balance`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ balance }),
  });
  if (!answer.ok) throw new Error(`the sandbox refused the balance: ${answer.status}`);
}

/** The step of the minute, by itself. */
function watch() {
  const { db, config } = house;
  const client = createBank({ ...config.bank, timeoutMs: 10_000 });
  const parts = { db, bank: client, clock: () => new Date(), log: createLog('test', 'silent') };
  return floatActivities({ ...parts, headroom: config.floatHeadroom }).watchFloat();
}
const stops = async () => (await openStops(house.db)).map(({ leg, source }) => `${leg} by ${source}`);
const alarms = () => house.db('operator_tasks').whereNull('deal_id').whereNull('closed_at').pluck('reason');
const inFlight = async () => (await sumInFlight(house.db)).principal;
const becomes = (amount: number) => poll(inFlight, (now) => now === amount, { what: `${amount} won are in flight` });

test('charges stop, with an alarm, before the float cannot cover what is in flight, and go on when it is ample', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  const before = await inFlight();
  expect(before).toBeGreaterThanOrEqual(REVIEWED);
  await setBalance(HEADROOM + before - 1);
  expect(await watch()).toBe('low');
  expect([await stops(), await alarms()]).toEqual([['charge by float'], ['float-low']]);
  expect(await watch()).toBe('low');
  await setBalance(HEADROOM + before);
  expect(await watch()).toBe('between');
  expect([await stops(), await alarms()]).toEqual([['charge by float'], ['float-low']]);
  await setBalance(1.5 * HEADROOM + before);
  expect(await watch()).toBe('ample');
  expect([await stops(), await alarms()]).toEqual([[], []]);
  const thrown = await house.db('stop_switch_events').orderBy('id').select('action', 'source', 'actor');
  const by = { source: 'float', actor: 'system' };
  expect(thrown).toEqual([
    { action: 'stop', ...by },
    { action: 'lift', ...by },
  ]);
  await story.operator.refund();
  await story.payer.waitForStatus(story.id, 'REFUNDED');
});

test('the watch lifts no stop of an operator’s', async () => {
  const by = { leg: 'charge', source: 'operator', actor: 'operator:kim', reason: 'test' } as const;
  await stopLeg(house.db, by);
  await setBalance(0);
  await watch();
  expect(await stops()).toEqual(['charge by float', 'charge by operator']);
  await setBalance(10_000_000_000);
  await watch();
  expect(await stops()).toEqual(['charge by operator']);
  await liftStopOf(house.db, 'charge');
});

test('what is in flight follows a deal from its charge until the bank has the transfer', async () => {
  const start = await inFlight();
  const story = await prepareDeal(house);
  expect(await inFlight()).toBe(start); // a quote binds nothing
  const mend = await pg.strike({ fault: 'garbage', match: { orderId: `${story.dealNo}-1` } });
  await bank.strike({ fault: 'processing', match: { reference: `${story.dealNo}-T1` }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('charge-unknown');
  expect(await inFlight()).toBe(start + 100_000);
  await mend();
  await story.waits('transfer-unknown'); // the bank has it: its balance lacks the money already
  expect(await inFlight()).toBe(start);
  bank.hurry(`${story.dealNo}-T1`);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await inFlight()).toBe(start);
});

test('a failed transfer stays in flight until its refund begins, and a cancelled charge leaves at once', async () => {
  const start = await inFlight();
  const failed = await waitingDeal(house, 'retry-due', { account: '0208' });
  expect(await inFlight()).toBe(start + 100_000);
  const mend = await pg.strike({ fault: 'garbage', match: { path: '/cancel', orderId: `${failed.dealNo}-1` } });
  await failed.operator.refund();
  await failed.waits('refund-unknown');
  expect(await inFlight()).toBe(start);
  await mend();
  await failed.payer.waitForStatus(failed.id, 'REFUNDED');
  const cancelled = await prepareDeal(house);
  const answer = await pg.strike({ fault: 'garbage', match: { orderId: `${cancelled.dealNo}-1` } });
  void beginConfirm(cancelled);
  await cancelled.waits('charge-unknown');
  await becomes(start + 100_000);
  expect((await cancelled.payer.cancel(cancelled.id)).status).toBe(202);
  expect(await inFlight()).toBe(start);
  await answer();
  await cancelled.payer.waitForStatus(cancelled.id, 'CANCELLED');
});

/** A look at a float that covers so many deals of 100,000 won more, and not a won beyond them. */
async function lookAtRoomFor(deals: number): Promise<void> {
  await setBalance((await inFlight()) + deals * 100_000);
  const { db, config } = house;
  const client = createBank({ ...config.bank, timeoutMs: 10_000 });
  const parts = { db, bank: client, headroom: won(0), clock: () => new Date(), log: createLog('test', 'silent') };
  expect(await floatActivities(parts).watchFloat()).toBe('ample');
}

const confirm = async ({ payer, id, cardId }: Story) => {
  const { status, body } = await payer.confirm(id, cardId);
  return status === 200 ? 'charged' : body.code;
};

test('however many confirm at once, no more is charged than the float covers; then charges are stopped, with an alarm', async () => {
  const stories = await Promise.all(Array.from({ length: 20 }, () => prepareDeal(house)));
  await lookAtRoomFor(5);
  const answers = await Promise.all(stories.map(confirm));
  expect(answers.filter((answer) => answer === 'charged')).toHaveLength(5);
  expect(answers.filter((answer) => answer === 'charges-stopped')).toHaveLength(15);
  expect([await stops(), await alarms()]).toEqual([['charge by float'], ['float-low']]);
  const orders = stories.map(({ dealNo }) => dealNo);
  const effects = (await house.sandboxes.softpayment.journal()).filter(({ effect }) => effect === 'charged');
  expect(effects.filter(({ orderId }) => orders.includes(String(orderId).split('-')[0] as string))).toHaveLength(5);
  await Promise.all(
    stories.filter((_, n) => answers[n] === 'charged').map(({ payer, id }) => payer.waitForStatus(id, 'COMPLETED')),
  );
  await setBalance(10_000_000_000);
  expect(await watch()).toBe('ample');
  const refused = stories.find((_, n) => answers[n] !== 'charged') as Story;
  expect(await confirm(refused)).toBe('charged');
  await refused.payer.waitForStatus(refused.id, 'COMPLETED');
});

test('what was charged since the last look counts, although it has been paid out since', async () => {
  const [first, second] = [await prepareDeal(house), await prepareDeal(house)];
  await lookAtRoomFor(1);
  expect(await confirm(first)).toBe('charged');
  await first.payer.waitForStatus(first.id, 'COMPLETED');
  expect(await confirm(second)).toBe('charges-stopped');
});

test('a declined charge leaves its part of the float to the next one', async () => {
  const { payer, id, cardId } = await prepareDeal(house, { card: '0101' });
  await lookAtRoomFor(1);
  expect((await payer.confirm(id, cardId)).status).toBe(402);
  expect((await payer.confirm(id, await payer.registerCard(cardEnding('1234')))).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
});

test('before a balance was ever read charges are taken', async () => {
  await house.db('float_watch').update({ balance: null, in_flight: null, read_at: null });
  expect(await confirm(await prepareDeal(house, { principal: REVIEWED }))).toBe('charged');
});

test('a balance that cannot be read is an alarm after ten minutes, and stops no charge', async () => {
  const mend = await bank.strike({ fault: 'error-500', match: { path: '/balance' } });
  const { db, config } = house;
  let at = Date.now();
  const client = createBank({ ...config.bank, timeoutMs: 1_000 });
  const log = createLog('test', 'silent');
  const parts = { db, bank: client, headroom: config.floatHeadroom, clock: () => new Date(at), log };
  const { watchFloat } = floatActivities(parts);
  expect(await watchFloat()).toBe('unknown');
  at += 10 * MINUTE_MS - 1;
  expect(await watchFloat()).toBe('unknown');
  expect(await alarms()).toEqual([]);
  at += 1;
  expect(await watchFloat()).toBe('unknown');
  expect([await alarms(), await stops()]).toEqual([['float-unknown'], []]);
  await mend();
  expect(await watchFloat()).toBe('ample');
  expect(await alarms()).toEqual([]);
  const again = await bank.strike({ fault: 'error-500', match: { path: '/balance' } });
  at += MINUTE_MS;
  expect(await watchFloat()).toBe('unknown'); // its ten minutes begin anew
  expect(await alarms()).toEqual([]);
  await again();
});

test('a bank that never answers holds up only the look at the float: quotes expire meanwhile', async () => {
  const quote = await prepareDeal(house);
  await house
    .db('deals')
    .where({ id: quote.id })
    .update({ expires_at: new Date(Date.now() - 1) });
  const mend = await bank.strike({ fault: 'timeout-before', match: { path: '/balance' } });
  const swept = runBatch(house, 'minuteSweepWorkflow');
  await quote.payer.waitForStatus(quote.id, 'CANCELLED');
  expect((await swept).watchFloat).toBe('unknown');
  await mend();
});
