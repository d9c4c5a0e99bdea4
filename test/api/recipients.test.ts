import { textsIn } from '../fixtures/history-texts';
import { ALWAYS_OPEN_BANK, accountEnding, type Payer } from '../fixtures/payer';
import { type House, startHouse } from '../servers/house';

let house: House;
let payer: Payer;
beforeAll(async () => {
  house = await startHouse();
  payer = await house.payer();
});
afterAll(() => house.stop());

const add = (accountNumber: string, names: object = {}) =>
  payer.call('POST', '/v1/recipients', {
    ...{ bankCode: ALWAYS_OPEN_BANK, accountNumber, holderName: '김수취' },
    ...names,
  });

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

test('a bank that knows another holder says who, and the account is saved once the payer has confirmed that name', async () => {
  const accountNumber = accountEnding('1234');
  await house.sandboxes.bank.setFaults({ fault: 'other-name', match: { path: '/accounts/verify' } });
  const differs = await add(accountNumber);
  const bankHolderName = differs.body.bankHolderName;
  expect([differs.status, differs.body.code, bankHolderName]).toEqual([422, 'holder-name-differs', '박예금']);
  const guessed = await add(accountNumber, { confirmedName: '이예금' });
  expect([guessed.status, guessed.body.code]).toEqual([422, 'holder-name-differs']);
  const confirmed = await add(accountNumber, { confirmedName: bankHolderName });
  await house.sandboxes.bank.setFaults();
  expect(confirmed.status).toBe(201);
  const { body } = await payer.call<{ items: { id: string; holderName: string }[] }>('GET', '/v1/recipients');
  const names = body.items.filter(({ holderName }) => holderName !== '김수취');
  expect(names).toMatchObject([{ id: confirmed.body.id, holderName: bankHolderName }]);
});

test('a name is no way past a bank that refuses without telling one', async () => {
  const { status, body } = await add(accountEnding('0299'), { confirmedName: '김수취' });
  expect([status, body.code, body.reason]).toEqual([422, 'recipient-not-verified', '815']);
});

test('a name whose letters a phone took apart is saved composed, and is the same holder', async () => {
  const { status, body } = await add(accountEnding('1234'), { holderName: '김수취'.normalize('NFD') });
  expect(status).toBe(201);
  const { holder_name: kept } = await house.db('bank_accounts').where({ id: body.id }).first('holder_name');
  expect(kept).toBe('김수취'.normalize('NFC'));
});

test('a name that the bank told is in no history of the engine', async () => {
  await house.sandboxes.bank.setFaults({ fault: 'other-name', match: { path: '/accounts/verify' } });
  await add(accountEnding('1234'));
  await house.sandboxes.bank.setFaults();
  const { id } = await house.db('bank_accounts').where({ bank_holder_name: '박예금' }).first('id');
  const history = await house.client.workflow.getHandle(`verify-account-${id}`).fetchHistory();
  const texts = textsIn(history).join();
  expect(texts).toContain('differs');
  expect(texts).not.toContain('박예금');
});

test('a bank that says nothing is asked no longer than 10 s and is unavailable, and nothing is verified', async () => {
  await house.sandboxes.bank.setFaults({ fault: 'timeout-before', match: { path: '/accounts/verify' } });
  const { status, body, headers } = await add(accountEnding('1234'));
  await house.sandboxes.bank.setFaults();
  expect([status, body.code]).toEqual([503, 'bank-unavailable']);
  expect(headers.get('retry-after')).toBe('5');
});
