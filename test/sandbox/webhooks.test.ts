import { Webhook } from 'standardwebhooks';
import { startBank } from '../../infra/sandbox/bank';
import type { RunningSandbox } from '../../infra/sandbox/sandbox';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import {
  cancel,
  charge,
  DAY,
  journalOf,
  QUICK,
  registerCard,
  setFaults,
  startReceiver,
  transfer,
  until,
} from './client';

const secret = `whsec_${Buffer.from('a key of twenty-four bytes').toString('base64')}`;
const verify = ({ headers, body }: { headers: object; body: string }) =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let running: RunningSandbox;
let statusOf: (count: number) => number;

beforeEach(async () => {
  statusOf = () => 200;
  receiver = await startReceiver((count) => statusOf(count));
});
afterEach(async () => {
  await running.close();
  await receiver.close();
});

const options = () => ({ timings: QUICK, webhook: { url: receiver.url, secret }, webhookBackoffMs: [20, 20, 20] });
const arrived = (count: number) => until(() => receiver.delivered.length >= count);
const recorded = (count: number) =>
  until(async () => {
    const entries = await journalOf(running.url, 'webhook');
    return entries.length >= count && entries;
  });

describe('Softpayment', () => {
  beforeEach(async () => {
    running = await startSoftpayment(options());
  });
  const chargeOn = async (last4: string, orderId = 'D1-1') => {
    const card = await registerCard(running.url, last4);
    return (await charge(running.url, card, orderId)).body.paymentKey;
  };

  test('tells done, failed and cancelled payments, signed as Standard Webhooks say', async () => {
    const paymentKey = await chargeOn('1111');
    await arrived(1);
    await cancel(running.url, paymentKey, 3_000, 'D1-R1');
    await arrived(2);
    const declined = await chargeOn('0101', 'D2-1');
    await arrived(3);
    expect(receiver.delivered.map(verify)).toEqual([
      { type: 'payment.done', data: { orderId: 'D1-1', paymentKey, status: 'DONE', amount: 103_000 } },
      { type: 'payment.canceled', data: { orderId: 'D1-1', paymentKey, status: 'PARTIAL_CANCELED', amount: 3_000 } },
      { type: 'payment.failed', data: { orderId: 'D2-1', paymentKey: declined, status: 'FAILED', amount: 103_000 } },
    ]);
    const [entry] = await recorded(3);
    expect(entry).toMatchObject({ id: receiver.delivered[0]?.headers['webhook-id'], url: receiver.url, status: 200 });
    expect(verify(entry as unknown as { headers: object; body: string })).toMatchObject({ type: 'payment.done' });
  });

  test('comes again at once when it is asked for, instead of later', async () => {
    await running.close();
    running = await startSoftpayment({ ...options(), webhookBackoffMs: [3_600_000] });
    statusOf = (count) => (count === 1 ? 503 : 200);
    await chargeOn('1111');
    await recorded(1);
    const resend = async () => (await fetch(`${running.url}/_sandbox/webhooks/resend`, { method: 'POST' })).json();
    expect(await resend()).toEqual({ resent: 1 });
    const entries = await recorded(2);
    expect(entries.map(({ status }) => status)).toEqual([503, 200]);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(1);
    expect(await resend()).toEqual({ resent: 0 });
  });

  test('comes again under the same id, stamped anew, until it is taken', async () => {
    statusOf = (count) => (count < 3 ? 503 : 204);
    await chargeOn('1111');
    const entries = await recorded(3);
    expect(entries.map(({ status, attempt }) => [status, attempt])).toEqual([
      [503, 1],
      [503, 2],
      [204, 3],
    ]);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(1);
    for (const one of receiver.delivered) verify(one);
  });

  test('gives up after the last wait', async () => {
    statusOf = () => 500;
    await chargeOn('1111');
    expect((await recorded(4)).map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    await chargeOn('2222', 'D2-1');
    expect((await recorded(8)).filter(({ attempt }) => attempt === 5)).toEqual([]);
  });

  test('no receiver is recorded as no status', async () => {
    await receiver.close();
    await chargeOn('1111');
    expect((await recorded(1))[0]?.status).toBeNull();
  });

  test('webhook-duplicate: the same event arrives twice', async () => {
    await setFaults(running.url, [{ fault: 'webhook-duplicate', times: 1 }]);
    await chargeOn('1111');
    await arrived(2);
    const ids = receiver.delivered.map(({ headers }) => headers['webhook-id']);
    expect(ids[0]).toBe(ids[1]);
  });

  test('webhook-reordered: a later event arrives first', async () => {
    await setFaults(running.url, [{ fault: 'webhook-reordered', times: 1, delayMs: 60_000 }]);
    await cancel(running.url, await chargeOn('1111'), 1_000, 'D1-R1');
    await arrived(2);
    expect(receiver.types()).toEqual(['payment.canceled', 'payment.done']);
  });

  test('webhook-late: it arrives after its delay, stamped when sent', async () => {
    await setFaults(running.url, [{ fault: 'webhook-late', delayMs: 150 }]);
    const before = Date.now();
    await chargeOn('1111');
    await arrived(1);
    expect((receiver.delivered[0]?.at ?? 0) - before).toBeGreaterThanOrEqual(145);
  });

  test('webhook-missing: it never arrives', async () => {
    await setFaults(running.url, [{ fault: 'webhook-missing', match: { orderId: 'D1-1' } }]);
    await chargeOn('1111', 'D1-1');
    await chargeOn('1111', 'D2-1');
    await arrived(1);
    expect(receiver.delivered.map(({ body }) => JSON.parse(body).data.orderId)).toEqual(['D2-1']);
  });

  test('webhook-forged: signed with a key nobody agreed on, and not repeated', async () => {
    statusOf = (count) => (count === 1 ? 401 : 200);
    await setFaults(running.url, [{ fault: 'webhook-forged', times: 1 }]);
    await chargeOn('1111');
    await recorded(1);
    expect(() => receiver.delivered.map(verify)).toThrow('No matching signature');
    await chargeOn('1111', 'D2-1');
    const entries = await recorded(2);
    expect(entries.map(({ status, attempt }) => [status, attempt])).toEqual([
      [401, 1],
      [200, 1],
    ]);
  });

  test('a charge that turns out done late is told', async () => {
    await setFaults(running.url, [{ fault: 'late-success' }]);
    await chargeOn('1111');
    await arrived(2);
    expect(receiver.types()).toEqual(['payment.failed', 'payment.done']);
  });

  test('a charge whose answer is lost is told all the same', async () => {
    await expect(chargeOn('0103')).rejects.toThrow();
    await arrived(1);
    expect(receiver.types()).toEqual(['payment.done']);
  });
});

test('the bank tells done, failed and returned transfers', async () => {
  running = await startBank(options());
  await transfer(running.url, 'D1-T1', '0209');
  await arrived(2);
  await transfer(running.url, 'D2-T1', '0205');
  await arrived(3);
  const facts = { tradingDate: DAY, amount: 100_000 };
  expect(receiver.delivered.map(verify)).toEqual([
    { type: 'transfer.done', data: { ...facts, reference: 'D1-T1', code: '0000' } },
    { type: 'transfer.returned', data: { ...facts, reference: 'D1-T1', code: '0000' } },
    { type: 'transfer.failed', data: { ...facts, reference: 'D2-T1', code: '419' } },
  ]);
});
