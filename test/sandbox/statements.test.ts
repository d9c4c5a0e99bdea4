/** The statements of PLIC's account at the bank, and the settlements that Softpayment pays into it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBank } from '../../infra/sandbox/bank';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import { call, cancel, charge, perTest, registerCard, setFaults, settlementOf, transfer, until } from './client';

const OPENED = Date.parse('2026-03-02T10:00:00+09:00');
let clock = OPENED;
beforeEach(() => {
  clock = OPENED;
});
const now = () => clock;
const bank = perTest(startBank, { now });

interface Line {
  readonly kind: string;
  readonly reference: string;
  readonly amount: number;
}
const statementOf = async (url: string, date: string) => {
  const { openingBalance, closingBalance, lines } = (await call(url, 'GET', `/statements?date=${date}`)).body;
  const told = (lines as Line[]).map(({ kind, reference, amount }) => [kind, reference, amount]);
  return { opening: openingBalance as number, closing: closingBalance as number, lines: told };
};
const deposit = (reference: string, amount: number) =>
  call(bank.url, 'POST', '/_sandbox/deposits', { reference, amount });
const balance = async () => (await call(bank.url, 'GET', '/balance')).body.balance;

const WON = 10_000_000_000;

test('a statement has what came and went that day, and adds up from one day to the next', async () => {
  await transfer(bank.url, 'D1-T1');
  await transfer(bank.url, 'D2-T1', '0202');
  await deposit('TOP-UP-1', 50_000);
  clock += 86_400_000;
  await transfer(bank.url, 'D3-T1', '0209');
  const back = await until(async () => {
    const { lines, ...told } = await statementOf(bank.url, '2026-03-03');
    return lines.length === 2 && { lines, ...told };
  });
  const first = {
    ...{ opening: 0, closing: WON - 50_000 },
    lines: [
      ['deposit', 'OPENING', WON],
      ['transfer', 'D1-T1', -100_000],
      ['deposit', 'TOP-UP-1', 50_000],
    ],
  };
  expect(await statementOf(bank.url, '2026-03-02')).toEqual(first);
  expect(back).toEqual({
    ...{ opening: WON - 50_000, closing: WON - 50_000 },
    lines: [
      ['transfer', 'D3-T1', -100_000],
      ['return', 'D3-T1', 100_000],
    ],
  });
  expect(await statementOf(bank.url, '2026-03-01')).toEqual({ opening: 0, closing: 0, lines: [] });
  expect(await balance()).toBe(WON - 50_000);
});

test('a transfer on its way has left the balance, and comes onto the statement when it is done', async () => {
  await transfer(bank.url, 'D1-T1', '0206');
  expect(await balance()).toBe(WON - 100_000);
  expect((await statementOf(bank.url, '2026-03-02')).lines).toHaveLength(1);
  bank.hurry('D1-T1');
  expect((await statementOf(bank.url, '2026-03-02')).lines[1]).toEqual(['transfer', 'D1-T1', -100_000]);
  expect(await balance()).toBe(WON - 100_000);
});

test('the same deposit twice is one; another amount under its reference, or none at all, is refused', async () => {
  expect((await deposit('TOP-UP-1', 50_000)).status).toBe(200);
  expect((await deposit('TOP-UP-1', 50_000)).status).toBe(200);
  expect((await deposit('TOP-UP-1', 50_001)).status).toBe(409);
  expect((await deposit('TOP-UP-2', 0)).status).toBe(400);
  expect((await deposit('DRAWN-1', -20_000)).status).toBe(200);
  expect(await balance()).toBe(WON + 30_000);
  expect((await statementOf(bank.url, '2026-03-02')).lines.slice(1)).toEqual([
    ['deposit', 'TOP-UP-1', 50_000],
    ['withdrawal', 'DRAWN-1', -20_000],
  ]);
});

const slip = { reference: 'SLIP-1', bankCode: '088', accountNumber: '11012345678', amount: 70_000 };
const payByHand = (change: object = {}) => call(bank.url, 'POST', '/_sandbox/payouts', { ...slip, ...change });

test('what a person pays at the console is on the statement and in the passbook, and in no list of the API', async () => {
  const tradingDate = '2026-03-02';
  expect(await payByHand()).toMatchObject({ status: 200, body: { tradingDate } });
  expect(await payByHand()).toMatchObject({ status: 200, body: { tradingDate } }); // the slip is one
  expect((await payByHand({ amount: 1 })).status).toBe(409);
  expect((await payByHand({ reference: 'SLIP-2', amount: WON })).status).toBe(409);
  expect((await payByHand({ accountNumber: '1' })).status).toBe(400);
  expect((await statementOf(bank.url, tradingDate)).lines.slice(1)).toEqual([['withdrawal', 'SLIP-1', -70_000]]);
  expect((await call(bank.url, 'GET', `/transfers?tradingDate=${tradingDate}`)).body.transfers).toEqual([]);
  expect((await call(bank.url, 'GET', `/transfers/SLIP-1?tradingDate=${tradingDate}`)).status).toBe(404);
  const passbook = `/_sandbox/passbook?bankCode=${slip.bankCode}&accountNumber=${slip.accountNumber}`;
  expect((await call(bank.url, 'GET', passbook)).body).toMatchObject([{ amount: 70_000, reference: 'SLIP-1' }]);
  expect(await balance()).toBe(WON - 70_000);
});

test('what was paid at the console comes back once, under its slip', async () => {
  await payByHand();
  const back = (reference: string) => call(bank.url, 'POST', `/_sandbox/payouts/${reference}/return`);
  expect((await back('SLIP-9')).status).toBe(404);
  expect([(await back('SLIP-1')).status, (await back('SLIP-1')).status]).toEqual([200, 200]);
  expect((await statementOf(bank.url, '2026-03-02')).lines.slice(2)).toEqual([['return', 'SLIP-1', 70_000]]);
  expect(await balance()).toBe(WON);
});

test('a float that is set has its difference on the statement', async () => {
  await call(bank.url, 'PUT', '/_sandbox/balance', { balance: 1_000 });
  expect(await statementOf(bank.url, '2026-03-02')).toMatchObject({ closing: 1_000, opening: 0 });
});

test('a statement that is read again may lack lines, and then it does not add up', async () => {
  await transfer(bank.url, 'D1-T1');
  await setFaults(bank.url, [{ fault: 'list-shrinks', match: { reference: 'D1-T1' } }]);
  expect((await statementOf(bank.url, '2026-03-02')).lines).toHaveLength(2);
  const { lines, closing } = await statementOf(bank.url, '2026-03-02');
  expect([lines.length, closing]).toEqual([1, WON - 100_000]);
});

describe('across a restart', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  test('a statement stays as it was, and the account is opened once', async () => {
    const first = await startBank({ dataDir, now });
    await transfer(first.url, 'D1-T1');
    const before = await statementOf(first.url, '2026-03-02');
    await first.close();
    const second = await startBank({ dataDir, now });
    expect(await statementOf(second.url, '2026-03-02')).toEqual(before);
    expect(before.lines).toHaveLength(2);
    await second.close();
  });

  test('what fell due while Softpayment was down, or while the bank was, is paid once', async () => {
    const gone = await startBank();
    await gone.close(); // nobody listens there
    const first = await startSoftpayment({ dataDir, now, bankUrl: gone.url });
    await charge(first.url, await registerCard(first.url), 'D1-1');
    clock = Date.parse('2026-03-04T12:00:00+09:00');
    first.hurry('2026-03-04');
    await first.close();
    for (const _ of ['again', 'and again']) {
      const next = await startSoftpayment({ dataDir, now, bankUrl: bank.url });
      await until(async () => (await statementOf(bank.url, '2026-03-04')).lines.length > 0);
      await next.close();
    }
    expect((await statementOf(bank.url, '2026-03-04')).lines).toHaveLength(1);
  });
});

test('Softpayment pays on the settle date what its files say for it, and what comes later once more', async () => {
  const pg = await startSoftpayment({ now, bankUrl: bank.url });
  const card = await registerCard(pg.url);
  const { paymentKey } = (await charge(pg.url, card, 'D1-1')).body;
  await cancel(pg.url, paymentKey, 3_000, 'D1-R1');
  const netOf = async () => {
    const lines = await settlementOf(pg.url, '2026-03-02');
    return lines.reduce((won, { net }) => won + Number(net), 0);
  };
  const net = await netOf();
  const pay = async (count: number) => {
    clock += 1_000;
    pg.hurry('2026-03-04');
    return until(async () => {
      const { lines } = await statementOf(bank.url, '2026-03-02');
      return lines.length === 1 + count && lines.slice(1);
    });
  };
  expect(await pay(1)).toEqual([['deposit', 'SOFTPAYMENT-2026-03-04', net]]);
  await charge(pg.url, card, 'D2-1');
  const [, later] = await pay(2);
  expect(later).toEqual(['deposit', 'SOFTPAYMENT-2026-03-04-2', (await netOf()) - net]);
  await pg.close();
});
