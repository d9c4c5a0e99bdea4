/** News that one channel does not bring: which one brings it then, when it is too late, and when nobody is bothered. */
import { enqueueNotice } from '../../../db/notices';
import { claimNotices, markNoticeNotTaken, markNoticeUnknown } from '../../../db/outbox';
import { newPhone, type Outbox, openOutbox } from './outbox';

let outbox: Outbox;
beforeAll(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.stopAll();
  await outbox.faults([]);
});
afterAll(() => outbox.close());

const rowOf = (id: string) => outbox.db('notices').where({ id }).first();

test('news of which a carrier does not say whether it took it goes by the next channel after ten tries', async () => {
  await outbox.faults([{ fault: 'error-500', match: { path: '/list' } }]);
  const payer = await outbox.payer({ verified: true });
  const { sms = '' } = await outbox.tell(payer);
  await outbox.db('notices').where({ id: sms }).update({ attempts: 9, asked_at: new Date() });
  outbox.start();
  expect(await outbox.arrived(payer.email)).toHaveLength(1);
  expect(await outbox.marked(sms, 'failed_at')).toMatchObject({ attempts: 10, sent_at: null });
  expect(await outbox.textsTo(payer.phone)).toEqual([]);
});

test('that a transfer is delayed is not told any more when the deal has ended since', async () => {
  const payer = await outbox.payer();
  const { userId, dealId } = payer;
  const params = { dealNo: 'PLATE', amount: 500_000 };
  await enqueueNotice(outbox.db, { template: 'deal-failed', event: 'late', userId, dealId, params });
  await outbox.tell(payer);
  outbox.start();
  const [failed] = await outbox.db('notices').where({ template: 'deal-failed', user_id: userId });
  expect(await outbox.marked(failed.id, 'failed_at')).toMatchObject({ ended_reason: 'superseded', sent_at: null });
  const [text] = await outbox.arrived(payer.phone);
  expect(text).not.toContain('PLATE');
});

test('a payer whom another channel of their choice reached is no news to operators', async () => {
  const payer = await outbox.payer({ verified: true, chosen: ['email', 'sms'], phone: newPhone('0501') });
  const { sms = '', email = '' } = await outbox.tell(payer);
  outbox.start();
  await outbox.marked(email, 'sent_at');
  await outbox.marked(sms, 'sent_at');
  await outbox.hurry(sms);
  expect(await outbox.marked(sms, 'delivery')).toMatchObject({ delivery: 'undelivered' });
  expect(await outbox.alarm()).toBeUndefined();
});

test('what one worker found out too late decides nothing about the try of another', async () => {
  const { sms = '' } = await outbox.tell(await outbox.payer());
  const claim = () => claimNotices(outbox.db, 'news', { channel: 'sms', most: 10, leaseMs: 60_000 });
  const [first] = (await claim()).filter(({ id }) => id === sms);
  await outbox.hurry(sms); // its lease is over
  const [second] = (await claim()).filter(({ id }) => id === sms);
  if (!first || !second) throw new Error('it was not claimed twice');
  await markNoticeNotTaken(outbox.db, first, 1_000);
  expect(await rowOf(sms)).toMatchObject({ attempts: 2, asked_at: expect.any(Date) });
  await markNoticeUnknown(outbox.db, first, 0);
  await markNoticeNotTaken(outbox.db, second, 1_000);
  expect(await rowOf(sms)).toMatchObject({ attempts: 2, asked_at: null });
});
