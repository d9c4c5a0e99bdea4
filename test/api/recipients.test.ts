import { ALWAYS_OPEN_BANK, accountEnding, type Payer } from '../fixtures/payer';
import { type House, startHouse } from '../servers/house';

let house: House;
let payer: Payer;
beforeAll(async () => {
  house = await startHouse();
  payer = await house.payer();
});
afterAll(() => house.stop());

const add = (accountNumber: string) =>
  payer.call('POST', '/v1/recipients', { bankCode: ALWAYS_OPEN_BANK, accountNumber, holderName: '김수취' });

test('a recipient whom the bank confirms is saved, its number encrypted, and listed', async () => {
  const accountNumber = accountEnding('1234');
  const { status, body } = await add(accountNumber);
  expect([status, body]).toEqual([201, { id: expect.any(String), verified: true }]);
  const row = await house.db('bank_accounts').where({ id: body.id }).first();
  expect(JSON.stringify(row)).not.toContain(accountNumber);
  const list = await payer.call<{ items: unknown[] }>('GET', '/v1/recipients');
  expect(list.body.items).toContainEqual({
    id: body.id,
    bankCode: ALWAYS_OPEN_BANK,
    bankName: '토스뱅크',
    accountLast4: '1234',
    holderName: '김수취',
    verified: true,
    createdAt: expect.any(String),
  });
});

test.each([
  ['0298', '412', '존재하지 않는'],
  ['0299', '815', '일치하지'],
])('a recipient whom the bank refuses (…%s) is told why and not listed', async (last4, reason, words) => {
  const { status, body } = await add(accountEnding(last4));
  expect([status, body.code, body.reason]).toEqual([422, 'recipient-not-verified', reason]);
  expect(body.detail).toContain(words);
  const { body: list } = await payer.call('GET', '/v1/recipients');
  expect(JSON.stringify(list)).not.toContain(last4);
});

test('a bank that says nothing is asked no longer than 10 s and is unavailable, and nothing is verified', async () => {
  await house.sandboxes.bank.setFaults({ fault: 'timeout-before', match: { path: '/accounts/verify' } });
  const { status, body, headers } = await add(accountEnding('1234'));
  await house.sandboxes.bank.setFaults();
  expect([status, body.code]).toEqual([503, 'bank-unavailable']);
  expect(headers.get('retry-after')).toBe('5');
});
