/** The worker and the API as processes that are asked to stop while something is under way. */
import { freePort } from '../../infra/local/ports';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { poll } from '../fixtures/poll';
import { type HouseProcess, startProcess, startWorkerProcess } from '../servers/child-process';
import { type Ground, prepareGround } from '../servers/ground';

let ground: Ground;
let api: HouseProcess;
let worker: HouseProcess | null = null;

const startApi = (): HouseProcess => {
  const { apiUrl } = ground.places;
  return startProcess('api/main.ts', { ...ground.env, PORT: new URL(apiUrl).port }, apiUrl);
};
/** The worker that runs, or a new one. */
async function runningWorker(): Promise<HouseProcess> {
  worker ??= await startWorkerProcess(ground.env);
  await worker.becomesReady();
  return worker;
}
/** How the worker ends; the next one is another process. */
async function workerEnds(): Promise<number | NodeJS.Signals | undefined> {
  const how = await worker?.ended();
  worker = null;
  return how;
}

beforeAll(async () => {
  ground = await prepareGround(`http://127.0.0.1:${await freePort()}`);
  api = startApi();
  await api.becomesReady();
});
afterAll(async () => {
  await worker?.clear();
  await api.clear();
  await ground.clear();
});

/** A deal that is being charged by this worker: the PG answers only after 1.5 s. */
async function beingCharged() {
  const payer = await ground.payer();
  const [cardId, recipientId] = [await payer.registerCard(), await payer.addRecipient()];
  const deal = await payer.createDeal(recipientId);
  const match = { orderId: `${deal.dealNo}-1` };
  await ground.sandboxes.softpayment.setFaults({ fault: 'slow', match, times: 1, delayMs: 1_500 });
  const confirmed = payer.confirm(deal.id, cardId);
  confirmed.catch(() => undefined);
  await ground.chargeAsked(match.orderId);
  return { ...deal, payer, confirmed };
}
const chargesAsked = async (dealNo: string) =>
  (await ground.sandboxes.softpayment.journal()).filter(
    ({ kind, orderId }) => kind === 'request' && orderId === `${dealNo}-1`,
  );
const paymentOf = (id: string) => ground.db('payments').where({ deal_id: id }).first('status');

test('SIGTERM during a charge: the worker is not ready any more, the call finishes and is booked, and it ends with 0', async () => {
  const first = await runningWorker();
  const { id, dealNo, payer } = await beingCharged();
  first.signal('SIGTERM');
  await first.becomes('it drains', ({ status, body }) => status === 503 && body.phase === 'draining');
  expect(await workerEnds()).toBe(0);
  expect((await paymentOf(id)).status).toBe('PAID');
  await runningWorker();
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await chargesAsked(dealNo)).toHaveLength(1);
  await expectMoneyBalanced(ground, dealNo);
});

test('a second SIGTERM ends the worker at once; the next one finds the charge and asks about it, charged once', async () => {
  const first = await runningWorker();
  const { id, dealNo, payer } = await beingCharged();
  first.signal('SIGTERM');
  await first.says('draining');
  first.signal('SIGTERM');
  expect(await workerEnds()).toBe(1);
  expect((await paymentOf(id)).status).toBe('PENDING');
  await runningWorker();
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await groundTruth(ground, dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
  await expectMoneyBalanced(ground, dealNo);
});

test('an API that is asked to stop turns its readiness red first, answers what is in flight, and ends with 0', async () => {
  await runningWorker();
  const { id, dealNo, payer, confirmed } = await beingCharged();
  api.signal('SIGTERM');
  await api.becomes('it drains', ({ status, body }) => status === 503 && body.draining === true);
  expect(await api.live()).toBe(200);
  expect(await confirmed).toMatchObject({ status: 200, body: { id } });
  await api.endsWell();
  expect(await api.live()).toBeNull();
  api = startApi();
  await api.becomesReady();
  await payer.waitForStatus(id, 'COMPLETED');
  await expectMoneyBalanced(ground, dealNo);
});

test('a worker that is asked to stop while it begins ends with 0', async () => {
  await ground.db('minute_steps').delete();
  const beginning = await startWorkerProcess(ground.env);
  const steps = () => ground.db('minute_steps');
  await poll(steps, ({ length }) => length > 0, { what: 'it has everything but its workflows' });
  beginning.signal('SIGTERM');
  expect(await beginning.ended()).toBe(0);
});
