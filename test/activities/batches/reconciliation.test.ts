/** The providers' lists as they come over the wire, from servers that say exactly what a test lets them. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { storeBankList, storeSettlementFile } from '../../../db/reconciliation/lines';
import { createBank } from '../../../infra/providers/bank/client';
import { createSoftpayment } from '../../../infra/providers/softpayment/client';
import { ProviderError } from '../../../workflows/domain/providers';
import { bankLinesOf, settlementLinesOf } from '../../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../../servers/database';

const DAY = '2026-03-02';
const SETTLED = { day: DAY, count: 40 };
/** A provider that answers at all does so at once; only one that falls silent is waited for. */
const PATIENCE_MS = 60_000;
const SILENCE_MS = 400;

let server: Server;
let answer: (response: ServerResponse) => void;
beforeAll(async () => {
  server = createServer((_request, response) => answer(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function listsHere(timeoutMs = PATIENCE_MS) {
  const address = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: 'key',
    timeoutMs,
  };
  return { ...createSoftpayment(address), ...createBank(address) };
}
async function all<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const lines: T[] = [];
  for await (const batch of batches) lines.push(...batch);
  return lines;
}
const settlement = () => all(listsHere().settlementFile(DAY));
const bank = () => all(listsHere().dayList(DAY));
const say = (body: string, status = 200) => {
  answer = (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
};
const failureOf = async (reading: Promise<unknown>): Promise<string> => {
  const error = await reading.then(
    () => new Error('it was read'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw error;
  return `${error.kind}: ${error.message}`;
};

const settlementLines = [...settlementLinesOf(SETTLED)];
const bankLines = [...bankLinesOf(SETTLED)];
const line = settlementLines[0] as (typeof settlementLines)[number];
const wireOfBank = (transfers: object[], more: object = {}) =>
  JSON.stringify({ rspCode: 'A0000', bankRspCode: '0000', tradingDate: DAY, transfers, message: '정상', ...more });
const bankWire = bankLines.map(({ code, ...rest }) => ({
  ...rest,
  bankRspCode: code,
  tradingDate: DAY,
}));

test.each([
  [1, ''],
  [1, '\ufeff'],
  [7, ''],
  [64, '\ufeff'],
  [1_000_000, ''],
  [1_000_000, '\ufeff'],
])('lists read the same in pieces of %d bytes, whatever mark they begin with (%j)', async (size, mark) => {
  const inPieces = (text: string) => {
    const bytes = Buffer.from(`${mark}${text}`);
    answer = (response) => {
      response.writeHead(200);
      for (let from = 0; from < bytes.length; from += size) response.write(bytes.subarray(from, from + size));
      response.end();
    };
  };
  inPieces(JSON.stringify(settlementLines));
  expect(await settlement()).toEqual(settlementLines);
  inPieces(wireOfBank(bankWire));
  expect(await bank()).toEqual(bankLines);
});

test('lists may tell won as texts of digits', async () => {
  const inWords = ({ amount, fee, net, ...rest }: (typeof settlementLines)[number]) => {
    const [won, kept, paid] = [amount, fee, net].map(String);
    return { ...rest, amount: won, fee: kept, net: paid };
  };
  say(JSON.stringify(settlementLines.map(inWords)));
  expect(await settlement()).toEqual(settlementLines);
  say(wireOfBank(bankWire.map((told) => ({ ...told, amount: `${told.amount}` }))));
  expect(await bank()).toEqual(bankLines);
});

test('a bank list need not tell the account', async () => {
  const untold = bankWire.map(({ bankCode, accountLast4, ...rest }, n) =>
    n === 0 ? rest : { ...rest, bankCode: null },
  );
  say(wireOfBank(untold));
  expect(await bank()).toEqual(bankLines.map((told) => ({ ...told, bankCode: null, accountLast4: null })));
});

test('a day without a line is an empty list', async () => {
  say(' [ ] ');
  expect(await settlement()).toEqual([]);
  say(wireOfBank([]));
  expect(await bank()).toEqual([]);
});

test.each([
  ['amount', 103_000.5, 'amount, fee or net is not a whole number of won'],
  ['amount', '103,000', 'amount, fee or net is not a whole number of won'],
  ['net', 2 ** 53, 'amount, fee or net is not a whole number of won'],
  ['fee', null, 'amount, fee or net is not a whole number of won'],
  ['orderId', '', 'orderId is not a text'],
  ['paymentKey', 7, 'paymentKey is not a text'],
  ['kind', undefined, 'kind is not a text'],
  ['at', '2026-03-02T12:00:00', 'at is not a time with its offset'],
  ['at', '2026-02-30T12:00:00+09:00', 'at is not a time with its offset'],
  ['settleDate', '2026-02-29', 'settleDate is not a day'],
])('a settlement line whose %s is %p ends the reading with its number', async (field, value, reason) => {
  say(JSON.stringify([line, line, { ...line, [field]: value }, line]));
  expect(await failureOf(settlement())).toBe(`ContractBroken: softpayment settlement file: line 3: ${reason}`);
});

test.each([
  [
    'a line of another trading date',
    wireOfBank([{ ...bankWire[0], tradingDate: '2026-03-03' }]),
    'ContractBroken: bank day list: line 1: its tradingDate is another',
  ],
  [
    'a line with a whole account number',
    wireOfBank([{ ...bankWire[0], accountLast4: '11022223333' }]),
    'ContractBroken: bank day list: line 1: accountLast4 is not four digits',
  ],
  [
    'a line of a bank without a code',
    wireOfBank([{ ...bankWire[0], bankCode: 88 }]),
    'ContractBroken: bank day list: line 1: bankCode is not three digits',
  ],
  [
    'a line that is not an object',
    wireOfBank([7 as unknown as object]),
    'ContractBroken: bank day list: line 1: it is not an object',
  ],
  [
    'the list of another day',
    wireOfBank([], { tradingDate: '2026-03-03' }),
    'ContractBroken: bank day list: the list of another trading date',
  ],
  [
    'a list that the bank did not accept to give',
    wireOfBank(bankWire, { bankRspCode: null }),
    'OutcomeUnknown: bank day list: not accepted by both layers',
  ],
  [
    'an answer without transfers',
    wireOfBank([], { transfers: null }),
    'OutcomeUnknown: bank day list: the answer is no list',
  ],
])('%s is not taken', async (_name, body, failure) => {
  say(body);
  expect(await failureOf(bank())).toBe(failure);
});

test.each([
  ['a file that ends early', JSON.stringify([line, line]).slice(0, -20), 'the list ends within line 2'],
  ['a file that is not JSON', '[{"orderId": <html>', 'it is not JSON'],
  ['an answer that is no list', '{"code":"MAINTENANCE"}', 'the answer is no list'],
])('%s decides nothing', async (_name, body, reason) => {
  say(body);
  expect(await failureOf(settlement())).toBe(`OutcomeUnknown: softpayment settlement file: ${reason}`);
});

test('a line without an end is given up', async () => {
  say(`[{"orderId":"${'9'.repeat(400_000)}"}]`);
  expect(await failureOf(settlement())).toBe('ContractBroken: softpayment settlement file: line 1 does not end');
});

test('a provider that refuses, fails or falls silent in the middle is no list', async () => {
  say('{}', 401);
  expect(await failureOf(settlement())).toContain('Unavailable: softpayment settlement file: our API key was refused');
  say('{}', 500);
  expect(await failureOf(settlement())).toBe('OutcomeUnknown: softpayment settlement file: HTTP 500');
  answer = (response) => void response.writeHead(200).write(`[${JSON.stringify(line)},`);
  expect(await failureOf(all(listsHere(SILENCE_MS).settlementFile(DAY)))).toBe(
    `OutcomeUnknown: softpayment settlement file: no whole answer within ${SILENCE_MS} ms`,
  );
});

test('reading that stops at a wrong line lets the connection go', async () => {
  const closed = new Promise<void>((resolve) => {
    answer = (response) => {
      response.once('close', resolve);
      response.writeHead(200).write(`[${JSON.stringify({ ...line, amount: 'x' })},`);
    };
  });
  await failureOf(settlement());
  await closed;
});

describe('stored', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  test('a list is stored as it came, and one with a wrong line changes nothing', async () => {
    const { db } = database;
    const at = new Date('2026-03-03T23:00:00+09:00');
    say(JSON.stringify(settlementLines));
    expect(await storeSettlementFile(db, { day: DAY, readAt: at }, listsHere().settlementFile(DAY))).toBe(
      settlementLines.length,
    );
    say(wireOfBank(bankWire));
    expect(await storeBankList(db, { day: DAY, readAt: at }, listsHere().dayList(DAY))).toBe(bankLines.length);
    const stored = async () => ({
      settlement: await db('settlement_lines').orderBy('line_no').select('line_no', 'order_id', 'amount', 'at'),
      bank: await db('bank_lines').orderBy('line_no').select('reference', 'status', 'bank_code', 'account_last4'),
    });
    const before = await stored();
    expect(before.settlement).toEqual(
      settlementLines.map(({ orderId, amount, at: done }, n) => ({
        ...{ line_no: n + 1, order_id: orderId, amount: `${amount}`, at: new Date(done) },
      })),
    );
    expect(before.bank).toEqual(
      bankLines.map(({ reference, status, bankCode, accountLast4 }) => ({
        ...{ reference, status, bank_code: bankCode, account_last4: accountLast4 },
      })),
    );
    say(JSON.stringify([...settlementLines.slice(0, 30), { ...line, fee: 1.5 }]));
    expect(
      await failureOf(storeSettlementFile(db, { day: DAY, readAt: at }, listsHere().settlementFile(DAY))),
    ).toContain('line 31');
    say(wireOfBank([...bankWire.slice(0, 10), {}]));
    expect(await failureOf(storeBankList(db, { day: DAY, readAt: at }, listsHere().dayList(DAY)))).toContain('line 11');
    expect(await stored()).toEqual(before);
  });
});
