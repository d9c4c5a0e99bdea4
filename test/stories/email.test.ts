/** A payer's e-mail from sign-up to the news of a deal, over the API, the outbox and the carriers' sandbox. */
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

const mailed = (to: string, count: number) =>
  poll(
    () => house.messagesTo(to),
    (texts) => texts.length >= count,
    { what: `${count} mails` },
  );
const codeIn = (text = ''): string => text.match(/(?<!\d)\d{6}(?!\d)/)?.[0] ?? '';

test('an e-mail is verified, chosen for news, tells of a deal, is changed, and says so, by SMS too', async () => {
  const payer = await house.payer();
  const { email, phone, password } = payer.person;
  const askFor = (address: string) => payer.post('/v1/users/me/email', { email: address, password });
  const verify = (code: string) => payer.post('/v1/users/me/email/verify', { code });

  expect((await askFor(email)).status).toBe(202);
  const [first] = await mailed(email, 1);
  expect(first?.match(/\d{6}/g)).toHaveLength(1);
  expect(await verify(codeIn(first))).toMatchObject({ status: 200, body: { email, emailVerified: true } });
  const chosen = await payer.call('PATCH', '/v1/users/me/notifications', { dealNews: { channels: ['email'] } });
  expect(chosen).toMatchObject({ status: 200, body: { dealNews: { inUse: ['email'] } } });

  const cardId = await payer.registerCard();
  const recipientId = await payer.addRecipient();
  const { id, dealNo } = await payer.createDeal(recipientId, 10_000);
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  const [, news] = await mailed(email, 2);
  expect(news).toContain(dealNo);
  expect(news).toContain('10,000원을 보냈습니다');
  const smsBefore = await house.messagesTo(phone);
  expect(smsBefore).toHaveLength(1); // the code of sign-up

  const other = `other-${email}`;
  expect((await askFor(other)).status).toBe(202);
  expect((await verify(codeIn((await mailed(other, 1))[0]))).body).toEqual({ email: other, emailVerified: true });
  const told = (await mailed(email, 3)).at(-1);
  expect(told).toContain('이메일 주소가 변경되었습니다');
  expect(told).not.toContain(other);

  const left = () => house.db('notices').whereNull('sent_at').whereNull('failed_at');
  await poll(left, (rows) => rows.length === 0, { what: 'everything has left' });
  const kept = await house
    .db('notices')
    .whereNotNull('secret_encrypted')
    .orWhereNotNull('phone_encrypted')
    .orWhereNotNull('email_encrypted');
  expect(kept).toEqual([]);
  const [, changed, ...more] = await house.messagesTo(phone);
  expect([changed, more]).toEqual([expect.stringContaining('로그인 이메일이 변경되었습니다'), []]);
});

test('while SES takes nothing a deal of a payer who chose e-mail ends as ever, and its SMS arrives', async () => {
  await house.sandboxes.notices.setFaults({ fault: 'rate-limit', match: { path: '/v2/email/' } });
  const payer = await house.payer();
  const { userId } = payer;
  await house
    .db('users')
    .where({ id: userId })
    .update({ email_verified_at: new Date(), deal_news_channels: ['email', 'sms'] });
  const cardId = await payer.registerCard();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient(), 10_000);
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  const [, sms] = await mailed(payer.person.phone, 2);
  expect(sms).toContain(dealNo);
  const mail = await house.db('notices').where({ user_id: userId, channel: 'email' }).first();
  expect(mail.sent_at).toBeNull();
  await house.sandboxes.notices.setFaults();
  // Its next try, now: asked for again and again, since a try that is still under way sets the next one itself when it ends.
  const hurry = () =>
    house.db('notices').where({ id: mail.id, sent_at: null }).update({ next_attempt_at: house.db.fn.now() });
  const arrived = await poll(
    () => hurry().then(() => house.messagesTo(payer.person.email)),
    (texts) => texts.length > 0,
    { what: 'the mail' },
  );
  expect(arrived).toHaveLength(1);
});
