import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAligo } from '../../../infra/providers/aligo';
import { createBank } from '../../../infra/providers/bank/client';
import { createSoftpayment } from '../../../infra/providers/softpayment/client';
import { startBank } from '../../../infra/sandbox/bank';
import { startNotices } from '../../../infra/sandbox/notices';
import type { RunningSandbox } from '../../../infra/sandbox/sandbox';
import { startSoftpayment } from '../../../infra/sandbox/softpayment';
import { won } from '../../../workflows/domain/money';
import { ProviderError } from '../../../workflows/domain/providers';
import { API_KEY, CHARGE, failureOf, inWorker, ORDER, REFUND, TIMEOUT_MS } from './provider-calls';

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

describe('failures as Temporal sees them', () => {
  const throwing = (error: unknown) => inWorker(() => Promise.reject(error));

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
    const over = await pg.charge({ ...(await charge('4242', 7)), installmentMonths: 3 });
    expect(over).toMatchObject({ kind: 'done' });
    expect(await pg.charge(await charge('0101', 2))).toMatchObject({ kind: 'declined', code: 'insufficient-funds' });
    expect(await pg.charge(await charge('0102', 3))).toMatchObject({ kind: 'declined', code: 'stolen-card' });
    expect(await pg.charge({ ...CHARGE, orderId: 'S-9' })).toEqual({
      ...{ kind: 'key-refused', code: 'invalid-billing-key' },
    });
    for (const [n, last4] of ['0103', '0104', '0105', '0106'].entries()) {
      const lost = await charge(last4, 10 + n);
      expect((await failureOf(pg.charge(lost))).kind).toBe('OutcomeUnknown');
      expect(await pg.charge(lost)).toMatchObject({ kind: 'done' });
    }

    if (good.kind !== 'done') throw new Error('not charged');
    const refund = { ...REFUND, paymentKey: good.paymentKey };
    const first = await pg.refund(refund);
    expect(first).toMatchObject({ kind: 'done', refundedTotal: 3_000, refundedAt: expect.any(Date) });
    expect(await pg.refund(refund)).toEqual(first);
    const rest = { ...refund, amount: won(100_000), idempotencyKey: 'P-R2', refundedBefore: won(3_000) };
    expect(await pg.refund(rest)).toMatchObject({ refundedTotal: 103_000 });
    expect(await pg.refund({ ...rest, idempotencyKey: 'P-R3' })).toMatchObject({ kind: 'done', refundedAt: null });
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

  test('Aligo: a message arrives, its standing is known, and a refusal with HTTP 200 is a failure', async () => {
    const { url } = await open(startNotices());
    const aligo = createAligo({ ...address(url), userId: 'plic', sender: '0212345678' });
    const sms = { to: '01012345678', title: '인사', text: '안녕하세요' };
    expect(await aligo.standingOf(await aligo.sendSms(sms))).toBe('delivered');
    const messages = (await (await fetch(`${url}/_sandbox/messages?to=01012345678`)).json()) as object[];
    expect(messages).toMatchObject([{ channel: 'sms', to: '01012345678', text: '안녕하세요' }]);
    expect((await failureOf(aligo.sendSms({ ...sms, to: 'nobody' }))).kind).toBe('Unavailable');
    for (const [last4, standing] of [
      ['0501', 'undelivered'],
      ['0502', 'pending'],
    ] as const)
      expect(await aligo.standingOf(await aligo.sendSms({ ...sms, to: `0101234${last4}` }))).toBe(standing);
    expect((await failureOf(aligo.standingOf('999'))).kind).toBe('Unavailable');
  });

  test('Aligo: an SMS has 90 bytes of EUC-KR, and what is longer is an LMS with a title of 44', async () => {
    const { url } = await open(startNotices());
    const aligo = createAligo({ ...address(url), userId: 'plic', sender: '0212345678' });
    const kinds = async () => {
      const form = new URLSearchParams({ key: API_KEY, user_id: 'plic', page_size: '500' });
      const answer = (await (await fetch(`${url}/list/`, { method: 'POST', body: form })).json()) as {
        list: { type: string }[];
      };
      return answer.list.map(({ type }) => type);
    };
    await aligo.sendSms({ to: '01012345678', title: '가', text: '가'.repeat(45) });
    await aligo.sendSms({ to: '01012345678', title: '가'.repeat(23), text: `${'가'.repeat(45)}.` });
    expect(await kinds()).toEqual(['LMS', 'SMS']);
  });

  test('Aligo: a message whose answer was lost is found by its words, its phone and its time', async () => {
    const { url } = await open(startNotices());
    const aligo = createAligo({ ...address(url), userId: 'plic', sender: '0212345678' });
    const sms = { to: '01012345678', title: '', text: '거래 PA:\n보냈습니다.' };
    const since = new Date();
    const until = (from = since) => ({ since: from, now: new Date() });
    expect(await aligo.findSms(sms, until())).toBeNull();
    for (let n = 0; n < 501; n++) await aligo.sendSms({ ...sms, to: '01099998888' });
    expect(await aligo.findSms({ ...sms, text: '거래 PB: 보냈습니다.' }, until())).toBeNull();
    expect(await aligo.findSms(sms, until())).toBeNull();
    const id = await aligo.sendSms(sms);
    expect(await aligo.findSms(sms, until())).toBe(id);
    expect(await aligo.findSms(sms, until(new Date(since.getTime() + 3_600_000)))).toBeNull();
  });

  /** Aligo with these messages, the newest first; what it is asked. */
  async function listing(rows: { mid: string; msg: string; reg_date: string }[], perPage = 1) {
    const asked: URLSearchParams[] = [];
    const server = createServer(async (request, response) => {
      const form = new URLSearchParams((await request.toArray()).join(''));
      if (request.url === '/list/') asked.push(form);
      const first = (Number(form.get('page')) - 1) * perPage;
      const list = request.url === '/list/' ? rows.slice(first, first + perPage) : [{ receiver: '1', sms_state: '' }];
      const next_yn = request.url === '/list/' && rows.length > first + perPage ? 'Y' : 'N';
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ result_code: 1, list, next_yn }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    closers.push(() => server.close());
    return { asked, url: `http://127.0.0.1:${port}` };
  }

  test('Aligo: a search ends at the first message that is too old, and asks for the days that it needs', async () => {
    const row = (mid: string, reg_date: string) => ({ mid, msg: 'x', reg_date });
    const { asked, url } = await listing([
      row('3', '2026-12-03 00:10:00'),
      row('2', '2026-12-02 23:40:00'),
      row('1', '2026-12-01 09:00:00'),
      row('0', '2026-12-01 08:00:00'),
    ]);
    const aligo = createAligo({ ...address(url), userId: 'plic', sender: '0212345678' });
    const sms = { to: '01012345678', title: '', text: 'y' };
    // From 23:30 of the 2nd until 00:30 of the 3rd, in Korea.
    const within = { since: new Date('2026-12-02T14:30:00Z'), now: new Date('2026-12-02T15:30:00Z') };
    expect(await aligo.findSms(sms, within)).toBeNull();
    expect(asked.map((form) => form.get('page'))).toEqual(['1', '2', '3']);
    expect([asked[0]?.get('start_date'), asked[0]?.get('limit_day')]).toEqual(['20261203', '2']);
  });

  test('Aligo: a search that takes too long is an outcome that is not known', async () => {
    const { url } = await listing(
      Array.from({ length: 9 }, (_, n) => ({ mid: String(n), msg: 'x', reg_date: '2026-12-02 10:00:00' })),
    );
    const aligo = createAligo({ ...address(url), userId: 'plic', sender: '0212345678', searchMs: -1 });
    const found = aligo.findSms({ to: '01012345678', title: '', text: 'x' }, { since: new Date(0), now: new Date() });
    await expect(found).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
  });
});
