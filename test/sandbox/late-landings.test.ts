/** A call that is lost, judged by itself when it is sent again, and arrives after that: what it does is done late. */
import { startBank } from '../../infra/sandbox/bank';
import type { RunningSandbox, SandboxOptions } from '../../infra/sandbox/sandbox';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import { WHEN_HURRIED } from '../faults/faults';
import {
  call,
  charge,
  DAY,
  dayListOf,
  effectsOf,
  journalOf,
  queryTransfer,
  registerCard,
  setFaults,
  setReadings,
  settlementOf,
  startReceiver,
  transfer,
  until,
} from './client';

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let running: RunningSandbox;
const open = async (start: (options: SandboxOptions) => Promise<RunningSandbox>) => {
  receiver = await startReceiver();
  const webhook = { url: receiver.url, secret: 'whsec_c2VjcmV0' };
  running = await start({ webhook, timings: { hangMs: 20 }, now: () => Date.parse(`${DAY}T10:00:00+09:00`) });
};
afterEach(async () => {
  await running.close();
  await receiver.close();
});

const LATE = { fault: 'lands-late', delayMs: WHEN_HURRIED };
const events = (count: number) => until(() => receiver.delivered.length === count && receiver.types());

describe('a charge', () => {
  let card: string;
  beforeEach(async () => {
    await open(startSoftpayment);
    card = await registerCard(running.url);
  });
  const send = async () => (await charge(running.url, card, 'D1-1')).body;

  test.each(['replayed', 'judged-anew'])('is made though its order was declined meanwhile, %s', async (declines) => {
    await setReadings(running.url, { declines });
    await setFaults(running.url, [LATE, { fault: 'decline' }]);
    await expect(send()).rejects.toThrow();
    expect((await journalOf(running.url, 'request')).at(-1)).toMatchObject({ withheld: 'timeout' });
    const declined = await send();
    expect(declined).toMatchObject({ status: 'FAILED', code: 'PROVIDER_ERROR' });
    expect(await settlementOf(running.url, DAY)).toEqual([]);
    running.hurry('D1-1');
    const done = await send();
    expect(done.status).toBe('DONE');
    expect(done.paymentKey).not.toBe(declined.paymentKey);
    expect(await effectsOf(running.url)).toEqual([['charged', 103_000]]);
    expect(await settlementOf(running.url, DAY)).toMatchObject([{ orderId: 'D1-1', paymentKey: done.paymentKey }]);
    expect(await events(2)).toEqual(['payment.failed', 'payment.done']);
    expect(JSON.parse(receiver.delivered[1]?.body ?? '').data.paymentKey).toBe(done.paymentKey);
  });

  test('is not made a second time when its order was charged meanwhile', async () => {
    await setFaults(running.url, [LATE]);
    await expect(send()).rejects.toThrow();
    const done = await send();
    running.hurry('D1-1');
    expect(await send()).toEqual(done);
    expect(await effectsOf(running.url)).toEqual([['charged', 103_000]]);
  });

  test('of a card that is declined changes nothing when it arrives', async () => {
    card = await registerCard(running.url, '0102');
    await setFaults(running.url, [LATE]);
    await expect(send()).rejects.toThrow();
    const declined = await send();
    running.hurry('D1-1');
    expect(await send()).toEqual(declined);
    expect(await effectsOf(running.url)).toEqual([]);
  });

  test('arrives by itself too, and each order has a first call of its own', async () => {
    await setFaults(running.url, [{ fault: 'lands-late', delayMs: 0 }]);
    for (const orderId of ['D1-1', 'D2-1']) await expect(charge(running.url, card, orderId)).rejects.toThrow();
    await until(async () => (await effectsOf(running.url)).length === 2);
    expect(await events(2)).toEqual(['payment.done', 'payment.done']);
  });
});

describe('a transfer', () => {
  beforeEach(() => open(startBank));
  const send = async () => (await transfer(running.url, 'D1-T1')).body;
  const query = async () => (await queryTransfer(running.url, 'D1-T1')).body;
  const balance = async () => (await call(running.url, 'GET', '/balance')).body.balance;

  test.each([
    ['bank-closed', '902'],
    ['bank-busy', '903'],
  ])('is paid though the gate turned it away meanwhile: %s', async (fault, bankRspCode) => {
    const before = Number(await balance());
    await setFaults(running.url, [LATE, { fault }]);
    await expect(send()).rejects.toThrow();
    for (const _ of [1, 2]) {
      expect(await query()).toMatchObject({ rspCode: 'A0404' });
      expect(await send()).toMatchObject({ bankRspCode, status: 'failed' });
    }
    expect([await dayListOf(running.url), await effectsOf(running.url), await balance()]).toEqual([[], [], before]);
    running.hurry('D1-T1');
    expect(await query()).toMatchObject({ bankRspCode: '0000', status: 'done' });
    expect(await send()).toMatchObject({ bankRspCode: 'DUP', status: 'done' });
    expect(await effectsOf(running.url)).toEqual([['transferred', 100_000]]);
    expect(await balance()).toBe(before - 100_000);
    expect(await events(1)).toEqual(['transfer.done']);
  });

  test('is a duplicate when another send of it was taken meanwhile', async () => {
    await setFaults(running.url, [LATE]);
    await expect(send()).rejects.toThrow();
    expect((await send()).bankRspCode).toBe('0000');
    running.hurry('D1-T1');
    expect(await effectsOf(running.url)).toEqual([['transferred', 100_000]]);
  });

  test('fails when the float is empty at its arrival', async () => {
    await setFaults(running.url, [LATE]);
    await expect(send()).rejects.toThrow();
    await call(running.url, 'PUT', '/_sandbox/balance', { balance: 0 });
    running.hurry('D1-T1');
    expect(await query()).toMatchObject({ bankRspCode: '901', status: 'failed' });
    expect([await effectsOf(running.url), await balance()]).toEqual([[], 0]);
  });
});
