import { FAULTS } from '../../infra/sandbox/faults';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import { call, cancel, charge, effectsOf, journalOf, perTest, QUICK, registerCard, setFaults, until } from './client';

const box = perTest(startSoftpayment);
let card: string;
beforeEach(async () => {
  card = await registerCard(box.url);
});

describe('the fault list', () => {
  test('knows every name, tells what is active, and is cleared by an empty list', async () => {
    const faults = FAULTS.map((fault) => ({ fault }));
    expect(await setFaults(box.url, faults)).toMatchObject({ status: 200, body: faults });
    expect((await call(box.url, 'GET', '/_sandbox/faults')).body).toEqual(faults);
    expect((await setFaults(box.url, [])).body).toEqual([]);
    expect((await call(box.url, 'PUT', '/_sandbox/faults', [{ fault: 'slow' }])).body).toEqual([{ fault: 'slow' }]);
  });

  test.each([
    { faults: [{ fault: 'meteor' }] },
    { faults: [{ fault: 'slow', times: 0 }] },
    { faults: [{ fault: 'slow', match: { phase: 1 } }] },
    { faults: [{ fault: 'slow', probability: 2 }] },
    {},
  ])('refuses %j and keeps what was', async (body) => {
    await setFaults(box.url, [{ fault: 'slow' }]);
    expect(await call(box.url, 'PUT', '/_sandbox/faults', body)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_FAULTS' },
    });
    expect((await call(box.url, 'GET', '/_sandbox/faults')).body).toEqual([{ fault: 'slow' }]);
  });

  test('a rule strikes only what it matches, and only so often', async () => {
    const { paymentKey } = (await charge(box.url, card, 'D0-1')).body;
    const strike = async (match: object) => {
      await setFaults(box.url, [{ fault: 'error-500', times: 1, match }]);
      const statuses = [];
      for (const orderId of ['D1-1', 'D2-1']) statuses.push((await charge(box.url, card, orderId)).status);
      statuses.push((await cancel(box.url, paymentKey, 1)).status);
      return statuses;
    };
    expect(await strike({ orderId: 'D2-1' })).toEqual([200, 500, 200]);
    expect(await strike({ orderId: 'D0-1' })).toEqual([200, 200, 500]);
    expect(await strike({ path: '/cancel' })).toEqual([200, 200, 500]);
    expect(await strike({ last4: '1111' })).toEqual([500, 200, 200]);
    expect(await strike({ last4: '2222' })).toEqual([200, 200, 200]);
    expect(await strike({ path: 'POST /v1/billing/payment', orderId: 'D1-1' })).toEqual([500, 200, 200]);
  });

  test('the same seed strikes the same calls', async () => {
    const run = async () => {
      await setFaults(box.url, [{ fault: 'error-500', probability: 0.5 }], 7);
      const statuses = [];
      for (let n = 0; n < 12; n++) statuses.push((await charge(box.url, card, `D${n}-1`)).status);
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await run()).toEqual(first);
  });

  test('card registration is spared unless it is named', async () => {
    await setFaults(box.url, [{ fault: 'error-500' }]);
    expect(await registerCard(box.url)).toMatch(/^bill_/);
    await setFaults(box.url, [{ fault: 'error-500', match: { path: '/sdk/' } }]);
    expect(await registerCard(box.url)).toBe('undefined');
  });
});

describe('the line', () => {
  test.each([
    ['timeout-before', 0, 'timeout'],
    ['timeout-after', 1, 'timeout'],
    ['drop-after-commit', 1, 'dropped'],
  ])('%s gives no answer and %i effects; asked again, it is done once', async (fault, effects, withheld) => {
    await setFaults(box.url, [{ fault, times: 1 }]);
    const asked = performance.now();
    await expect(charge(box.url, card, 'D1-1')).rejects.toThrow();
    expect(performance.now() - asked > QUICK.hangMs - 5).toBe(withheld === 'timeout');
    expect(await effectsOf(box.url)).toHaveLength(effects);
    const entry = (await journalOf(box.url, 'request')).at(-1);
    expect([entry?.withheld, entry?.status]).toEqual([withheld, undefined]);
    expect((await charge(box.url, card, 'D1-1')).body.status).toBe('DONE');
    expect(await effectsOf(box.url)).toHaveLength(1);
  });

  test('error-500 and rate-limit answer without effect', async () => {
    await setFaults(box.url, [
      { fault: 'error-500', times: 1 },
      { fault: 'rate-limit', times: 1 },
    ]);
    expect((await charge(box.url, card, 'D1-1')).status).toBe(500);
    const limited = await charge(box.url, card, 'D1-1');
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await effectsOf(box.url)).toEqual([]);
  });

  test('garbage is a 200 that cannot be read, after the effect', async () => {
    await setFaults(box.url, [{ fault: 'garbage', times: 1 }]);
    await expect(charge(box.url, card, 'D1-1')).rejects.toThrow(SyntaxError);
    expect(await effectsOf(box.url)).toHaveLength(1);
  });

  test('slow answers late, its effect is there at once', async () => {
    await setFaults(box.url, [{ fault: 'slow', delayMs: 250 }]);
    const started = performance.now();
    const answer = charge(box.url, card, 'D1-1');
    await until(async () => (await effectsOf(box.url)).length === 1);
    expect((await answer).body.status).toBe('DONE');
    expect(performance.now() - started).toBeGreaterThanOrEqual(245);
  });

  test('wrong-amount lies in the answer only', async () => {
    await setFaults(box.url, [{ fault: 'wrong-amount', times: 1 }]);
    expect((await charge(box.url, card, 'D1-1', 1_000)).body.amount).toBe(1_001);
    expect((await charge(box.url, card, 'D1-1', 1_000)).body.amount).toBe(1_000);
    expect(await effectsOf(box.url)).toEqual([['charged', 1_000]]);
  });
});

describe('the PG', () => {
  test('key-expired charges a known orderId again', async () => {
    await setFaults(box.url, [{ fault: 'key-expired', times: 1 }]);
    const first = await charge(box.url, card, 'D1-1');
    const second = await charge(box.url, card, 'D1-1');
    expect(second.body.paymentKey).not.toBe(first.body.paymentKey);
    expect((await charge(box.url, card, 'D1-1')).body).toEqual(second.body);
    expect(await effectsOf(box.url)).toHaveLength(2);
  });

  test('key-expired cancels again under a known key', async () => {
    const { paymentKey } = (await charge(box.url, card, 'D1-1', 1_000)).body;
    await cancel(box.url, paymentKey, 300, 'D1-R1');
    await setFaults(box.url, [{ fault: 'key-expired', times: 1 }]);
    expect((await cancel(box.url, paymentKey, 300, 'D1-R1')).body.cancelledTotal).toBe(600);
    expect((await cancel(box.url, paymentKey, 300, 'D1-R1')).body.cancelledTotal).toBe(300);
  });

  test('late-success declines first and charges later', async () => {
    await setFaults(box.url, [{ fault: 'late-success', times: 1 }]);
    expect((await charge(box.url, card, 'D1-1')).body.status).toBe('FAILED');
    expect(await effectsOf(box.url)).toEqual([]);
    await until(async () => (await charge(box.url, card, 'D1-1')).body.status === 'DONE');
    expect(await effectsOf(box.url)).toEqual([['charged', 103_000]]);
  });
});
