import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApplicationFailure } from '@temporalio/common';
import { ProviderError, type ProviderErrorKind, translateFailures } from '../../activities/failures';
import { createAligo } from '../../activities/providers/aligo';
import { createBank, type TransferOrder } from '../../activities/providers/bank';
import { createSoftpayment } from '../../activities/providers/softpayment';
import { startBank } from '../../infra/sandbox/bank';
import { startNotices } from '../../infra/sandbox/notices';
import type { RunningSandbox } from '../../infra/sandbox/sandbox';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import { won } from '../../workflows/domain/money';

const TIMEOUT_MS = 400;
const API_KEY = 'test-key';
const CHARGE = { billingKey: 'bill_secret', amount: won(103_000), orderId: 'P-1', orderName: 'PLIC P' };
const CANCEL = {
  paymentKey: 'pay_1',
  amount: won(3_000),
  reason: 'test',
  idempotencyKey: 'P-R1',
  cancelledBefore: won(0),
};
const ORDER: TransferOrder = {
  reference: 'P-T1',
  tradingDate: '2026-03-02',
  bankCode: '092',
  accountNumber: '98765432101234',
  holderName: '홍길동',
  amount: won(100_000),
  memo: 'PLIC',
};

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

/** The kind and text of the ProviderError that the call throws. */
async function failureOf(call: Promise<unknown>): Promise<{ kind: ProviderErrorKind; error: ProviderError }> {
  const error = await call.then(
    (value) => Promise.reject(new Error(`no failure, but ${JSON.stringify(value)}`)),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw error;
  return { kind: error.kind, error };
}

describe('against a provider that misbehaves', () => {
  let behave: RequestListener;
  let url: string;
  beforeAll(async () => {
    const server = createServer((req, res) => behave(req, res));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    closers.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
  });
  const address = () => ({ url, apiKey: API_KEY, timeoutMs: TIMEOUT_MS });
  const raw =
    (status: number, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    (_: unknown, res: ServerResponse) =>
      void res.writeHead(status, headers).end(body);
  const json = (status: number, body: unknown) => raw(status, JSON.stringify(body));

  const LINE: [name: string, behaviour: RequestListener, kind: ProviderErrorKind][] = [
    ['never answers', () => undefined, 'OutcomeUnknown'],
    ['answers head, then nothing', (_, res) => void res.writeHead(200).write('{"st'), 'OutcomeUnknown'],
    ['drips a byte at a time', drip, 'OutcomeUnknown'],
    ['resets before the answer', (req) => void req.socket.resetAndDestroy(), 'OutcomeUnknown'],
    ['closes before the answer', (req) => void req.socket.destroy(), 'OutcomeUnknown'],
    ['cuts the body in half', cut, 'OutcomeUnknown'],
    ['speaks something that is not HTTP', (req) => void req.socket.end('SSH-2.0-x\r\n'), 'OutcomeUnknown'],
    ['sends truncated JSON', raw(200, '{"status":"DONE","paymentKey":"pay'), 'OutcomeUnknown'],
    ['sends HTML with 200', raw(200, '<html>점검 중</html>', { 'content-type': 'text/html' }), 'OutcomeUnknown'],
    ['sends an empty body', raw(200, ''), 'OutcomeUnknown'],
    ['sends 204', raw(204, ''), 'OutcomeUnknown'],
    [
      'sends bytes that are not UTF-8',
      (_, res) => void res.end(Buffer.from([0x22, 0xff, 0xfe, 0x22])),
      'OutcomeUnknown',
    ],
    ['sends null', raw(200, 'null'), 'OutcomeUnknown'],
    ['sends an array', raw(200, '[]'), 'OutcomeUnknown'],
    ['sends a number', raw(200, '1'), 'OutcomeUnknown'],
    ['sends an empty object', raw(200, '{}'), 'OutcomeUnknown'],
    ['sends 2 MB', raw(200, `"${'x'.repeat(2_000_000)}"`), 'OutcomeUnknown'],
    ['redirects', raw(302, '', { location: '/elsewhere' }), 'OutcomeUnknown'],
    ['redirects with 307', raw(307, '', { location: '/elsewhere' }), 'OutcomeUnknown'],
    ['answers 304', raw(304, ''), 'OutcomeUnknown'],
    ['answers 500', raw(500, '{}'), 'OutcomeUnknown'],
    ['answers 502 with HTML', raw(502, '<html>'), 'OutcomeUnknown'],
    ['answers 503', raw(503, '{}'), 'OutcomeUnknown'],
    ['answers 504', raw(504, '{}'), 'OutcomeUnknown'],
    ['answers 429', raw(429, '{}'), 'OutcomeUnknown'],
    ['answers 404 with HTML', raw(404, '<html>'), 'OutcomeUnknown'],
    ['answers 400 with a code nobody knows', json(400, { code: 'NEW_CODE', rspCode: 'A0400' }), 'OutcomeUnknown'],
    ['answers 408', json(408, {}), 'OutcomeUnknown'],
    ['refuses our API key', json(401, { code: 'UNAUTHORIZED' }), 'Unavailable'],
    ['forbids us', json(403, {}), 'Unavailable'],
  ];

  test.each(LINE)(
    'one that %s decides neither a charge, a cancel, a transfer nor a query',
    async (_, behaviour, kind) => {
      behave = behaviour;
      const pg = createSoftpayment(address());
      const bank = createBank(address());
      const calls = [
        pg.charge(CHARGE),
        pg.cancel(CANCEL),
        bank.transfer(ORDER),
        bank.findTransfer(ORDER),
        bank.verifyAccount(ORDER),
      ];
      const kinds = (await Promise.all(calls.map(failureOf))).map((failure) => failure.kind);
      expect(new Set(kinds)).toEqual(new Set([kind]));
    },
  );

  const done = { status: 'DONE', paymentKey: 'pay_1', approvedAt: '2026-03-02T09:00:00+09:00', amount: 103_000 };
  const failed = { status: 'FAILED', paymentKey: 'pay_1', code: 'STOLEN_CARD', amount: 103_000 };
  const CHARGES: [name: string, status: number, body: object, kind: ProviderErrorKind][] = [
    ['DONE with one won more', 200, { ...done, amount: 103_001 }, 'ContractBroken'],
    ['DONE with the amount as text', 200, { ...done, amount: '103000' }, 'ContractBroken'],
    ['DONE without an amount', 200, { ...done, amount: undefined }, 'ContractBroken'],
    ['DONE without a paymentKey', 200, { ...done, paymentKey: undefined }, 'ContractBroken'],
    ['DONE with an empty paymentKey', 200, { ...done, paymentKey: '' }, 'ContractBroken'],
    ['DONE without approvedAt', 200, { ...done, approvedAt: undefined }, 'ContractBroken'],
    ['DONE with an approvedAt that is no time', 200, { ...done, approvedAt: 'now' }, 'ContractBroken'],
    ['DONE of another order', 200, { ...done, orderId: 'P-2' }, 'ContractBroken'],
    ['FAILED with another amount', 200, { ...failed, amount: 1 }, 'ContractBroken'],
    ['FAILED and approved', 200, { ...failed, approvedAt: done.approvedAt }, 'ContractBroken'],
    ['an unknown status', 200, { ...done, status: 'IN_PROGRESS' }, 'OutcomeUnknown'],
    ['a lower-case status', 200, { ...done, status: 'done' }, 'OutcomeUnknown'],
    ['DUPLICATED_ORDER_ID', 409, { code: 'DUPLICATED_ORDER_ID' }, 'ContractBroken'],
    ['INVALID_REQUEST', 400, { code: 'INVALID_REQUEST' }, 'OutcomeUnknown'],
    ['a decline code beside HTTP 400', 400, { code: 'STOLEN_CARD' }, 'OutcomeUnknown'],
  ];
  test.each(CHARGES)('a charge answered with %s is neither done nor declined', async (_, status, body, kind) => {
    behave = json(status, body);
    expect((await failureOf(createSoftpayment(address()).charge(CHARGE))).kind).toBe(kind);
  });

  test('a declined charge keeps only a plain code', async () => {
    behave = json(200, { ...failed, code: '홍길동 님의 카드' });
    expect(await createSoftpayment(address()).charge(CHARGE)).toEqual({
      kind: 'declined',
      code: 'declined',
      paymentKey: 'pay_1',
    });
  });

  const cancelled = {
    paymentKey: 'pay_1',
    status: 'CANCELED',
    canceledAt: '2026-03-02T09:00:00+09:00',
    cancelAmount: 3_000,
    cancelledTotal: 3_000,
  };
  const CANCELS: [name: string, status: number, body: object, kind: ProviderErrorKind][] = [
    ['another amount', 200, { ...cancelled, cancelAmount: 3_001 }, 'ContractBroken'],
    ['another total', 200, { ...cancelled, cancelledTotal: 6_000 }, 'ContractBroken'],
    ['another payment', 200, { ...cancelled, paymentKey: 'pay_2' }, 'ContractBroken'],
    ['status FAILED', 200, { ...cancelled, status: 'FAILED' }, 'OutcomeUnknown'],
    ['no total', 200, { ...cancelled, cancelledTotal: undefined }, 'OutcomeUnknown'],
    ['ALREADY_CANCELED of more', 400, { code: 'ALREADY_CANCELED', cancelledTotal: 9_000 }, 'ContractBroken'],
    ['ALREADY_CANCELED of who knows', 400, { code: 'ALREADY_CANCELED' }, 'ContractBroken'],
    ['NOT_FOUND_PAYMENT', 404, { code: 'NOT_FOUND_PAYMENT' }, 'ContractBroken'],
    ['NOT_CANCELABLE_AMOUNT', 400, { code: 'NOT_CANCELABLE_AMOUNT', cancelledTotal: 1 }, 'ContractBroken'],
  ];
  test.each(CANCELS)('a cancel answered with %s is not done', async (_, status, body, kind) => {
    behave = json(status, body);
    expect((await failureOf(createSoftpayment(address()).cancel(CANCEL))).kind).toBe(kind);
  });

  test('ALREADY_CANCELED is done when the total is ours', async () => {
    behave = json(400, { code: 'ALREADY_CANCELED', cancelledTotal: 5_000 });
    const answer = await createSoftpayment(address()).cancel({ ...CANCEL, cancelledBefore: won(2_000) });
    expect(answer).toEqual({ kind: 'done', canceledAt: null, cancelledTotal: 5_000 });
  });

  const { reference, tradingDate, amount } = ORDER;
  const paid = { rspCode: 'A0000', bankRspCode: '0000', reference, tradingDate, amount, status: 'done' };
  const TRANSFERS: [name: string, status: number, body: object, kind: ProviderErrorKind][] = [
    ['another amount', 200, { ...paid, amount: 1 }, 'ContractBroken'],
    ['another reference', 200, { ...paid, reference: 'P-T2' }, 'ContractBroken'],
    ['another trading date', 200, { ...paid, tradingDate: '2026-03-03' }, 'ContractBroken'],
    ['0000 beside failed', 200, { ...paid, status: 'failed' }, 'ContractBroken'],
    ['412 beside done', 200, { ...paid, bankRspCode: '412' }, 'ContractBroken'],
    ['VTIM beside done', 200, { ...paid, bankRspCode: 'VTIM' }, 'ContractBroken'],
    ['a good bank under a bad provider', 200, { ...paid, rspCode: 'A0500' }, 'OutcomeUnknown'],
    ['a good provider over no bank', 200, { ...paid, bankRspCode: null }, 'OutcomeUnknown'],
    ['code 499', 200, { ...paid, bankRspCode: '499', status: 'failed' }, 'OutcomeUnknown'],
    ['an unknown status', 200, { ...paid, status: 'maybe' }, 'OutcomeUnknown'],
    ['no amount', 200, { ...paid, amount: undefined }, 'OutcomeUnknown'],
    ['HTTP 202', 202, paid, 'OutcomeUnknown'],
    [
      'a failure beside HTTP 400',
      400,
      { ...paid, rspCode: 'A0400', bankRspCode: '412', status: 'failed' },
      'OutcomeUnknown',
    ],
    ['a missing path', 404, { rspCode: 'A0405' }, 'OutcomeUnknown'],
  ];
  test.each(TRANSFERS)('a transfer answered with %s is neither done nor failed', async (_, status, body, kind) => {
    behave = json(status, body);
    const bank = createBank(address());
    expect((await failureOf(bank.transfer(ORDER))).kind).toBe(kind);
    expect((await failureOf(bank.findTransfer(ORDER))).kind).toBe(kind);
  });

  test.each([
    ['412', false],
    ['415', false],
    ['416', false],
    ['419', false],
    ['420', false],
    ['815', false],
    ['901', true],
    ['902', true],
    ['903', true],
  ])('code %s is a definite failure (retryable: %s)', async (code, retryable) => {
    behave = json(200, { ...paid, bankRspCode: code, status: 'failed' });
    expect(await createBank(address()).transfer(ORDER)).toEqual({ kind: 'failed', code, retryable });
  });

  test('only a query may say not found; a transfer sent to nowhere is unknown', async () => {
    behave = json(404, { rspCode: 'A0404', bankRspCode: null });
    expect(await createBank(address()).findTransfer(ORDER)).toEqual({ kind: 'not-found' });
    expect((await failureOf(createBank(address()).transfer(ORDER))).kind).toBe('OutcomeUnknown');
  });

  test('nothing of the answer or the request reaches the error', async () => {
    behave = raw(200, '{"billingKey": bill_secret 98765432101234 홍길동');
    for (const call of [createSoftpayment(address()).charge(CHARGE), createBank(address()).transfer(ORDER)]) {
      const { error } = await failureOf(call);
      const shown = JSON.stringify([error.message, error.stack, error.cause, error]);
      expect(shown).not.toMatch(/bill_secret|98765432101234|홍길동|127\.0\.0\.1/);
    }
  });

  test('Retry-After becomes the wait before the next attempt, at most a minute', async () => {
    const delayFor = async (header: string) => {
      behave = raw(429, '{}', { 'retry-after': header });
      const input = { args: [], headers: {} };
      const run = translateFailures.execute?.(input, () => createSoftpayment(address()).charge(CHARGE));
      const failure = await run?.catch((error: unknown) => error as ApplicationFailure);
      expect(failure).toBeInstanceOf(ApplicationFailure);
      return (failure as ApplicationFailure).nextRetryDelay;
    };
    expect(await delayFor('2')).toBe(2_000);
    expect(await delayFor('86400')).toBe(60_000);
    expect(await delayFor('soon')).toBeUndefined();
    expect(await delayFor(new Date(Date.now() + 30_000).toUTCString())).toBeGreaterThan(20_000);
  });
});

function drip(_: unknown, res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => res.write(' '), 20);
  res.on('close', () => clearInterval(timer));
}

function cut(_: unknown, res: ServerResponse): void {
  res.writeHead(200, { 'content-length': '500' });
  res.write('{"status":"DONE"');
  setTimeout(() => res.destroy(), 20);
}

describe('without a provider', () => {
  test('a refused connection and an unknown host are unavailable: nothing was sent', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    for (const url of [`http://127.0.0.1:${port}`, 'http://nowhere.invalid']) {
      const pg = createSoftpayment({ url, apiKey: API_KEY, timeoutMs: 5_000 });
      expect((await failureOf(pg.charge(CHARGE))).kind).toBe('Unavailable');
    }
  });
});

