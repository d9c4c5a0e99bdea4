/** What a recipient's statement shows: the payer's name, or the payer's words; the same of every send. */
import { expectMoneyBalanced } from '../fixtures/balance';
import { operatorCommand } from '../fixtures/commands';
import { openedTextsIn } from '../fixtures/history-texts';
import { workflowOf } from '../fixtures/operator';
import { ALWAYS_OPEN_BANK, accountEnding, type DealView, type Payer } from '../fixtures/payer';
import { NO_ANSWERS } from '../fixtures/policy';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: NO_ANSWERS });
});
afterAll(() => house.stop());

/** What the holder of the account reads. */
async function passbook(accountNumber: string): Promise<{ memo: string; amount: number; reference: string }[]> {
  const query = new URLSearchParams({ bankCode: ALWAYS_OPEN_BANK, accountNumber });
  return (await (await fetch(`${house.sandboxes.bank.url}/_sandbox/passbook?${query}`)).json()) as [];
}

async function dealTo(payer: Payer, accountNumber: string, memo?: string): Promise<DealView> {
  const recipientId = await payer.addRecipient(accountNumber);
  const { status, body } = await payer.post('/v1/deals', { recipientId, principal: 100_000, purpose: '월세', memo });
  expect(status).toBe(201);
  return body;
}

test('the recipient reads the payer’s name, or the words that the payer chose', async () => {
  const payer = await house.payer();
  for (const [memo, shown] of [
    [undefined, payer.person.name],
    ['10월 월세', '10월 월세'],
  ] as const) {
    const account = accountEnding('1234');
    const { id, dealNo } = await dealTo(payer, account, memo);
    await payer.confirm(id, await payer.registerCard());
    await payer.waitForStatus(id, 'COMPLETED');
    expect(await passbook(account)).toMatchObject([{ memo: shown, amount: 100_000, reference: `${dealNo}-T1` }]);
    await expectMoneyBalanced(house, dealNo);
  }
});

/** A deal whose transfer is sent again after a timeout; `change`: what its payer does in between. Answers with the sends. */
async function sentAgain(change: (payer: Payer, account: string) => Promise<void>) {
  const payer = await house.payer();
  const account = accountEnding('1234');
  const { id, dealNo } = await dealTo(payer, account);
  const match = { reference: `${dealNo}-T1`, path: 'POST /transfers' };
  await house.sandboxes.bank.setFaults({ fault: 'timeout-before', match });
  await payer.confirm(id, await payer.registerCard());
  await payer.waitForWaiting(id, 'transfer-unknown');
  await change(payer, account);
  await house.sandboxes.bank.setFaults();
  await payer.waitForStatus(id, 'COMPLETED');
  const sends = (await house.sandboxes.bank.journal()).filter(
    ({ method, reference }) => method === 'POST' && reference === `${dealNo}-T1`,
  );
  expect(sends.length).toBeGreaterThan(1);
  return { payer, account, dealNo, sends };
}

test('a transfer that is sent again after a timeout carries the memo of the deal, though the payer was renamed meanwhile', async () => {
  const { payer, account, dealNo } = await sentAgain(async (its) => {
    expect((await its.call('PATCH', '/v1/users/me', { name: '새이름' })).status).toBe(200);
  });
  expect(await passbook(account)).toMatchObject([{ memo: payer.person.name, reference: `${dealNo}-T1` }]);
});

test('a transfer that is sent again after a timeout names the holder as it did at first, though the payer did otherwise since', async () => {
  const { sends } = await sentAgain(async (payer, account) => {
    const renamed = { bankCode: ALWAYS_OPEN_BANK, accountNumber: account, holderName: '김수취인' };
    expect((await payer.call('POST', '/v1/recipients', renamed)).status).toBe(201);
  });
  expect(new Set(sends.map(({ holderNameLength }) => holderNameLength))).toEqual(new Set(['김수취'.length]));
});

test('every later attempt carries it too', async () => {
  const payer = await house.payer();
  const account = accountEnding('0207'); // fails twice for a moment
  const { id, dealNo } = await dealTo(payer, account, '보증금');
  await payer.confirm(id, await payer.registerCard());
  await payer.call('PATCH', '/v1/users/me', { name: '새이름' });
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await passbook(account)).toMatchObject([{ memo: '보증금', reference: `${dealNo}-T3` }]);
});

test('a chosen memo is in no history, and of it the bank’s log has the length alone', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await dealTo(payer, accountEnding('1234'), '비밀스런말');
  await payer.confirm(id, await payer.registerCard());
  await payer.waitForStatus(id, 'COMPLETED');
  const described = await workflowOf(house, id).describe();
  const history = await workflowOf(house, id).fetchHistory();
  const seen = (await openedTextsIn([history, described.raw], house)).join();
  expect(seen).toContain(dealNo);
  expect(seen).not.toContain('비밀스런말');
  const log = await house.sandboxes.bank.journal();
  expect(log).toContainEqual(expect.objectContaining({ reference: `${dealNo}-T1`, method: 'POST', memoLength: 5 }));
  expect(JSON.stringify(log)).not.toContain('비밀스런말');
});

test('operators see whether the payer chose the memo, and not what it says', async () => {
  const payer = await house.payer();
  for (const [memo, chosen] of [
    [undefined, 'false'],
    ['비밀스런말', 'true'],
  ] as const) {
    const { dealNo } = await dealTo(payer, accountEnding('1234'), memo);
    const { code, text } = await operatorCommand('deal', house, dealNo);
    expect(code).toBe(0);
    expect(text).toMatch(new RegExp(`memo changed by the payer +${chosen}\\n`));
    expect(text).not.toMatch(/비밀스런말|박결제/);
  }
});

test('a quote of a recipient that was removed meanwhile is still paid to its account', async () => {
  const payer = await house.payer();
  const account = accountEnding('1234');
  const { id, recipientId } = (await dealTo(payer, account)) as DealView & { recipientId: string };
  expect((await payer.call('DELETE', `/v1/recipients/${recipientId}`)).status).toBe(204);
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await passbook(account)).toHaveLength(1);
});
