/** The bank's statement over the wire: what is read of it, and what is refused in words. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBank } from '../../../infra/providers/bank/client';
import { ProviderError, type Statement } from '../../../workflows/domain/providers';

const DAY = '2026-03-02';
const LINES = [
  { id: 'L1', at: `${DAY}T10:00:00+09:00`, amount: 1_000_000, kind: 'deposit', reference: 'TOP-UP-1' },
  { id: 'L2', at: `${DAY}T10:01:00+09:00`, amount: -100_000, kind: 'transfer', reference: 'D1-T1' },
  { id: 'L3', at: `${DAY}T10:02:00.123Z`, amount: '100000', kind: 'return', reference: 'D1-T1' },
  { id: 'L4', at: `${DAY}T11:00:00+09:00`, amount: 90_000, kind: 'deposit', reference: `SOFTPAYMENT-${DAY}` },
  { id: 'L5', at: `${DAY}T11:00:01+09:00`, amount: -500, kind: 'withdrawal', reference: `SOFTPAYMENT-${DAY}-2` },
  { id: 'L6', at: `${DAY}T12:00:00+09:00`, amount: 7, kind: 'interest', reference: 'SOFTPAYMENT-2026-02-30' },
];
const GOOD = { rspCode: 'A0000', bankRspCode: '0000', date: DAY, openingBalance: 500, closingBalance: 1_090_007 };

let server: Server;
let body: string;
beforeAll(async () => {
  server = createServer((_request, response) => void response.writeHead(200).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const statement = (told: object | string): Statement => {
  body = typeof told === 'string' ? told : JSON.stringify(told);
  const { port } = server.address() as AddressInfo;
  return createBank({ url: `http://127.0.0.1:${port}`, apiKey: 'key', timeoutMs: 60_000 }).statement(DAY);
};
async function read({ lines, balances }: Statement) {
  const all = [];
  for await (const batch of lines) all.push(...batch);
  return { lines: all, ...balances() };
}
const failureOf = (told: object | string): Promise<string> =>
  read(statement(told)).then(
    () => 'it was read',
    (error: unknown) => {
      if (!(error instanceof ProviderError)) throw error;
      return `${error.kind}: ${error.message}`;
    },
  );

test.each(['', '\ufeff'])('a statement is read with its balances, whatever mark it begins with (%j)', async (mark) => {
  const { lines, opening, closing } = await read(statement(`${mark}${JSON.stringify({ ...GOOD, lines: LINES })}`));
  expect([opening, closing]).toEqual([500, 1_090_007]);
  expect(lines.map(({ kind, reference, amount }) => [kind, reference, amount])).toEqual([
    ['owner-funds', 'TOP-UP-1', 1_000_000],
    ['transfer', 'D1-T1', -100_000],
    ['return', 'D1-T1', 100_000],
    ['settlement', DAY, 90_000],
    ['settlement', DAY, -500],
    ['owner-funds', 'SOFTPAYMENT-2026-02-30', 7],
  ]);
});

test('balances may come first, last, or as texts of digits; a day without a line has them too', async () => {
  const { openingBalance, closingBalance, ...rest } = GOOD;
  const last = { ...rest, lines: LINES, openingBalance: `${openingBalance}`, closingBalance: `${closingBalance}` };
  expect(await read(statement(last))).toMatchObject({ opening: 500, closing: 1_090_007 });
  expect(await read(statement({ ...GOOD, closingBalance: 500, lines: [] }))).toEqual({
    ...{ lines: [], opening: 500, closing: 500 },
  });
});

const withLine = (change: object) => ({ ...GOOD, lines: [LINES[0], { ...LINES[1], ...change }, ...LINES.slice(2)] });
test.each([
  ['that does not add up', { ...GOOD, lines: LINES.slice(1) }, 'it does not add up to its closing balance'],
  ['without a line that does not add up', { ...GOOD, lines: [] }, 'it does not add up to its closing balance'],
  [
    'whose balance is a fraction',
    { ...GOOD, openingBalance: 0.5, lines: [] },
    'a balance is not a whole number of won',
  ],
  [
    'whose balance is no number',
    { ...GOOD, closingBalance: '1,090', lines: [] },
    'a balance is not a whole number of won',
  ],
  [
    'that tells no balance',
    { ...GOOD, closingBalance: undefined, lines: LINES },
    'a balance is not a whole number of won',
  ],
  ['of another day', { ...GOOD, date: '2026-03-03', lines: LINES }, 'the statement of another day'],
  ['with a line of another day', withLine({ at: '2026-03-02T23:00:00Z' }), 'line 2: it is of another day'],
  ['with a line without a time', withLine({ at: 'noon' }), 'line 2: at is not a time with its offset'],
  ['with an amount in words', withLine({ amount: 'x' }), 'line 2: amount is not a whole number of won, or is 0'],
  ['with an amount of 0', withLine({ amount: 0 }), 'line 2: amount is not a whole number of won, or is 0'],
  ['with a line without a reference', withLine({ reference: '' }), 'line 2: reference is not a text'],
  ['with a line without a kind', withLine({ kind: 3 }), 'line 2: kind is not a text'],
  ['with a line without its id', withLine({ id: null }), 'line 2: id is not a text'],
])('a statement %s is refused', async (_name, told, reason) => {
  expect(await failureOf(told)).toBe(`ContractBroken: bank statement: ${reason}`);
});

test.each([
  ['cut in half', JSON.stringify({ ...GOOD, lines: LINES }).slice(0, -90), 'the list ends within line 6'],
  ['that is none', '{"lines": null}', 'the answer is no list'],
  ['that the bank did not accept to give', { ...GOOD, bankRspCode: null, lines: LINES }, 'not accepted by both layers'],
  ['that is not JSON', '<html>', 'it is not JSON'],
])('a statement %s decides nothing', async (_name, told, reason) => {
  expect(await failureOf(told)).toBe(`OutcomeUnknown: bank statement: ${reason}`);
});

test('a statement that was not read to its end has no balances', () => {
  const { balances } = statement({ ...GOOD, lines: LINES });
  expect(balances).toThrow('it was not read to its end');
});
