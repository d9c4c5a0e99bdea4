import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApplicationFailure } from '@temporalio/common';
import { createBank } from '../../../infra/providers/bank/client';
import { createSoftpayment } from '../../../infra/providers/softpayment/client';
import { won } from '../../../workflows/domain/money';
import type { ProviderErrorKind } from '../../../workflows/domain/providers';
import { API_KEY, CHARGE, failureOf, inWorker, ORDER, REFUND, TIMEOUT_MS } from './provider-calls';

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

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
        pg.refund(REFUND),
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
    ['DONE with an amount in words', 200, { ...done, amount: '103,000' }, 'ContractBroken'],
    ['DONE without an amount', 200, { ...done, amount: undefined }, 'ContractBroken'],
    ['DONE without a paymentKey', 200, { ...done, paymentKey: undefined }, 'ContractBroken'],
    ['DONE with an empty paymentKey', 200, { ...done, paymentKey: '' }, 'ContractBroken'],
    ['DONE without approvedAt', 200, { ...done, approvedAt: undefined }, 'ContractBroken'],
    ['DONE with an approvedAt that is no time', 200, { ...done, approvedAt: 'now' }, 'ContractBroken'],
    ['DONE of another order', 200, { ...done, orderId: 'P-2' }, 'ContractBroken'],
    ['DONE with one won more as text', 200, { ...done, amount: '103001' }, 'ContractBroken'],
    ['FAILED with another amount', 200, { ...failed, amount: 1 }, 'ContractBroken'],
    ['FAILED and approved', 200, { ...failed, approvedAt: done.approvedAt }, 'ContractBroken'],
    ['an unknown status', 200, { ...done, status: 'IN_PROGRESS' }, 'OutcomeUnknown'],
    ['a lower-case status', 200, { ...done, status: 'done' }, 'OutcomeUnknown'],
    ['DUPLICATED_ORDER_ID', 409, { code: 'DUPLICATED_ORDER_ID' }, 'ContractBroken'],
    ['INVALID_REQUEST', 400, { code: 'INVALID_REQUEST' }, 'Unavailable'],
    ['a decline code beside HTTP 400', 400, { code: 'STOLEN_CARD' }, 'Unavailable'],
  ];
  test.each(CHARGES)('a charge answered with %s is neither done nor declined', async (_, status, body, kind) => {
    behave = json(status, body);
    expect((await failureOf(createSoftpayment(address()).charge(CHARGE))).kind).toBe(kind);
  });

  test('a declined charge keeps only a plain code', async () => {
    behave = json(200, { ...failed, code: '홍길동 님의 카드' });
    const declined = { kind: 'declined', code: 'declined', paymentKey: 'pay_1' };
    expect(await createSoftpayment(address()).charge(CHARGE)).toEqual(declined);
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
    ['NOT_CANCELABLE_AMOUNT', 400, { code: 'NOT_CANCELABLE_AMOUNT', cancelledTotal: 1 }, 'ContractBroken'],
  ];
  test.each(CANCELS)('a cancel answered with %s is not done', async (_, status, body, kind) => {
    behave = json(status, body);
    expect((await failureOf(createSoftpayment(address()).refund(REFUND))).kind).toBe(kind);
  });

  test('a cancel of what the PG does not know was refused', async () => {
    behave = json(404, { code: 'NOT_FOUND_PAYMENT' });
    expect(await createSoftpayment(address()).refund(REFUND)).toEqual({ kind: 'refused', code: 'not-found' });
  });
  test('a cancel tells the PG no reason of ours', async () => {
    let told = '';
    behave = (req, res) => {
      req.on('data', (chunk) => {
        told += chunk;
      });
      req.on('end', () => res.writeHead(500).end());
    };
    await failureOf(createSoftpayment(address()).refund(REFUND));
    expect(JSON.parse(told)).toEqual({ cancelReason: 'refund', cancelAmount: REFUND.amount });
  });

  test('ALREADY_CANCELED is done when the total is ours', async () => {
    behave = json(400, { code: 'ALREADY_CANCELED', cancelledTotal: 5_000 });
    const answer = await createSoftpayment(address()).refund({ ...REFUND, refundedBefore: won(2_000) });
    expect(answer).toEqual({ kind: 'done', refundedAt: null, refundedTotal: 5_000 });
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

  test.each([
    ['an overdraft', { rspCode: 'A0000', bankRspCode: '0000', balance: -1 }, 0],
    ['whole won', { rspCode: 'A0000', bankRspCode: '0000', balance: 15_000_000 }, 15_000_000],
  ])('a balance of %s is read', async (_, body, balance) => {
    behave = json(200, body);
    expect(await createBank(address()).balance()).toBe(balance);
  });

  test.each([
    ['no balance', { rspCode: 'A0000', bankRspCode: '0000' }],
    ['a fraction of a won', { rspCode: 'A0000', bankRspCode: '0000', balance: 0.5 }],
    ['a balance under a bad bank', { rspCode: 'A0000', bankRspCode: '903', balance: 1 }],
  ])('an answer of %s tells no balance', async (_, body) => {
    behave = json(200, body);
    expect((await failureOf(createBank(address()).balance())).kind).toBe('OutcomeUnknown');
  });

  test('an answer that begins with a byte-order mark, and tells won as texts of digits, says the same', async () => {
    const marked = (body: object) => {
      behave = raw(200, `\ufeff${JSON.stringify(body)}`);
    };
    const [pg, bank] = [createSoftpayment(address()), createBank(address())];
    marked({ ...done, amount: `${done.amount}` });
    expect(await pg.charge(CHARGE)).toMatchObject({ kind: 'done', paymentKey: 'pay_1' });
    marked({ ...failed, amount: `${failed.amount}` });
    expect(await pg.charge(CHARGE)).toMatchObject({ kind: 'declined', code: 'stolen-card' });
    marked({
      ...cancelled,
      cancelAmount: `${REFUND.amount}`,
      cancelledTotal: `${REFUND.refundedBefore + REFUND.amount}`,
    });
    expect(await pg.refund(REFUND)).toMatchObject({ kind: 'done' });
    marked({ ...paid, amount: `${amount}` });
    expect(await bank.findTransfer(ORDER)).toEqual({ kind: 'done' });
    marked({ rspCode: 'A0000', bankRspCode: '0000', balance: '15000000' });
    expect(await bank.balance()).toBe(15_000_000);
  });

  test('only a query may say not found; a transfer sent to nowhere is unknown', async () => {
    behave = json(404, { rspCode: 'A0404', bankRspCode: null });
    expect(await createBank(address()).findTransfer(ORDER)).toEqual({ kind: 'not-found' });
    expect((await failureOf(createBank(address()).transfer(ORDER))).kind).toBe('OutcomeUnknown');
  });

  test('nothing of the answer or the request reaches the error', async () => {
    // A parser quotes some ten characters around what it cannot read: short answers whole.
    for (const text of ['{"billingKey": bill_secret 98765432101234 홍길동', '홍길동']) {
      behave = raw(200, text);
      for (const call of [createSoftpayment(address()).charge(CHARGE), createBank(address()).transfer(ORDER)]) {
        const { error } = await failureOf(call);
        const shown = JSON.stringify([error.message, error.stack, error.cause, error]);
        expect(shown).not.toMatch(/bill_secret|98765432101234|홍길동|127\.0\.0\.1/);
      }
    }
  });

  test('Retry-After becomes the wait before the next attempt, at most a minute', async () => {
    const delayFor = async (header: string) => {
      behave = raw(429, '{}', { 'retry-after': header });
      const failure = await inWorker(() => createSoftpayment(address()).charge(CHARGE));
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