describe('failures as Temporal sees them', () => {
  const throwing = (error: unknown) =>
    translateFailures
      .execute?.({ args: [], headers: {} }, () => Promise.reject(error))
      .catch((thrown: unknown) => thrown);

  test.each([
    ['Unavailable', false],
    ['OutcomeUnknown', false],
    ['ContractBroken', true],
  ] as const)('%s keeps its name; final: %s', async (kind, nonRetryable) => {
    const failure = await throwing(new ProviderError(kind, 'bank transfer', 'HTTP 500'));
    expect(failure).toMatchObject({ type: kind, nonRetryable, message: 'bank transfer: HTTP 500' });
  });

  test('any other error passes as it is', async () => {
    const bug = new Error('a bug');
    expect(await throwing(bug)).toBe(bug);
  });
});

describe('with the sandboxes', () => {
  const open = async (sandbox: Promise<RunningSandbox>) => {
    const running = await sandbox;
    closers.push(() => running.close());
    return running;
  };
  const cardOf = async (origin: string, last4: string): Promise<string> => {
    const card = { cardNumber: `411111111111${last4}`, expiry: '12/30', cvc: '123', birthDate: '900101' };
    const response = await fetch(`${origin}/sdk/billing-keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(card),
    });
    return ((await response.json()) as { billingKey: string }).billingKey;
  };
  const address = (url: string) => ({ url, apiKey: API_KEY, timeoutMs: TIMEOUT_MS });

  test('Softpayment: cards are charged, declined, lost and found, and cancelled once', async () => {
    const { url } = await open(startSoftpayment({ apiKey: API_KEY }));
    const pg = createSoftpayment(address(url));
    const charge = async (last4: string, n: number) => ({
      ...CHARGE,
      billingKey: await cardOf(url, last4),
      orderId: `S-${n}`,
    });

    const good = await pg.charge(await charge('4242', 1));
    expect(good).toMatchObject({
      kind: 'done',
      paymentKey: expect.stringMatching(/^pay_/),
      approvedAt: expect.any(Date),
    });
    expect(await pg.charge(await charge('0101', 2))).toMatchObject({ kind: 'declined', code: 'insufficient-funds' });
    expect(await pg.charge(await charge('0102', 3))).toMatchObject({ kind: 'declined', code: 'stolen-card' });
    expect(await pg.charge({ ...CHARGE, orderId: 'S-9' })).toEqual({ kind: 'declined', code: 'invalid-billing-key' });
    for (const [n, last4] of ['0103', '0104', '0105', '0106'].entries()) {
      const lost = await charge(last4, 10 + n);
      expect((await failureOf(pg.charge(lost))).kind).toBe('OutcomeUnknown');
      expect(await pg.charge(lost)).toMatchObject({ kind: 'done' });
    }

    if (good.kind !== 'done') throw new Error('not charged');
    const refund = { ...CANCEL, paymentKey: good.paymentKey };
    const first = await pg.cancel(refund);
    expect(first).toMatchObject({ kind: 'done', cancelledTotal: 3_000, canceledAt: expect.any(Date) });
    expect(await pg.cancel(refund)).toEqual(first);
    const rest = { ...refund, amount: won(100_000), idempotencyKey: 'P-R2', cancelledBefore: won(3_000) };
    expect(await pg.cancel(rest)).toMatchObject({ cancelledTotal: 103_000 });
    expect(await pg.cancel({ ...rest, idempotencyKey: 'P-R3' })).toMatchObject({ kind: 'done', canceledAt: null });
    const wrongKey = createSoftpayment({ ...address(url), apiKey: 'other' });
    expect((await failureOf(wrongKey.charge(CHARGE))).kind).toBe('Unavailable');
  });

  test('the bank: every account of the list ends as its number says', async () => {
    const { url } = await open(startBank({ apiKey: API_KEY, timings: { vtimMs: 1, processingMs: 1, returnMs: 1 } }));
    const bank = createBank(address(url));
    const pay = (last4: string) => {
      const order = { ...ORDER, accountNumber: `1234567890${last4}`, reference: `B${last4}-T1` };
      return { order, sent: bank.transfer(order) };
    };
    expect(await pay('7777').sent).toEqual({ kind: 'done' });
    expect(await pay('0201').sent).toEqual({ kind: 'failed', code: '412', retryable: false });
    expect(await pay('0202').sent).toEqual({ kind: 'failed', code: '415', retryable: false });
    expect(await pay('0203').sent).toEqual({ kind: 'failed', code: '815', retryable: false });
    expect(await pay('0208').sent).toEqual({ kind: 'failed', code: '903', retryable: true });
    expect(await pay('0209').sent).toEqual({ kind: 'done' });
    for (const [last4, code, end] of [
      ['0204', 'VTIM', { kind: 'done' }],
      ['0205', 'VTIM', { kind: 'failed', code: '419', retryable: false }],
      ['0206', '0011', { kind: 'done' }],
    ] as const) {
      const { order, sent } = pay(last4);
      expect(await sent).toEqual({ kind: 'processing', code });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await bank.findTransfer(order)).toEqual(end);
      expect(await bank.transfer(order)).toEqual({ kind: 'duplicate' });
    }
    expect(await bank.findTransfer({ ...ORDER, reference: 'B0209-T1' })).toEqual({ kind: 'returned' });
    expect(await bank.findTransfer({ ...ORDER, reference: 'unknown' })).toEqual({ kind: 'not-found' });
    expect((await failureOf(bank.transfer({ ...pay('7777').order, amount: won(1) }))).kind).toBe('ContractBroken');
  });

  test('the bank: the real-name check', async () => {
    const { url } = await open(startBank({ apiKey: API_KEY }));
    const bank = createBank(address(url));
    expect(await bank.verifyAccount(ORDER)).toEqual({ kind: 'verified' });
    expect(await bank.verifyAccount({ ...ORDER, accountNumber: '12345678900298' })).toEqual({
      kind: 'rejected',
      code: '412',
    });
    expect(await bank.verifyAccount({ ...ORDER, accountNumber: '12345678900299' })).toEqual({
      kind: 'rejected',
      code: '815',
    });
  });

  test('Aligo: a message arrives, and a refusal with HTTP 200 is a failure', async () => {
    const { url } = await open(startNotices());
    const aligo = createAligo({ ...address(url), userId: 'plic', sender: '0212345678' });
    await aligo.sendSms({ to: '01012345678', text: '안녕하세요' });
    const messages = (await (await fetch(`${url}/_sandbox/messages?to=01012345678`)).json()) as object[];
    expect(messages).toMatchObject([{ channel: 'sms', to: '01012345678', text: '안녕하세요' }]);
    expect((await failureOf(aligo.sendSms({ to: 'nobody', text: 'x' }))).kind).toBe('Unavailable');
  });
});
