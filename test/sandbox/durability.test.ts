import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBank } from '../../infra/sandbox/bank';
import { startNotices } from '../../infra/sandbox/notices';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import {
  call,
  cancel,
  charge,
  effectsOf,
  journalOf,
  queryTransfer,
  registerCard,
  setFaults,
  startReceiver,
  transfer,
  transferReaching,
  until,
} from './client';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test('Softpayment remembers cards, charges, cancels and its journal; the file holds no card', async () => {
  const first = await startSoftpayment({ dataDir });
  const card = await registerCard(first.url);
  const done = (await charge(first.url, card, 'D1-1')).body;
  const back = (await cancel(first.url, done.paymentKey, 3_000, 'D1-R1')).body;
  const journal = await journalOf(first.url);
  await first.close();
  expect(readFileSync(join(dataDir, 'softpayment.ndjson'), 'utf8')).not.toMatch(/94101234|"987"/);

  const second = await startSoftpayment({ dataDir });
  expect(await journalOf(second.url)).toEqual(journal);
  expect((await charge(second.url, card, 'D1-1')).body).toEqual(done);
  expect((await cancel(second.url, done.paymentKey, 3_000, 'D1-R1')).body).toEqual(back);
  expect(await effectsOf(second.url)).toHaveLength(2);
  expect((await journalOf(second.url)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  await second.close();
});

test('the first silence of …0104 is remembered', async () => {
  const timings = { hangMs: 50 };
  const first = await startSoftpayment({ dataDir, timings });
  const card = await registerCard(first.url, '0104');
  await expect(charge(first.url, card, 'D1-1')).rejects.toThrow();
  await first.close();
  const second = await startSoftpayment({ dataDir, timings });
  expect((await charge(second.url, card, 'D1-1')).body.status).toBe('DONE');
  await second.close();
});

test('a transfer on its way arrives after the restart, once, and so does its return', async () => {
  const timings = { processingMs: 1_500, returnMs: 1_500 };
  const first = await startBank({ dataDir, timings });
  await transfer(first.url, 'D1-T1', '0206');
  await transfer(first.url, 'D2-T1', '0209');
  await first.close();

  const second = await startBank({ dataDir, timings });
  expect((await queryTransfer(second.url, 'D1-T1')).body.status).toBe('processing');
  expect((await transfer(second.url, 'D1-T1', '0206')).body.bankRspCode).toBe('DUP');
  await transferReaching(second.url, 'D1-T1', 'done');
  await transferReaching(second.url, 'D2-T1', 'returned');
  expect((await effectsOf(second.url)).map(([effect]) => effect).sort()).toEqual([
    'returned',
    'transferred',
    'transferred',
  ]);
  await second.close();
});

test('what fell due while the bank was down has happened when it answers again', async () => {
  let now = Date.parse('2026-03-02T10:00:00+09:00');
  const first = await startBank({ dataDir, now: () => now });
  await transfer(first.url, 'D1-T1', '0206');
  await first.close();
  now += 60_000;
  const second = await startBank({ dataDir, now: () => now });
  expect((await queryTransfer(second.url, 'D1-T1')).body.status).toBe('done');
  const { body } = await call(second.url, 'GET', '/transfers?tradingDate=2026-03-02');
  expect(body.transfers).toMatchObject([{ at: '2026-03-02T10:00:08.000+09:00' }]);
  await second.close();
});

test('a call that was on its way when they went down arrives while they are down, once', async () => {
  let now = Date.parse('2026-03-02T10:00:00+09:00');
  const options = () => ({ dataDir, now: () => now, timings: { hangMs: 20 } });
  const [pg, bank] = [await startSoftpayment(options()), await startBank(options())];
  const card = await registerCard(pg.url);
  for (const { url } of [pg, bank]) await setFaults(url, [{ fault: 'lands-late' }]);
  await expect(charge(pg.url, card, 'D1-1')).rejects.toThrow();
  await expect(transfer(bank.url, 'D1-T1')).rejects.toThrow();
  for (const sandbox of [pg, bank]) await sandbox.close();
  now += 60_000;
  const [pgAgain, bankAgain] = [await startSoftpayment(options()), await startBank(options())];
  expect((await charge(pgAgain.url, card, 'D1-1')).body).toMatchObject({
    status: 'DONE',
    approvedAt: '2026-03-02T10:00:05.000+09:00',
  });
  expect((await queryTransfer(bankAgain.url, 'D1-T1')).body.status).toBe('done');
  for (const sandbox of [pgAgain, bankAgain]) {
    expect(await effectsOf(sandbox.url)).toHaveLength(1);
    await sandbox.close();
  }
});

test('a webhook nobody took is sent after the restart, under its id', async () => {
  const receiver = await startReceiver((count) => (count === 1 ? 500 : 200));
  const webhook = { url: receiver.url, secret: 'whsec_c2VjcmV0' };
  const first = await startSoftpayment({ dataDir, webhook, webhookBackoffMs: [400] });
  await charge(first.url, await registerCard(first.url), 'D1-1');
  await until(async () => (await journalOf(first.url, 'webhook')).length === 1);
  await first.close();
  const second = await startSoftpayment({ dataDir, webhook, webhookBackoffMs: [400] });
  await until(() => receiver.delivered.length === 2);
  expect(receiver.delivered[1]?.headers['webhook-id']).toBe(receiver.delivered[0]?.headers['webhook-id']);
  await second.close();
  await receiver.close();
});

test('messages and an emptied mailbox both survive', async () => {
  const send = (url: string, msg: string) =>
    call(url, 'POST', '/send/', { key: 'k', user_id: 'u', sender: '0212345678', receiver: '01012345678', msg });
  const first = await startNotices({ dataDir });
  await send(first.url, 'one');
  first.reset();
  await send(first.url, 'two');
  await first.close();
  const second = await startNotices({ dataDir });
  expect((await call(second.url, 'GET', '/_sandbox/messages')).body).toMatchObject([{ seq: 1, text: 'two' }]);
  await second.close();
});

test('a line torn by a kill is dropped; a damaged one stops the start and is named', async () => {
  const file = join(dataDir, 'softpayment.ndjson');
  const first = await startSoftpayment({ dataDir });
  const card = await registerCard(first.url);
  await first.close();
  appendFileSync(file, '[["cards","x",{"bil');
  const second = await startSoftpayment({ dataDir });
  expect((await charge(second.url, card, 'D1-1')).body.status).toBe('DONE');
  await second.close();
  writeFileSync(file, 'nonsense\n[]\n');
  await expect(startSoftpayment({ dataDir })).rejects.toThrow('softpayment.ndjson is damaged at line 1');
});
