/** Accounts over the whole house: codes that arrive by SMS, and what becomes of the deals of somebody who leaves. */
import { expectMoneyBalanced } from '../fixtures/balance';
import { accountEnding, callApi, type Payer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { giveUpAfterMs: 2_000 }, timings: { returnMs: 10_000, processingMs: 5_000 } });
});
afterAll(() => house.stop());

/** The first SMS to the phone that matches. */
const smsTo = (phone: string, pattern: RegExp): Promise<string> =>
  poll(
    async () => {
      const path = `/_sandbox/messages?to=${phone}`;
      const { body } = await callApi<{ text: string }[]>(house.places.noticesUrl, 'GET', path);
      return body.find(({ text }) => pattern.test(text))?.text ?? '';
    },
    (text) => text !== '',
    { what: `an SMS like ${pattern}` },
  );
const open = (path: string, body: object) => callApi(house.places.apiUrl, 'POST', path, body);
const leave = (payer: Payer) => payer.call('POST', '/v1/users/me/withdrawal', { password: payer.person.password });

test('a forgotten password is set anew with the code of the SMS, and the member is told', async () => {
  const { person, ...payer } = await house.payer();
  const newPassword = 'another horse battery';
  expect((await open('/v1/auth/password-resets', { phone: person.phone })).status).toBe(202);
  const code = (await smsTo(person.phone, /재설정 인증번호/)).match(/\d{6}/)?.[0];
  expect((await open('/v1/auth/password-resets/confirm', { phone: person.phone, code, newPassword })).status).toBe(200);
  const logIn = await open('/v1/auth/login', { email: person.email, password: newPassword });
  expect([logIn.status, (logIn.body.user as { id: string }).id]).toEqual([200, payer.userId]);
  await smsTo(person.phone, /비밀번호가 변경/);
});

test('money that comes back after its payer has left is refunded, and the payer is told', async () => {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient(accountEnding('0209')));
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  expect((await leave(payer)).status).toBe(204);
  const statusOf = async () => (await house.db('deals').where({ id }).first('status')).status;
  await poll(statusOf, (status) => status === 'REFUNDED', { what: 'the refund' });
  await smsTo(payer.person.phone, /카드 결제 103,000원을 취소/);
  await expectMoneyBalanced(house, dealNo);
});

test('nobody leaves while their money is on its way, and everybody once it has arrived', async () => {
  const payer = await house.payer();
  const { id } = await payer.createDeal(await payer.addRecipient(accountEnding('0206')));
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  const early = await leave(payer);
  expect([early.status, early.body.dealIds]).toEqual([409, [id]]);
  await payer.waitForStatus(id, 'COMPLETED');
  expect((await leave(payer)).status).toBe(204);
});
