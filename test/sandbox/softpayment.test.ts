import { startSoftpayment } from '../../infra/sandbox/softpayment';
import { call, cancel, charge, effectsOf, journalOf, perTest, registerCard } from './client';

const box = perTest(startSoftpayment);

describe('card registration', () => {
  const form = { cardNumber: '9410-1234-5678-1111', expiry: '12/30', cvc: '987', birthDate: '900101' };

  test('gives the browser a billing key and never writes the card down', async () => {
    const reply = await call(box.url, 'POST', '/sdk/billing-keys', form);
    expect(reply.body).toEqual({
      billingKey: expect.stringMatching(/^bill_/),
      maskedNumber: '941012******1111',
      issuer: expect.any(String),
      fingerprint: expect.stringMatching(/^[\w-]{43}$/),
      expiry: '2030-12',
    });
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(JSON.stringify(await journalOf(box.url))).not.toMatch(/94101234|5678|987/);
  });

  test('answers a browser that asks first', async () => {
    const reply = await call(box.url, 'OPTIONS', '/sdk/billing-keys');
    expect(reply.status).toBe(204);
    expect(reply.headers.get('access-control-allow-headers')).toBe('content-type');
  });

  test.each([{ cardNumber: '123' }, { cvc: '1' }, { expiry: '1' }, { birthDate: 'x' }])('refuses %j', async (wrong) => {
    const reply = await call(box.url, 'POST', '/sdk/billing-keys', { ...form, ...wrong });
    expect(reply).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  });
});

describe('charge', () => {
  test('is done once and stamped in Korean time', async () => {
    const reply = await charge(box.url, await registerCard(box.url), 'D1-1');
    expect(reply).toMatchObject({ status: 200, body: { status: 'DONE', amount: 103_000 } });
    expect(reply.body.approvedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+\+09:00$/);
    expect(await journalOf(box.url, 'effect')).toEqual([
      {
        seq: 3,
        at: expect.stringMatching(/Z$/),
        kind: 'effect',
        effect: 'charged',
        orderId: 'D1-1',
        paymentKey: reply.body.paymentKey,
        amount: 103_000,
      },
    ]);
    expect((await journalOf(box.url, 'request'))[1]).toMatchObject({ path: '/v1/billing/payment', status: 200 });
  });

  test('50 at once under one orderId are one effect and one answer', async () => {
    const card = await registerCard(box.url);
    const replies = await Promise.all(Array.from({ length: 50 }, () => charge(box.url, card, 'D1-1')));
    expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await effectsOf(box.url)).toEqual([['charged', 103_000]]);
  });

  test('refuses an orderId that stood for another amount or card', async () => {
    const card = await registerCard(box.url);
    await charge(box.url, card, 'D1-1');
    for (const other of [charge(box.url, card, 'D1-1', 1), charge(box.url, 'bill_other', 'D1-1')]) {
      expect(await other).toMatchObject({ status: 409, body: { code: 'DUPLICATED_ORDER_ID' } });
    }
    expect(await effectsOf(box.url)).toHaveLength(1);
  });

  test('refuses an unknown billing key', async () => {
    expect(await charge(box.url, 'bill_x', 'D1-1')).toMatchObject({
      status: 400,
      body: { code: 'INVALID_BILLING_KEY' },
    });
  });

  test.each(['1', 1.5, -1, 0, 1e21, null])('refuses the amount %j', async (amount) => {
    const card = await registerCard(box.url);
    const reply = await charge(box.url, card, 'D1-1', amount as number);
    expect(reply).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
    expect(await effectsOf(box.url)).toEqual([]);
  });

  const over = (card: string, installmentMonths: unknown, amount = 50_000) =>
    call(box.url, 'POST', '/v1/billing/payment', {
      ...{ billingKey: card, amount, orderId: 'D1-1', orderName: '월세' },
      installmentMonths,
    });

  test('over months is written down in request and effect, and belongs to the order', async () => {
    const card = await registerCard(box.url);
    const first = await over(card, 3);
    expect(first).toMatchObject({ status: 200, body: { status: 'DONE', amount: 50_000 } });
    expect((await over(card, 3)).body).toEqual(first.body);
    for (const other of [undefined, 0, 6])
      expect(await over(card, other)).toMatchObject({ status: 409, body: { code: 'DUPLICATED_ORDER_ID' } });
    expect((await journalOf(box.url, 'request')).slice(1)).toMatchObject([
      ...[
        { installmentMonths: 3, status: 200 },
        { installmentMonths: 3, status: 200 },
      ],
      ...[{ status: 409 }, { status: 409 }, { installmentMonths: 6, status: 409 }],
    ]);
    expect(await journalOf(box.url, 'effect')).toMatchObject([{ effect: 'charged', installmentMonths: 3 }]);
  });

  test.each([1, 13, -2, 2.5, '3', null])('refuses %j months', async (months) => {
    const reply = await over(await registerCard(box.url), months);
    expect(reply).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
    expect(await effectsOf(box.url)).toEqual([]);
  });

  test('refuses months below 50,000 won', async () => {
    const card = await registerCard(box.url);
    expect(await over(card, 2, 49_999)).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
    expect(await effectsOf(box.url)).toEqual([]);
  });

  test('refuses a body that is no JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${box.url}/v1/billing/payment`, { method: 'POST', headers, body: '{' });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'INVALID_REQUEST' }]);
  });
});

