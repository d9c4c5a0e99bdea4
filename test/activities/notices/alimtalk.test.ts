/** Kakao's Alimtalk: for who chose it, once, and another channel when it does not arrive. */
import { NOWHERE, newPhone, type Outbox, openOutbox } from './outbox';

let outbox: Outbox;
beforeAll(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.stopAll();
  await outbox.faults([]);
});
afterAll(() => outbox.close());

type Payer = Awaited<ReturnType<Outbox['payer']>>;
const channelsTo = async ({ phone }: Payer) => (await outbox.messagesTo(phone)).map(({ channel }) => channel);

test('news comes by Alimtalk, and not by SMS too', async () => {
  const payer = await outbox.payer({ verified: true, chosen: ['alimtalk'] });
  const { alimtalk = '' } = await outbox.tell(payer);
  outbox.start();
  await outbox.marked(alimtalk, 'sent_at');
  await outbox.hurry(alimtalk);
  expect(await outbox.marked(alimtalk, 'delivery')).toMatchObject({ delivery: 'delivered' });
  expect(await channelsTo(payer)).toEqual(['alimtalk']);
  expect(await outbox.textsTo(payer.phone)).toEqual([expect.stringMatching(/^\[PLIC\] .*500,000원/)]);
});

test('nobody who did not choose it is told by it', async () => {
  expect(Object.keys(await outbox.tell(await outbox.payer({ chosen: ['push'] })))).toEqual(['sms']);
});

test('a phone without KakaoTalk is told by the next channel', async () => {
  const payer = await outbox.payer({ verified: true, chosen: ['alimtalk'], phone: newPhone('0501') });
  const { alimtalk = '' } = await outbox.tell(payer);
  outbox.start();
  await outbox.marked(alimtalk, 'sent_at');
  await outbox.hurry(alimtalk);
  expect(await outbox.marked(alimtalk, 'delivery')).toMatchObject({ delivery: 'undelivered' });
  expect(await outbox.arrived(payer.email)).toHaveLength(1);
});

test('a notice whose words Kakao has not approved goes by the next channel', async () => {
  const payer = await outbox.payer({ chosen: ['alimtalk'] });
  const { alimtalk = '' } = await outbox.tell(payer);
  await outbox.db('notices').where({ id: alimtalk }).update({ template: 'deal-failed' });
  outbox.start();
  expect(await outbox.marked(alimtalk, 'failed_at')).toMatchObject({ ended_reason: 'unreachable' });
  await outbox.arrived(payer.phone);
  expect(await channelsTo(payer)).toEqual(['sms']);
});

test('one whose answer was lost is told by the next channel, and by Kakao no more', async () => {
  await outbox.faults([{ fault: 'drop-after-commit', times: 1, match: { path: '/alimtalk/send' } }]);
  const payer = await outbox.payer({ chosen: ['alimtalk'] });
  const { alimtalk = '' } = await outbox.tell(payer);
  outbox.start();
  expect(await outbox.marked(alimtalk, 'failed_at')).toMatchObject({ ended_reason: 'unknown', attempts: 1 });
  await outbox.arrived(payer.phone, 2);
  expect(await channelsTo(payer)).toEqual(['alimtalk', 'sms']);
});

test('when Kakao is away, the next channel tells it after ten tries', async () => {
  const payer = await outbox.payer({ chosen: ['alimtalk'] });
  const { alimtalk = '' } = await outbox.tell(payer);
  await outbox.db('notices').where({ id: alimtalk }).update({ attempts: 9 });
  outbox.start({ kakao: NOWHERE });
  expect(await outbox.marked(alimtalk, 'failed_at')).toMatchObject({ ended_reason: 'given-up', attempts: 10 });
  expect(await outbox.arrived(payer.phone)).toHaveLength(1);
});
