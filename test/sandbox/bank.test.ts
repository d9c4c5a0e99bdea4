import { startBank } from '../../infra/sandbox/bank';
import {
  call,
  DAY,
  effectsOf,
  journalOf,
  perTest,
  queryTransfer,
  setFaults,
  transfer,
  transferReaching,
} from './client';

const box = perTest(startBank);
const balance = async (url = box.url) => (await call(url, 'GET', '/balance')).body.balance;

describe('verification', () => {
  const verify = (last4: string) =>
    call(box.url, 'POST', '/accounts/verify', {
      bankCode: '088',
      accountNumber: `11012345${last4}`,
      holderName: '김수취',
    });

  test.each(['1111', '0201', '0209'])('…%s exists in that name', async (last4) => {
    expect((await verify(last4)).body).toMatchObject({ rspCode: 'A0000', bankRspCode: '0000', holderName: '김수취' });
  });

  test.each([
    ['0298', '412'],
    ['0299', '815'],
  ])('…%s is answered %s', async (last4, code) => {
    const { status, body } = await verify(last4);
    expect([status, body.rspCode, body.bankRspCode, body.holderName]).toEqual([200, 'A0000', code, undefined]);
  });

  test('the fault other-name tells another holder of an account that can be paid, and none of one that cannot', async () => {
    await setFaults(box.url, [{ fault: 'other-name' }]);
    expect((await verify('1111')).body).toMatchObject({ bankRspCode: '0000', holderName: '박예금' });
    expect((await verify('0299')).body.holderName).toBeUndefined();
  });
});

describe('transfer', () => {
  test('is done once, leaves the float, and is told in both layers', async () => {
    const before = Number(await balance());
    expect((await transfer(box.url, 'D1-T1')).body).toEqual({
      rspCode: 'A0000',
      bankRspCode: '0000',
      reference: 'D1-T1',
      tradingDate: DAY,
      amount: 100_000,
      status: 'done',
      message: expect.any(String),
    });
    expect(await balance()).toBe(before - 100_000);
    expect(await journalOf(box.url, 'effect')).toMatchObject([
      { effect: 'transferred', reference: 'D1-T1', tradingDate: DAY, bankCode: '088', amount: 100_000 },
    ]);
    expect(JSON.stringify(await journalOf(box.url))).not.toMatch(/11012345|김수취/);
  });

  test('shows its memo in the passbook of its account, and nowhere else', async () => {
    const passbook = async (accountNumber: string) => {
      const query = new URLSearchParams({ bankCode: '088', accountNumber });
      return (await call(box.url, 'GET', `/_sandbox/passbook?${query}`)).body;
    };
    await transfer(box.url, 'D1-T1', '1111', { memo: '박결제' });
    await transfer(box.url, 'D1-T1', '1111', { memo: '이결제' }); // a duplicate does nothing
    expect(await passbook('110123451111')).toEqual([
      { at: expect.any(String), amount: 100_000, memo: '박결제', reference: 'D1-T1' },
    ]);
    expect(await passbook('110123452222')).toEqual([]);
    expect((await passbook('1')) as object).toMatchObject({ code: 'INVALID_ACCOUNT' });
    const log = await journalOf(box.url);
    const { body: list } = await call(box.url, 'GET', `/transfers?tradingDate=${DAY}`);
    expect(JSON.stringify([log, list])).not.toContain('결제');
    expect(log[0]).toMatchObject({ reference: 'D1-T1', memoLength: 3 });
  });

  test.each(['가나다라마바사아', 'abcdefghijklmno'])(
    'refuses the memo "%s", which is wider than 14 bytes',
    async (memo) => {
      expect((await transfer(box.url, 'D1-T1', '1111', { memo })).body.rspCode).toBe('A0400');
      expect(await effectsOf(box.url)).toEqual([]);
    },
  );

  test('50 at once under one reference are one transfer; the others are DUP and tell its state', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => transfer(box.url, 'D1-T1')));
    const codes = replies.map(({ body }) => body.bankRspCode);
    expect(codes.filter((code) => code === '0000')).toHaveLength(1);
    expect(codes.filter((code) => code === 'DUP')).toHaveLength(49);
    expect(new Set(replies.map(({ body }) => body.status))).toEqual(new Set(['done']));
    expect(await effectsOf(box.url)).toHaveLength(1);
  });

  test('a reference is unique for one trading date only', async () => {
    await transfer(box.url, 'D1-T1');
    expect((await transfer(box.url, 'D1-T1', '1111', { tradingDate: '2026-03-03' })).body.bankRspCode).toBe('0000');
    expect(await effectsOf(box.url)).toHaveLength(2);
  });

  test('a duplicate with another amount changes nothing and tells the first amount', async () => {
    await transfer(box.url, 'D1-T1');
    const { body } = await transfer(box.url, 'D1-T1', '1111', { amount: 7 });
    expect(body).toMatchObject({ bankRspCode: 'DUP', amount: 100_000, status: 'done' });
  });

  test.each(['1', 1.5, -1, 0, 1e21])('refuses the amount %j', async (amount) => {
    const { status, body } = await transfer(box.url, 'D1-T1', '1111', { amount });
    expect([status, body.rspCode, body.bankRspCode]).toEqual([400, 'A0400', null]);
    expect(await effectsOf(box.url)).toEqual([]);
  });

  test.each([{ bankCode: '88' }, { accountNumber: '123' }, { tradingDate: '20260302' }])(
    'refuses %j',
    async (wrong) => {
      expect((await transfer(box.url, 'D1-T1', '1111', wrong)).status).toBe(400);
    },
  );

  test('an empty float fails it definitely', async () => {
    const poor = await startBank({ balance: 99_999 });
    expect((await transfer(poor.url, 'D1-T1')).body).toMatchObject({ bankRspCode: '901', status: 'failed' });
    expect(await balance(poor.url)).toBe(99_999);
    expect(await effectsOf(poor.url)).toEqual([]);
    await poor.close();
  });
});