describe('magic cards', () => {
  test.each([
    ['0101', 'INSUFFICIENT_FUNDS'],
    ['0102', 'STOLEN_CARD'],
  ])('%s is declined, and declined again', async (last4, code) => {
    const card = await registerCard(box.url, last4);
    const first = await charge(box.url, card, 'D1-1');
    expect(first).toMatchObject({ status: 200, body: { status: 'FAILED', code, amount: 103_000 } });
    expect(first.body.message).toEqual(expect.any(String));
    expect((await charge(box.url, card, 'D1-1')).body).toEqual(first.body);
    expect(await effectsOf(box.url)).toEqual([]);
    expect(await cancel(box.url, first.body.paymentKey, 1)).toMatchObject({
      status: 400,
      body: { code: 'NOT_CANCELABLE_PAYMENT' },
    });
  });

  test.each(['0103', '0106'])('%s is charged, its first answer is lost, the next one tells', async (last4) => {
    const card = await registerCard(box.url, last4);
    await expect(charge(box.url, card, 'D1-1')).rejects.toThrow();
    expect(await effectsOf(box.url)).toEqual([['charged', 103_000]]);
    expect((await charge(box.url, card, 'D1-1')).body.status).toBe('DONE');
    expect(await effectsOf(box.url)).toHaveLength(1);
  });

  test('0105 is charged behind a 500, the next answer tells', async () => {
    const card = await registerCard(box.url, '0105');
    expect((await charge(box.url, card, 'D1-1')).status).toBe(500);
    expect(await effectsOf(box.url)).toHaveLength(1);
    expect((await charge(box.url, card, 'D1-1')).body.status).toBe('DONE');
    expect(await effectsOf(box.url)).toHaveLength(1);
  });

  test('0104 is silent and uncharged the first time, charged by the next call of that orderId', async () => {
    const card = await registerCard(box.url, '0104');
    await expect(charge(box.url, card, 'D1-1')).rejects.toThrow();
    expect(await effectsOf(box.url)).toEqual([]);
    expect((await journalOf(box.url, 'request')).at(-1)).toMatchObject({ withheld: 'timeout' });
    expect((await charge(box.url, card, 'D1-1')).body.status).toBe('DONE');
    expect(await effectsOf(box.url)).toHaveLength(1);
    await expect(charge(box.url, card, 'D1-2')).rejects.toThrow();
  });
});

