import { randomUUID } from 'node:crypto';
import { enqueueNotice } from '../../../db/notices';
import { KeysUnavailable } from '../../../infra/keys/master-key';
import { poll } from '../../fixtures/poll';
import { NOWHERE, newPhone, type Outbox, openOutbox } from './outbox';

let outbox: Outbox;
beforeAll(async () => {
  outbox = await openOutbox();
});
afterEach(() => outbox.stopAll());
afterAll(() => outbox.close());

const rowOf = (id: string) => outbox.db('notices').where({ id }).first();
const GONE = { secret_encrypted: null, phone_encrypted: null, email_encrypted: null };

test('a code arrives as the only six digits of its text, and it and its phone are forgotten', async () => {
  outbox.start();
  const to = newPhone();
  const id = await outbox.enqueueCode(to, '042137');
  const [text] = await outbox.arrived(to);
  expect(text?.match(/\d{6}/g)).toEqual(['042137']);
  expect(await outbox.marked(id, 'sent_at')).toMatchObject({ ...GONE, attempts: 1, failed_at: null });
});

test('a notice leaves only when its transaction commits', async () => {
  outbox.start();
  const { userId, dealId, phone: to } = await outbox.payer();
  const params = { dealNo: 'PABC', amount: 1_000_000 };
  const notice = { template: 'deal-completed', event: 'one', userId, dealId, params } as const;
  const rolledBack = outbox.db.transaction(async (trx) => {
    await enqueueNotice(trx, notice);
    throw new Error('rolled back');
  });
  await expect(rolledBack).rejects.toThrow('rolled back');
  await outbox.db.transaction((trx) => enqueueNotice(trx, notice));
  expect(await outbox.arrived(to)).toEqual(['[PLIC] 거래 PABC: 받는 분 계좌로 1,000,000원을 보냈습니다.']);
});

test('a notice reads as its member does when it is put in, and a code names the pages that it is for', async () => {
  const { userId, dealId, phone: to } = await outbox.payer();
  await outbox.db('users').where({ id: userId }).update({ language: 'en' });
  const params = { dealNo: 'PABC', amount: 1_000_000 };
  await enqueueNotice(outbox.db, { template: 'deal-completed', event: 'english', userId, dealId, params });
  await outbox.db('users').where({ id: userId }).update({ language: 'ko' });
  outbox.start();
  expect(await outbox.arrived(to)).toEqual(["[PLIC] PABC: KRW 1,000,000 has been sent to the recipient's account."]);
});

test('several workers send each notice once', async () => {
  for (let n = 0; n < 4; n++) outbox.start();
  const { userId, dealId, phone: to } = await outbox.payer();
  const all = Array.from({ length: 60 }, (_, n) => {
    const [to, params] = [
      { event: `several-${n}`, userId, dealId },
      { dealNo: `N${n}`, amount: 300_000 },
    ];
    if (n % 3 > 0) return enqueueNotice(outbox.db, { ...to, template: 'deal-completed', params });
    const refunded = { ...params, statementBy: '2026-12-02' };
    return enqueueNotice(outbox.db, { ...to, template: 'deal-refunded', params: refunded });
  });
  await Promise.all(all);
  await outbox.arrived(to, 60);
  await outbox.stopAll();
  const texts = await outbox.textsTo(to);
  expect(texts).toHaveLength(60);
  expect(new Set(texts).size).toBe(60);
});

test('a notice that the carrier refused is tried again after a second', async () => {
  await outbox.faults([{ fault: 'decline', times: 1 }]);
  outbox.start();
  const { userId, dealId, phone: to } = await outbox.payer();
  const params = { dealNo: 'P', amount: 1_000 };
  await enqueueNotice(outbox.db, { template: 'deal-failed', event: 'again', userId, dealId, params });
  await outbox.arrived(to);
  const { id } = await outbox.db('notices').where({ user_id: userId }).first('id');
  const row = await outbox.marked(id, 'sent_at');
  expect(row.attempts).toBe(2);
  expect(row.sent_at.getTime() - row.created_at.getTime()).toBeGreaterThan(900);
});