test('the float is filled and emptied by hand; what is no amount is refused', async () => {
  expect((await call(box.url, 'PUT', '/_sandbox/balance', { balance: 99_999 })).status).toBe(200);
  expect(await balance()).toBe(99_999);
  expect((await transfer(box.url, 'D1-T1')).body).toMatchObject({ bankRspCode: '901' });
  for (const wrong of [-1, 0.5, '1'])
    expect((await call(box.url, 'PUT', '/_sandbox/balance', { balance: wrong })).status).toBe(400);
  expect(await balance()).toBe(99_999);
});

describe('query and day list', () => {
  test('an unknown reference is a 404 in the first layer', async () => {
    const { status, body } = await queryTransfer(box.url, 'D1-T9');
    expect([status, body.rspCode, body.bankRspCode]).toEqual([404, 'A0404', null]);
    expect((await call(box.url, 'GET', '/transfers/D1-T9')).status).toBe(400);
  });

  test('the day list holds that day, failures too, with the last four digits only', async () => {
    await transfer(box.url, 'D1-T1');
    await transfer(box.url, 'D2-T1', '0201');
    await transfer(box.url, 'D3-T1', '1111', { tradingDate: '2026-03-03' });
    const { body } = await call(box.url, 'GET', `/transfers?tradingDate=${DAY}`);
    const facts = { tradingDate: DAY, bankCode: '088', amount: 100_000, at: expect.stringMatching(/\+09:00$/) };
    expect(body).toMatchObject({ rspCode: 'A0000', bankRspCode: '0000', tradingDate: DAY });
    expect(body.transfers).toEqual([
      { ...facts, reference: 'D1-T1', accountLast4: '1111', status: 'done', bankRspCode: '0000' },
      { ...facts, reference: 'D2-T1', accountLast4: '0201', status: 'failed', bankRspCode: '412' },
    ]);
  });
});

