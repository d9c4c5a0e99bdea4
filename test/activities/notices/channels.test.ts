/** By which channels payers hear of their deals, and that one channel never stands in another's way. */
import { enqueueNotice } from '../../../db/notices';
import { startNotices } from '../../../infra/sandbox/notices';
import { poll } from '../../fixtures/poll';
import { setFaults } from '../../sandbox/client';
import { newPhone, type Outbox, openOutbox } from './outbox';

let outbox: Outbox;
beforeAll(async () => {
  outbox = await openOutbox();
});
afterEach(() => outbox.stopAll());
afterAll(() => outbox.close());

type Payer = Awaited<ReturnType<Outbox['payer']>>;
let events = 0;
function completed({ userId, dealId }: Payer, event = `completed-${++events}`) {
  const params = { dealNo: 'PABC', amount: 500_000 };
  return enqueueNotice(outbox.db, { template: 'deal-completed', event, userId, dealId, params });
}
const rowsOf = ({ userId }: Payer) => outbox.db('notices').where({ user_id: userId }).orderBy('channel');
const channelsOf = async (payer: Payer) => (await rowsOf(payer)).map(({ channel }) => channel);

test.each([
  ['nothing was chosen', {}, ['sms']],
  ['e-mail alone', { verified: true, chosen: ['email'] }, ['email']],
  ['both', { verified: true, chosen: ['email', 'sms'] }, ['email', 'sms']],
  ['an e-mail that is not verified', { chosen: ['email'] }, ['sms']],
  ['an e-mail that is not verified beside SMS', { chosen: ['email', 'sms'] }, ['sms']],
  ['push, and no device is known', { verified: true, chosen: ['push'] }, ['email']],
  ['push, and no device is known, nor an e-mail', { chosen: ['push'] }, ['sms']],
  ['push beside SMS, and no device is known', { verified: true, chosen: ['push', 'sms'] }, ['sms']],
])('%s: news goes where the payer wants it, and always somewhere', async (_, given, channels) => {
  const payer = await outbox.payer(given);
  await completed(payer);
  expect(await channelsOf(payer)).toEqual(channels);
});

test('news arrives once by each chosen channel, however often it is put in', async () => {
  outbox.start();
  const payer = await outbox.payer({ verified: true, chosen: ['email', 'sms'] });
  for (let n = 0; n < 3; n++) await completed(payer, 'the same');
  expect(await channelsOf(payer)).toEqual(['email', 'sms']);
  await Promise.all((await rowsOf(payer)).map(({ id }) => outbox.marked(id, 'sent_at')));
  await completed(payer, 'the same'); // after it has left, too
  expect(await outbox.textsTo(payer.phone)).toEqual(['[PLIC] 거래 PABC: 받는 분 계좌로 500,000원을 보냈습니다.']);
  const [mail, ...more] = await outbox.textsTo(payer.email);
  expect(mail).toMatch(/^\[PLIC\] 송금을 마쳤습니다\n\n거래번호 PABC\n\n받는 분 계좌로 500,000원을 보냈습니다\./);
  expect(more).toEqual([]);
  expect(await channelsOf(payer)).toEqual(['email', 'sms']);
});

test('what was put in before a choice leaves as it was to, and to where the member is now', async () => {
  const payer = await outbox.payer();
  await completed(payer);
  const moved = newPhone();
  const place = { table: 'users', row: payer.userId, column: 'phone_encrypted' };
  await outbox
    .db('users')
    .where({ id: payer.userId })
    .update({ phone_encrypted: await outbox.keys.encrypt(moved, place), deal_news_channels: ['email'] });
  outbox.start();
  expect(await outbox.arrived(moved)).toHaveLength(1);
  expect(await outbox.textsTo(payer.phone)).toEqual([]);
});

test.each([
  ['is silent', 'timeout-before'],
  ['refuses', 'decline'],
  ['has too much to do', 'rate-limit'],
  ['fails', 'error-500'],
])('SES %s: every SMS arrives, though more mails wait than one batch holds', async (_, fault) => {
  const ses = await startNotices({ timings: { hangMs: 600_000 } });
  await outbox.db('notices').delete();
  await setFaults(ses.url, [{ fault }]);
  const payer = await outbox.payer({ verified: true, chosen: ['email', 'sms'] });
  // Mails first, so that a single queue would hand out nothing but them.
  for (let n = 0; n < 15; n++) await outbox.enqueueMailCode(`${n}@example.com`, '123456');
  for (let n = 0; n < 15; n++) await completed(payer);
  const dispatcher = outbox.start({ ses: ses.url, timeoutMs: 600_000 });
  await outbox.arrived(payer.phone, 15);
  expect(await outbox.db('notices').where({ channel: 'email' }).whereNotNull('sent_at')).toEqual([]);
  await ses.close(); // whoever waits for an answer waits no longer
  await dispatcher.stop();
  await outbox.db('notices').delete();
});

test('a mail that SES refused is tried again, and arrives once', async () => {
  await outbox.faults([{ fault: 'decline', times: 1 }]);
  outbox.start();
  const id = await outbox.enqueueMailCode('again@example.com', '654321');
  expect(await outbox.marked(id, 'sent_at')).toMatchObject({
    attempts: 2,
    email_encrypted: null,
    secret_encrypted: null,
  });
  expect(await outbox.textsTo('again@example.com')).toHaveLength(1);
});

test('the owner of an e-mail hears once a day that somebody tried to sign up with it', async () => {
  outbox.start();
  const payer = await outbox.payer({ chosen: ['sms'] });
  const tell = () => enqueueNotice(outbox.db, { template: 'email-taken', userId: payer.userId });
  await Promise.all([tell(), tell(), tell()]);
  await outbox.arrived(payer.email);
  await tell();
  expect(await channelsOf(payer)).toEqual(['email']);
  // Of yesterday: today it is told again.
  await outbox
    .db('notices')
    .where({ user_id: payer.userId })
    .update({ event: `email-taken:${payer.userId}:2020-01-01` });
  await tell();
  await poll(
    () => outbox.textsTo(payer.email),
    (texts) => texts.length === 2,
    { what: 'the second mail' },
  );
});