test('news that no carrier took for three days is given up, and operators see it', async () => {
  const { sms = '' } = await outbox.tell(await outbox.payer());
  await outbox.db('notices').where({ id: sms }).update({ attempts: 439 });
  outbox.start({ sms: NOWHERE });
  expect(await outbox.marked(sms, 'failed_at')).toMatchObject({ ...GONE, attempts: 440, ended_reason: 'given-up' });
  expect(await outbox.alarm()).toContain('deal-completed by sms: given-up');
});

test('news by e-mail that is refused ten times goes by SMS, and by e-mail no more', async () => {
  const payer = await outbox.payer({ verified: true, chosen: ['email'] });
  const { email = '' } = await outbox.tell(payer);
  await outbox.db('notices').where({ id: email }).update({ attempts: 9 });
  outbox.start({ ses: NOWHERE });
  expect(await outbox.marked(email, 'failed_at')).toMatchObject({ attempts: 10, ended_reason: 'given-up' });
  expect(await outbox.arrived(payer.phone)).toHaveLength(1);
});

test('news that is refused ten times, and has no other channel, is shown to operators and tried on', async () => {
  const { sms = '' } = await outbox.tell(await outbox.payer());
  await outbox.db('notices').where({ id: sms }).update({ attempts: 9 });
  const dispatcher = outbox.start({ sms: NOWHERE });
  await poll(outbox.alarm, (detail) => detail?.includes('deal-completed by sms: failing') ?? false, { what: 'alarm' });
  await dispatcher.stop();
  expect(await rowOf(sms)).toMatchObject({ failed_at: null, asked_at: null, attempts: 10 });
});

test('a notice that cannot be opened while keys are away uses up no try, and leaves when they are back', async () => {
  const to = newPhone();
  const id = await outbox.enqueueCode(to, '230611');
  await outbox.db('notices').where({ id }).update({ attempts: 9 }); // one more, and it would be given up
  const before = await rowOf(id);
  const decrypt = () => Promise.reject(new KeysUnavailable('KMS: away'));
  outbox.start({ by: { ...outbox.keys, decrypt } });
  const dueLater = (row: { next_attempt_at: Date }) => row.next_attempt_at > before.next_attempt_at;
  await poll(
    () => rowOf(id),
    (row) => dueLater(row) && row.attempts === 9,
    { what: 'the try given back' },
  );
  await outbox.stopAll();
  await outbox.db('notices').where({ id }).update({ next_attempt_at: new Date() });
  outbox.start();
  await outbox.arrived(to);
  expect(await outbox.marked(id, 'sent_at')).toMatchObject({ ...GONE, attempts: 10, failed_at: null });
});

test('a notice that cannot be written does not stop the others', async () => {
  outbox.start();
  const { userId, dealId, phone: to } = await outbox.payer();
  await outbox.db('notices').insert({ id: randomUUID(), user_id: userId, template: 'no-such-template' });
  const params = { dealNo: 'P', amount: 1 };
  await enqueueNotice(outbox.db, { template: 'deal-completed', event: 'other', userId, dealId, params });
  expect(await outbox.arrived(to)).toHaveLength(1);
});

test('stop waits for the message on its way, and a stopped dispatcher sends nothing', async () => {
  await outbox.faults([{ fault: 'slow', times: 1, delayMs: 500 }]);
  const dispatcher = outbox.start();
  const [first, second] = [newPhone(), newPhone()];
  const id = await outbox.enqueueCode(first, '111222');
  await outbox.arrived(first);
  await dispatcher.stop();
  expect((await rowOf(id)).sent_at).not.toBeNull();
  const later = await outbox.enqueueCode(second, '333444');
  expect(await rowOf(later)).toMatchObject({ attempts: 0, sent_at: null });
});