describe('magic accounts', () => {
  test.each([
    ['0201', '412'],
    ['0202', '415'],
    ['0203', '815'],
    ['0208', '903'],
  ])('…%s fails with %s, every time, without effect', async (last4, code) => {
    const before = await balance();
    for (const reference of ['D1-T1', 'D1-T2', 'D1-T3']) {
      expect((await transfer(box.url, reference, last4)).body).toMatchObject({ bankRspCode: code, status: 'failed' });
    }
    expect((await queryTransfer(box.url, 'D1-T1')).body).toMatchObject({ bankRspCode: code, status: 'failed' });
    expect((await transfer(box.url, 'D1-T1', last4)).body).toMatchObject({ bankRspCode: 'DUP', status: 'failed' });
    expect(await effectsOf(box.url)).toEqual([]);
    expect(await balance()).toBe(before);
  });

  test.each([
    ['0204', 'VTIM', 'done', '0000'],
    ['0205', 'VTIM', 'failed', '419'],
    ['0206', '0011', 'done', '0000'],
  ])('…%s answers %s, then is %s', async (last4, undecided, end, code) => {
    const before = Number(await balance());
    expect((await transfer(box.url, 'D1-T1', last4)).body).toMatchObject({
      bankRspCode: undecided,
      status: 'processing',
    });
    expect((await queryTransfer(box.url, 'D1-T1')).body).toMatchObject({
      bankRspCode: undecided,
      status: 'processing',
    });
    expect(await effectsOf(box.url)).toEqual([]);
    expect(await transferReaching(box.url, 'D1-T1', end)).toMatchObject({ rspCode: 'A0000', bankRspCode: code });
    expect(await effectsOf(box.url)).toHaveLength(end === 'done' ? 1 : 0);
    expect(await balance()).toBe(before - (end === 'done' ? 100_000 : 0));
  });

  test('…0207 fails twice per account and deal, then is done', async () => {
    const codes = [];
    for (const reference of ['D1-T1', 'D1-T2', 'D2-T1', 'D1-T3', 'D2-T2', 'D2-T3']) {
      codes.push((await transfer(box.url, reference, '0207')).body.bankRspCode);
    }
    expect(codes).toEqual(['903', '903', '903', '0000', '903', '0000']);
    const other = await transfer(box.url, 'D1-T4', '0207', { accountNumber: '99912340207' });
    expect(other.body.bankRspCode).toBe('903');
  });

  test('…0209 is done, then comes back', async () => {
    const before = await balance();
    expect((await transfer(box.url, 'D1-T1', '0209')).body.status).toBe('done');
    await transferReaching(box.url, 'D1-T1', 'returned');
    expect(await effectsOf(box.url)).toEqual([
      ['transferred', 100_000],
      ['returned', 100_000],
    ]);
    expect(await balance()).toBe(before);
  });
});

describe('faults of the business', () => {
  test('bank-closed fails with 902 and uses the reference up', async () => {
    await setFaults(box.url, [{ fault: 'bank-closed', times: 1 }]);
    expect((await transfer(box.url, 'D1-T1')).body).toMatchObject({ bankRspCode: '902', status: 'failed' });
    expect((await transfer(box.url, 'D1-T1')).body.bankRspCode).toBe('DUP');
    expect((await transfer(box.url, 'D1-T2')).body.bankRspCode).toBe('0000');
  });

  test('processing lasts as long as it is told', async () => {
    await setFaults(box.url, [{ fault: 'processing', delayMs: 30, match: { reference: 'D1-T1' } }]);
    expect((await transfer(box.url, 'D1-T1')).body.bankRspCode).toBe('0011');
    expect((await transfer(box.url, 'D2-T1')).body.bankRspCode).toBe('0000');
    expect((await transferReaching(box.url, 'D1-T1', 'done')).bankRspCode).toBe('0000');
  });

  test('late-success is silence, then not found, then done; a second send meanwhile is DUP', async () => {
    await setFaults(box.url, [{ fault: 'late-success', delayMs: 2_500 }]);
    await expect(transfer(box.url, 'D1-T1')).rejects.toThrow();
    expect((await queryTransfer(box.url, 'D1-T1')).status).toBe(404);
    expect((await transfer(box.url, 'D1-T1')).body.bankRspCode).toBe('DUP');
    expect(await effectsOf(box.url)).toEqual([]);
    await transferReaching(box.url, 'D1-T1', 'done');
    expect(await effectsOf(box.url)).toHaveLength(1);
  });

  test('late-return brings back what was done', async () => {
    await setFaults(box.url, [{ fault: 'late-return', times: 1 }]);
    await transfer(box.url, 'D1-T1');
    await transferReaching(box.url, 'D1-T1', 'returned');
  });
});