describe('cancel', () => {
  let paymentKey: unknown;
  beforeEach(async () => {
    paymentKey = (await charge(box.url, await registerCard(box.url), 'D1-1')).body.paymentKey;
  });

  test('partial cancels add up to the whole', async () => {
    expect((await cancel(box.url, paymentKey, 3_000, 'D1-R1')).body).toEqual({
      paymentKey,
      status: 'PARTIAL_CANCELED',
      canceledAt: expect.stringMatching(/\+09:00$/),
      cancelAmount: 3_000,
      cancelledTotal: 3_000,
    });
    expect((await cancel(box.url, paymentKey, 100_000, 'D1-R2')).body).toMatchObject({
      status: 'CANCELED',
      cancelledTotal: 103_000,
    });
    expect((await effectsOf(box.url)).slice(1)).toEqual([
      ['cancelled', 3_000],
      ['cancelled', 100_000],
    ]);
  });

  test('50 at once under one key are one cancel and one answer', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => cancel(box.url, paymentKey, 3_000, 'D1-R1')));
    expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await effectsOf(box.url)).toHaveLength(2);
  });

  test('a key keeps its meaning', async () => {
    await cancel(box.url, paymentKey, 3_000, 'D1-R1');
    const reply = await cancel(box.url, paymentKey, 4_000, 'D1-R1');
    expect(reply).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  test('never gives back more than was taken', async () => {
    await cancel(box.url, paymentKey, 3_000, 'D1-R1');
    expect(await cancel(box.url, paymentKey, 100_001, 'D1-R2')).toMatchObject({
      status: 400,
      body: { code: 'NOT_CANCELABLE_AMOUNT', cancelledTotal: 3_000 },
    });
    await cancel(box.url, paymentKey, 100_000, 'D1-R3');
    expect(await cancel(box.url, paymentKey, 1, 'D1-R4')).toMatchObject({
      status: 400,
      body: { code: 'ALREADY_CANCELED', cancelledTotal: 103_000 },
    });
    expect((await cancel(box.url, paymentKey, 100_000, 'D1-R3')).body.status).toBe('CANCELED');
    expect(await effectsOf(box.url)).toHaveLength(3);
  });

  test('does not know payments that never were', async () => {
    expect(await cancel(box.url, 'pay_x', 1)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND_PAYMENT' } });
  });
});

describe('settlement', () => {
  test('a KST day lists its charges and cancels, and its nets add up to what is paid out', async () => {
    let now = Date.parse('2026-03-05T23:59:00+09:00'); // a Thursday
    const timed = await startSoftpayment({ now: () => now });
    const card = await registerCard(timed.url);
    const { paymentKey } = (await charge(timed.url, card, 'D1-1', 103_000)).body;
    now += 120_000;
    await cancel(timed.url, paymentKey, 3_030, 'D1-R1');
    await cancel(timed.url, paymentKey, 99_970, 'D1-R2');
    const linesOf = async (date: string) => (await call(timed.url, 'GET', `/v1/settlements?date=${date}`)).body;

    expect(await linesOf('2026-03-05')).toEqual([
      {
        orderId: 'D1-1',
        paymentKey,
        kind: 'payment',
        amount: 103_000,
        fee: 2_575,
        net: 100_425,
        at: '2026-03-05T23:59:00.000+09:00',
        settleDate: '2026-03-09',
      },
    ]);
    const cancels = (await linesOf('2026-03-06')) as unknown as Record<string, number>[];
    expect(cancels.map(({ kind, amount, fee, net }) => [kind, amount, fee, net])).toEqual([
      ['cancel', -3_030, -76, -2_954], // 2,575 - floor(99,970 * 2.5 %) = 76
      ['cancel', -99_970, -2_499, -97_471],
    ]);
    expect(100_425 - 2_954 - 97_471).toBe(0);
    await timed.close();
  });

  test('declined charges are not in it; a date that is none is refused', async () => {
    await charge(box.url, await registerCard(box.url, '0101'), 'D1-1');
    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    expect((await call(box.url, 'GET', `/v1/settlements?date=${today}`)).body).toEqual([]);
    expect((await call(box.url, 'GET', '/v1/settlements?date=2026-02-30')).status).toBe(400);
  });
});

test('with an API key set, the contract needs it and the SDK does not', async () => {
  const locked = await startSoftpayment({ apiKey: 'sk_test' });
  const card = await registerCard(locked.url);
  expect(await charge(locked.url, card, 'D1-1')).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
  const headers = { 'x-api-key': 'sk_test' };
  const body = { billingKey: card, amount: 1_000, orderId: 'D1-1', orderName: '월세' };
  expect((await call(locked.url, 'POST', '/v1/billing/payment', body, headers)).body.status).toBe('DONE');
  await locked.close();
});

test('a reset forgets everything; two instances know nothing of each other', async () => {
  const other = await startSoftpayment();
  const card = await registerCard(box.url);
  expect((await charge(other.url, card, 'D1-1')).body.code).toBe('INVALID_BILLING_KEY');
  expect((await call(box.url, 'POST', '/_sandbox/reset')).status).toBe(204);
  expect(await journalOf(box.url)).toEqual([]);
  expect((await charge(box.url, card, 'D1-1')).body.code).toBe('INVALID_BILLING_KEY');
  expect((await call(box.url, 'GET', '/health')).body).toEqual({ status: 'ok', sandbox: 'softpayment' });
  await other.close();
});
