import { placeOf } from '../../db/encrypted-columns';
import { openedTextsIn } from '../fixtures/history-texts';
import { keysOf } from '../fixtures/keys';
import { ALWAYS_OPEN_BANK, accountEnding, type Payer } from '../fixtures/payer';
import { type House, startHouse } from '../servers/house';

let house: House;
let payer: Payer;
beforeAll(async () => {
  house = await startHouse();
  payer = await house.payer();
});
afterAll(() => house.stop());

/** A name of the row as the house reads it. */
async function nameOf(id: unknown, name: 'holderName' | 'bankHolderName'): Promise<string> {
  const place = placeOf(name, String(id));
  const row = await house.db(place.table).where({ id }).first(place.column);
  return (await keysOf(house)).decrypt(row[place.column], place);
}

const list = async () => {
  const { body } = await payer.call<{ items: { id: string; holderName: string }[] }>('GET', '/v1/recipients');
  return body.items;
};

const add = (accountNumber: string, names: object = {}) =>
  payer.call('POST', '/v1/recipients', {
    ...{ bankCode: ALWAYS_OPEN_BANK, accountNumber, holderName: '김수취' },
    ...names,
  });

test('a recipient whom the bank confirms is saved, its number and name encrypted, and listed', async () => {
  const accountNumber = accountEnding('1234');
  const { status, body } = await add(accountNumber);
  expect([status, body]).toEqual([201, { id: expect.any(String), verified: true }]);
  const row = await house.db('bank_accounts').where({ id: body.id }).first();
  expect(JSON.stringify(row)).not.toContain(accountNumber);
  expect(JSON.stringify(row)).not.toContain('김수취');
  expect(await list()).toContainEqual({
    id: body.id,
    bankCode: ALWAYS_OPEN_BANK,
    bankName: '토스뱅크',
    accountLast4: '1234',
    holderName: '김수취',
    nickname: null,
    favorite: false,
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
  expect(JSON.stringify(await list())).not.toContain(last4);
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
  const names = (await list()).filter(({ holderName }) => holderName !== '김수취');
  expect(names).toMatchObject([{ id: confirmed.body.id, holderName: bankHolderName }]);
});

test('a name is no way past a bank that refuses without telling one', async () => {
  const { status, body } = await add(accountEnding('0299'), { confirmedName: '김수취' });
  expect([status, body.code, body.reason]).toEqual([422, 'recipient-not-verified', '815']);
});

test('a name whose letters a phone took apart is saved composed, and is the same holder', async () => {
  const { status, body } = await add(accountEnding('1234'), { holderName: '김수취'.normalize('NFD') });
  expect(status).toBe(201);
  expect(await nameOf(body.id, 'holderName')).toBe('김수취'.normalize('NFC'));
});

test('a name that the bank told is in no history of the engine', async () => {
  await house.sandboxes.bank.setFaults({ fault: 'other-name', match: { path: '/accounts/verify' } });
  await add(accountEnding('1234'));
  await house.sandboxes.bank.setFaults();
  const { id } = await house
    .db('bank_accounts')
    .whereNotNull('bank_holder_name_encrypted')
    .orderBy('id', 'desc')
    .first();
  expect(await nameOf(id, 'bankHolderName')).toBe('박예금');
  const history = await house.client.workflow.getHandle(`verify-account-${id}`).fetchHistory();
  const texts = (await openedTextsIn(history, house)).join();
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

test.each([
  ['dashes', (n: string) => `${n.slice(0, 3)}-${n.slice(3, 6)}-${n.slice(6)}`],
  ['spaces', (n: string) => ` ${n.slice(0, 3)} ${n.slice(3)} `],
  ['full width', (n: string) => n.replace(/\d/g, (d) => String.fromCodePoint(d.charCodeAt(0) + 0xfee0))],
  ['another dash', (n: string) => `${n.slice(0, 4)}–${n.slice(4)}`],
])('an account written with %s is the same account', async (_, write) => {
  const plain = accountEnding('1234');
  const first = await add(plain);
  const again = await add(write(plain));
  expect([again.status, again.body]).toEqual([201, first.body]);
});

test.each(['123456789', '123456789012345', '110-1234-567a', '', '110.1234.56789', '١١٠١٢٣٤٥٦٧٨'])(
  'an account number "%s" is refused in words',
  async (accountNumber) => {
    const recipient = { bankCode: ALWAYS_OPEN_BANK, accountNumber, holderName: '김수취' };
    const words = async (language: string) => {
      const { status, body } = await payer.call('POST', '/v1/recipients', recipient, { 'accept-language': language });
      expect(status).toBe(422);
      return body.errors;
    };
    expect(await words('ko')).toMatchObject([{ path: 'accountNumber', message: '계좌번호는 숫자 10–14자리예요.' }]);
    expect(await words('en')).toMatchObject([
      { path: 'accountNumber', message: 'An account number has 10 to 14 digits.' },
    ]);
  },
);

test('an account that is verified again is the recipient it was, under the name confirmed now; its nickname stays', async () => {
  const accountNumber = accountEnding('1234');
  const first = await add(accountNumber, { holderName: '김 수취' });
  await payer.call('PATCH', `/v1/recipients/${first.body.id}`, { nickname: '집주인' });
  const again = await add(accountNumber, { holderName: '김수취' });
  expect([again.status, again.body]).toEqual([201, first.body]);
  const shown = (await list()).filter(({ id }) => id === first.body.id);
  expect(shown).toMatchObject([{ holderName: '김수취', nickname: '집주인' }]);
  const rows = await house
    .db('bank_accounts')
    .where({ user_id: payer.userId, account_hash: await hashOf(first.body.id) });
  expect(rows.filter(({ deleted_at }) => deleted_at === null)).toHaveLength(1);
});

const hashOf = async (id: unknown) =>
  (await house.db('bank_accounts').where({ id }).first('account_hash')).account_hash;

test('an account that is added many times at once is one recipient', async () => {
  const accountNumber = accountEnding('1234');
  const answers = await Promise.all(Array.from({ length: 6 }, () => add(accountNumber)));
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
  const ids = new Set(answers.map(({ body }) => body.id));
  expect(ids.size).toBe(1);
  expect((await list()).filter(({ id }) => ids.has(id))).toHaveLength(1);
});

test('the same account of another payer, or after it was removed, is a recipient of its own', async () => {
  const accountNumber = accountEnding('1234');
  const first = await add(accountNumber);
  const stranger = await house.payer();
  expect(await stranger.addRecipient(accountNumber)).not.toBe(first.body.id);
  await payer.call('DELETE', `/v1/recipients/${first.body.id}`);
  const again = await add(accountNumber);
  expect(again.status).toBe(201);
  expect(again.body.id).not.toBe(first.body.id);
});

test('a check that the bank refuses later leaves the recipient as it is', async () => {
  const accountNumber = accountEnding('1234');
  const { body } = await add(accountNumber);
  await house.sandboxes.bank.setFaults({ fault: 'other-name', match: { path: '/accounts/verify' } });
  expect((await add(accountNumber, { holderName: '이수취' })).status).toBe(422);
  await house.sandboxes.bank.setFaults();
  expect((await list()).find(({ id }) => id === body.id)).toMatchObject({ holderName: '김수취' });
});
